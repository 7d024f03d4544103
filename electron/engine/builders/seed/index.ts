/** The builder of cloud-init seeds: a small ISO image named cidata, which the NoCloud data source looks for. */
import type { OptionValues } from '#shared/domain/conversion.ts';
import { inEnglish } from '#shared/in-english.ts';
import { MemorySource } from '../../bytes/source.ts';
import type { ImageFile, ImageFolder } from '../../guests/filesystems/iso9660/image-tree.ts';
import { IsoImage } from '../../guests/filesystems/iso9660/image-writer.ts';
import type { Assembly, Builder } from '../driver.ts';
import { seedFiles, type SeedFile } from './seed-files.ts';

/** All seeds bear the same date, so that the same fields give the same bytes: the first that every system takes. */
const modified = new Date('1980-01-01T00:00:00Z');

export const seed: Builder<'seed'> = {
  id: 'seed',
  title: inEnglish('Cloud-init seed'),
  help: inEnglish(
    'A small ISO image that tells cloud-init the host name, the user and the keys of a machine.',
  ),
  extensions: ['iso'],
  inputs: { kind: 'none', minimum: 0, maximum: 0 },
  fields: [
    {
      name: 'hostname',
      title: inEnglish('Host name'),
      help: inEnglish('The name of the machine, with or without a domain.'),
      type: 'text',
      default: '',
      pattern: '[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?',
    },
    {
      name: 'instanceId',
      title: inEnglish('Instance ID'),
      help: inEnglish('cloud-init runs anew when it changes; it follows from the content when empty.'),
      type: 'text',
      default: '',
      pattern: '[A-Za-z0-9._-]{1,128}',
    },
    {
      name: 'user',
      title: inEnglish('User'),
      help: inEnglish(
        "Made with the right to use sudo; when empty, keys and password are for the image's own user.",
      ),
      type: 'text',
      default: '',
      pattern: '[a-z_][a-z0-9_-]{0,31}',
    },
    {
      name: 'authorizedKeys',
      title: inEnglish('SSH keys'),
      help: inEnglish('Public keys, one a line, as in authorized_keys.'),
      type: 'text',
      default: '',
      lines: 4,
    },
    {
      name: 'password',
      title: inEnglish('Password'),
      help: inEnglish('Stored as a SHA-512 hash; a hash ($6$…) is taken as it is.'),
      type: 'text',
      default: '',
    },
    {
      name: 'userData',
      title: 'User-data',
      help: inEnglish('Taken as it is, instead of what the fields above say.'),
      type: 'text',
      default: '',
      lines: 12,
    },
    {
      name: 'metaData',
      title: 'Meta-data',
      help: inEnglish('Taken as it is, instead of instance ID and host name.'),
      type: 'text',
      default: '',
      lines: 4,
    },
    {
      name: 'networkConfig',
      title: inEnglish('Network configuration'),
      help: inEnglish('In the version 1 or 2 of cloud-init; DHCP when empty.'),
      type: 'text',
      default: '',
      lines: 8,
    },
  ],
  assemble(_inputs, fields, outputName): Assembly {
    const text = (name: string): string => textOf(fields, name);
    const { files, warnings } = seedFiles({
      hostname: text('hostname'),
      instanceId: text('instanceId'),
      user: text('user'),
      authorizedKeys: text('authorizedKeys'),
      password: text('password'),
      userData: text('userData'),
      metaData: text('metaData'),
      networkConfig: text('networkConfig'),
    });
    const image = new IsoImage(rootOf(files), {
      volumeIdentifier: 'cidata',
      publisher: '',
      application: 'PLATTER',
      joliet: true,
      rockRidge: true,
      modified,
      biosBoot: null,
      efiBoot: null,
    });
    return {
      enclosure: 'none',
      members: [
        {
          name: outputName,
          kind: 'stream',
          sizeBytes: image.sizeBytes,
          write: (sink, control) => image.write(sink, control),
        },
      ],
      warnings,
      close: () => undefined,
    };
  },
};

function rootOf(files: readonly SeedFile[]): ImageFolder {
  const entries = files.map(({ name, text }): ImageFile => {
    const bytes = Buffer.from(text);
    const open = (): MemorySource => new MemorySource(bytes, name);
    return { kind: 'file', name, mode: 0o644, modified, sizeBytes: bytes.length, contentKey: null, open };
  });
  return { kind: 'folder', name: '', mode: 0o755, modified, entries };
}

const textOf = (fields: OptionValues, name: string): string => String(fields[name] ?? '');
