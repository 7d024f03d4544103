/** Editing an OVF package: its descriptor is changed where it is asked for, its other files are copied as they lie there. */
import type { OptionValues, SourceReference } from '#shared/domain/conversion.ts';
import type { OptionDeclaration } from '#shared/domain/format.ts';
import type { Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import type { PackageReader } from '../../packages/driver.ts';
import { decodeText } from '../../packages/text-encoding.ts';
import { openPackageAt } from '../../pipeline/open.ts';
import type { Builder, Member } from '../driver.ts';
import { guestSystem, guestSystems, guestSystemTitles } from '../guest-systems.ts';
import { memoryField, nicsField, textValue, vcpusField, wordsFields } from '../machine-fields.ts';
import { manifestMember } from '../manifest-text.ts';
import { XmlEdits } from '../xml-edits.ts';
import { attributeOf, childOf, findElements, within, type XmlElementSpan } from '../xml-spans.ts';
import { HardwareEdits } from './hardware-edits.ts';
import { WordsEdits } from './words-edits.ts';

const unchanged = 'unchanged';

const integer = (field: OptionDeclaration, none: number, help: string): OptionDeclaration => {
  const { maximum } = field as OptionDeclaration & { type: 'integer' };
  return {
    name: field.name,
    title: field.title,
    help,
    type: 'integer',
    default: none,
    minimum: none,
    maximum,
  };
};

const line = '[^\\p{Cc}]{1,200}';

export const repack: Builder<'repack'> = {
  id: 'repack',
  title: inEnglish('Edited OVA'),
  help: inEnglish(
    'A package with other settings: the disks are copied byte for byte, the manifest is made anew.',
  ),
  extensions: ['ova'],
  inputs: { kind: 'files', minimum: 1, maximum: 1 },
  fields: [
    {
      name: 'packing',
      type: 'choice',
      title: inEnglish('Packing'),
      help: inEnglish('One file (OVA), or a folder with the descriptor and its files.'),
      default: 'ova',
      choices: ['ova', 'folder'],
      titles: { ova: inEnglish('One file (OVA)'), folder: inEnglish('Folder') },
    },
    {
      name: 'machine',
      type: 'text',
      title: inEnglish('Machine'),
      help: inEnglish('Which machine to change, by its id or name; needed where the package has several.'),
      default: '',
      pattern: line,
    },
    {
      name: 'name',
      type: 'text',
      title: inEnglish('Name'),
      help: inEnglish('A new name; empty keeps it.'),
      default: '',
      pattern: line,
    },
    {
      name: 'osType',
      type: 'choice',
      title: inEnglish('Operating system'),
      help: inEnglish('Another operating system.'),
      default: unchanged,
      choices: [unchanged, ...guestSystems.map(({ id }) => id)],
      titles: { ...guestSystemTitles, [unchanged]: inEnglish('As it is') },
    },
    integer(vcpusField, 0, inEnglish('Virtual processors; 0 keeps them.')),
    integer(memoryField, 0, inEnglish('Memory of the machine; 0 keeps it.')),
    integer(
      nicsField,
      -1,
      inEnglish('How many network adapters there are; -1 keeps them. New ones are like the last one.'),
    ),
    ...wordsFields,
  ],
  assemble(inputs, values) {
    const reader = openPackageAt(packagePath(inputs[0]!));
    try {
      return assemblyOf(reader, values);
    } catch (error) {
      reader.close();
      throw error;
    }
  },
};

function packagePath({ path, member }: SourceReference): string {
  if (member === undefined) return path;
  throw new Failure('input.invalid', {
    problem: inEnglish('{path}:{member} is a file in a package, not a package', { path, member }),
  });
}

function assemblyOf(reader: PackageReader, values: OptionValues): ReturnType<Builder['assemble']> {
  const { info } = reader;
  const descriptor = info.files.find(({ role }) => role === 'descriptor');
  if (descriptor === undefined || reader.openStored === undefined) {
    throw new Failure('input.invalid', {
      problem: inEnglish('{path} has no OVF descriptor', { path: info.path }),
    });
  }
  const warnings: Warning[] = [];
  const edited = Buffer.from(editDescriptor(reader, descriptor.name, values, warnings));
  const files = info.files.filter(({ role }) => role === 'disk' || role === 'other');
  if (info.certificate !== null) {
    const message = inEnglish('{file} is left out: its signature belongs to the package as it was.', {
      file: info.certificate.file,
    });
    warnings.push({ code: 'package.certificate', message });
  }
  const manifest = descriptor.name.replace(/\.[^./]*$/, '') + '.mf';
  const folder = descriptor.name.slice(0, descriptor.name.lastIndexOf('/') + 1);
  const members: Member[] = [
    {
      name: descriptor.name,
      kind: 'stream',
      sizeBytes: edited.length,
      write: (sink) => sink.write(0, edited),
    },
    manifestMember(manifest, [descriptor.name, ...files.map(({ name }) => name)], folder),
    ...files.map(({ name, sizeBytes }): Member => ({
      name,
      kind: 'copy',
      sizeBytes,
      open: () => openStored(reader, name),
    })),
  ];
  const enclosure = values['packing'] === 'folder' ? 'folder' : 'tar';
  return { enclosure, members, warnings, close: () => reader.close() };
}

function openStored(reader: PackageReader, name: string): ByteSource {
  return reader.openStored!(name);
}

/** The descriptor with what `values` ask for; what they do not ask for keeps its characters. */
function editDescriptor(
  reader: PackageReader,
  name: string,
  values: OptionValues,
  warnings: Warning[],
): string {
  const source = openStored(reader, name);
  let text: string;
  try {
    // The package was opened: the descriptor is small enough.
    text = decodeText(readBytes(source, 0, source.sizeBytes), name);
  } finally {
    source.close();
  }
  const edits = new XmlEdits(asUtf8(text));
  const envelope = findElements(edits.text);
  if (asksForNothing(values)) return edits.text;
  const system = chooseSystem(edits, envelope, textValue(values, 'machine'));
  editWords(new WordsEdits(edits, envelope, system), values);
  if (Number(values['vcpus']) > 0 || Number(values['memoryMiB']) > 0 || Number(values['nics']) >= 0) {
    editHardware(new HardwareEdits(edits, envelope, system), values, warnings);
  }
  return edits.result();
}

/** It is written as UTF-8, and has to say so. */
function asUtf8(text: string): string {
  return text.replace(/^(\s*<\?xml[^>]*?\sencoding\s*=\s*)(["'])[^"']*\2/, '$1$2UTF-8$2');
}

function asksForNothing(values: OptionValues): boolean {
  return repack.fields.every(
    (field) => ['packing', 'machine'].includes(field.name) || values[field.name] === field.default,
  );
}

function chooseSystem(edits: XmlEdits, envelope: XmlElementSpan, wanted: string | null): XmlElementSpan {
  const systems = [...within(envelope, 'VirtualSystem')];
  const labels = systems.map((system) => ({
    system,
    id: attributeOf(system, 'id')?.value ?? '',
    name: edits.textOf(childOf(system, 'Name')),
  }));
  const found = wanted === null ? labels : labels.filter(({ id, name }) => id === wanted || name === wanted);
  if (found.length === 1) return found[0]!.system;
  const known = labels.map(({ id }) => id).join(', ') || 'none that could be changed';
  const problem =
    wanted === null || found.length > 1
      ? inEnglish('the package has {count} machines; say which one to change: {known}', {
          count: labels.length,
          known,
        })
      : inEnglish('the package has no machine "{wanted}"; it has: {known}', { wanted, known });
  throw new Failure('input.invalid', { problem });
}

function editWords(words: WordsEdits, values: OptionValues): void {
  const name = textValue(values, 'name');
  if (name !== null) words.setName(name);
  if (values['osType'] !== unchanged) words.setSystem(guestSystem(String(values['osType'])));
  words.setProduct({
    product: textValue(values, 'product'),
    vendor: textValue(values, 'vendor'),
    version: textValue(values, 'version'),
  });
  const annotation = textValue(values, 'annotation');
  if (annotation !== null) words.setSectionText('AnnotationSection', 'Annotation', 'Notes', annotation);
  const eula = textValue(values, 'eula');
  if (eula !== null) words.setSectionText('EulaSection', 'License', 'A licence', eula);
}

function editHardware(hardware: HardwareEdits, values: OptionValues, warnings: Warning[]): void {
  const [vcpus, memoryMib, nics] = [values['vcpus'], values['memoryMiB'], values['nics']].map(Number) as [
    number,
    number,
    number,
  ];
  if (vcpus > 0) hardware.setVcpus(vcpus);
  if (memoryMib > 0) hardware.setMemory(memoryMib);
  if (nics < 0) return;
  hardware.setAdapterCount(nics);
  if (hardware.hasVirtualBoxSection) {
    const message = inEnglish(
      'VirtualBox goes by its own section of the descriptor, in which the network adapters are as they were.',
    );
    warnings.push({ code: 'package.ignored', message });
  }
}
