/** The builder of ISO images from a folder: ISO 9660 level 3 with Joliet, Rock Ridge and El Torito. */
import { basename } from 'node:path';
import { statSync } from 'node:fs';
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { Warning } from '#shared/domain/image.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { smallestBootImageBytes } from '../../guests/filesystems/iso9660/boot-info-table.ts';
import type { ImageFile, ImageFolder } from '../../guests/filesystems/iso9660/image-tree.ts';
import { IsoImage } from '../../guests/filesystems/iso9660/image-writer.ts';
import type { Assembly, Builder } from '../driver.ts';
import { scanFolder, type ScannedFolder } from './folder-scan.ts';

const printable = '[ -~]';

export const iso: Builder<'iso'> = {
  id: 'iso',
  title: inEnglish('ISO image'),
  help: inEnglish('An ISO 9660 image with everything in a folder, optionally bootable.'),
  extensions: ['iso'],
  inputs: { kind: 'folder', minimum: 1, maximum: 1 },
  fields: [
    {
      name: 'label',
      title: inEnglish('Volume label'),
      help: inEnglish("The medium's name, up to 32 characters of ASCII; the folder's name when empty."),
      type: 'text',
      default: '',
      pattern: `${printable}{1,32}`,
    },
    {
      name: 'publisher',
      title: inEnglish('Publisher'),
      help: inEnglish('Who made the medium.'),
      type: 'text',
      default: '',
      pattern: `${printable}{1,128}`,
    },
    {
      name: 'rockRidge',
      title: inEnglish('Rock Ridge'),
      help: inEnglish('Keep long names, links and permissions for Linux and other Unix systems.'),
      type: 'boolean',
      default: true,
    },
    {
      name: 'joliet',
      title: inEnglish('Joliet'),
      help: inEnglish('Keep long names for Windows.'),
      type: 'boolean',
      default: true,
    },
    {
      name: 'biosBoot',
      title: inEnglish('BIOS boot image'),
      help: inEnglish(
        'The path of a boot image inside the folder, like isolinux/isolinux.bin; started without emulation.',
      ),
      type: 'text',
      default: '',
    },
    {
      name: 'biosLoadSectors',
      title: inEnglish('BIOS load size'),
      help: inEnglish('How many sectors of 512 bytes the BIOS loads of the boot image.'),
      type: 'integer',
      default: 4,
      minimum: 1,
      maximum: 65535,
    },
    {
      name: 'bootInfoTable',
      title: inEnglish('Boot info table'),
      help: inEnglish('Write the table that isolinux and GRUB need into the BIOS boot image.'),
      type: 'boolean',
      default: false,
    },
    {
      name: 'efiBoot',
      title: inEnglish('UEFI boot image'),
      help: inEnglish(
        'The path of a FAT image inside the folder that UEFI firmware starts from, like boot/efi.img.',
      ),
      type: 'text',
      default: '',
    },
    {
      name: 'date',
      title: inEnglish('Date of everything'),
      help: inEnglish(
        'A date (2026-01-31 or 2026-01-31T12:00:00Z) for all files and the volume; their own when empty.',
      ),
      type: 'text',
      default: '',
      pattern: '\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2}Z)?',
    },
  ],
  assemble(inputs, fields, outputName, control): Assembly {
    const path = inputs[0]?.path;
    if (path === undefined || inputs.length !== 1)
      throw invalid(inEnglish('an ISO image is made from one folder'));
    requireFolder(path);
    const scanned = scanFolder(path, dateOf(text(fields, 'date')), control);
    const image = new IsoImage(scanned.root, {
      volumeIdentifier: labelOf(text(fields, 'label'), path),
      publisher: text(fields, 'publisher'),
      application: 'PLATTER',
      joliet: fields['joliet'] === true,
      rockRidge: fields['rockRidge'] === true,
      modified: scanned.latest,
      ...bootOptions(scanned.root, fields),
    });
    return {
      enclosure: 'none',
      members: [
        {
          name: outputName,
          kind: 'stream',
          sizeBytes: image.sizeBytes,
          write: (sink, running) => image.write(sink, running),
        },
      ],
      warnings: warningsOf(scanned, fields),
      close: () => undefined,
    };
  },
};

function requireFolder(path: string): void {
  try {
    if (statSync(path).isDirectory()) return;
  } catch (error) {
    throw systemFailure(error, path);
  }
  throw invalid(inEnglish('{path} is not a folder', { path }));
}

function bootOptions(
  root: ImageFolder,
  fields: OptionValues,
): Pick<ConstructorParameters<typeof IsoImage>[1], 'biosBoot' | 'efiBoot'> {
  const bios = text(fields, 'biosBoot');
  const efi = text(fields, 'efiBoot');
  const infoTable = fields['bootInfoTable'] === true;
  const biosFile = bios === '' ? null : bootFile(root, bios);
  if (biosFile !== null && infoTable && biosFile.sizeBytes < smallestBootImageBytes) {
    throw invalid(inEnglish('the boot image {bios} has no room for a boot info table', { bios }));
  }
  return {
    biosBoot:
      biosFile === null
        ? null
        : { file: biosFile, loadSectors: Number(fields['biosLoadSectors']), infoTable },
    efiBoot: efi === '' ? null : { file: bootFile(root, efi) },
  };
}

/** The file of the tree at `path`, through folders only. @throws Failure `input.invalid`. */
function bootFile(root: ImageFolder, path: string): ImageFile {
  let folder = root;
  const segments = path.split(/[/\\]/).filter((segment) => segment !== '' && segment !== '.');
  for (const [index, segment] of segments.entries()) {
    const entry = folder.entries.find(({ name }) => name === segment);
    if (entry?.kind === 'folder') folder = entry;
    else if (entry?.kind === 'file' && index === segments.length - 1) {
      if (entry.sizeBytes === 0) throw invalid(inEnglish('the boot image {path} is empty', { path }));
      return entry;
    } else break;
  }
  throw invalid(inEnglish('there is no boot image {path} in the folder', { path }));
}

function warningsOf(scanned: ScannedFolder, fields: OptionValues): Warning[] {
  const warnings: Warning[] = [];
  const [rockRidge, joliet] = [fields['rockRidge'] === true, fields['joliet'] === true];
  if (!rockRidge && scanned.linkCount > 0) {
    const message = inEnglish('{linkCount} symbolic links are left out: only Rock Ridge has links.', {
      linkCount: scanned.linkCount,
    });
    warnings.push({ code: 'iso.links-lost', message });
  }
  if (!rockRidge && !joliet) {
    const message = inEnglish(
      'Without Rock Ridge and Joliet, names become upper case and at most 30 characters long.',
    );
    warnings.push({ code: 'iso.names-changed', message });
  }
  if (scanned.deepest > 8) {
    const message = inEnglish(
      'The folders are {deepest} deep; ISO 9660 by the letter allows 8. Current systems read them.',
      { deepest: scanned.deepest },
    );
    warnings.push({ code: 'iso.deep', message });
  }
  return warnings;
}

function labelOf(label: string, path: string): string {
  if (label !== '') return label;
  const usual = basename(path)
    .toUpperCase()
    .replace(/[^A-Z0-9_]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return usual === '' ? 'CDROM' : usual.slice(0, 32);
}

function dateOf(field: string): Date | null {
  if (field === '') return null;
  const date = new Date(field);
  if (Number.isNaN(date.getTime())) throw invalid(inEnglish('{field} is no date', { field }));
  return date;
}

const text = (fields: OptionValues, name: string): string => String(fields[name] ?? '');

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
