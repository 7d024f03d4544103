/** The text descriptor of a VMDK, after the section "The Descriptor File" of VMware's "Virtual Disk Format 5.0". */
import { inEnglish, type Message } from '#shared/in-english.ts';
import { linesOf, nameDecoder, type DescriptorLine } from './descriptor-text.ts';
import { malformed, maximumExtents, maximumSectors } from './layout.ts';

export const extentTypes = [
  'FLAT',
  'SPARSE',
  'ZERO',
  'VMFS',
  'VMFSSPARSE',
  'SESPARSE',
  'VMFSRDM',
  'VMFSRAW',
] as const;
export type ExtentType = (typeof extentTypes)[number];

const accesses = ['RW', 'RDONLY', 'NOACCESS'] as const;

/** One line of the extent description: the parts of the disk in their order. */
export interface ExtentDescription {
  readonly access: (typeof accesses)[number];
  readonly sectors: number;
  readonly type: ExtentType;
  /** Null for what needs no file. */
  readonly name: string | null;
  /** Where the data of a flat extent begins in its file. */
  readonly offsetSectors: number;
  /** Where the line is in its file, in bytes. */
  readonly fileOffset: number;
}

export interface Descriptor {
  /** The values by their names in lower case, quotes removed, decoded. */
  readonly values: ReadonlyMap<string, string>;
  readonly extents: readonly ExtentDescription[];
  /** False when the descriptor declares an encoding that we do not know. */
  readonly encodingKnown: boolean;
}

/**
 * Parses a descriptor. Lines that say nothing we know are passed over, as VMware does.
 * @param text one character per byte, as readDescriptorText() gives it.
 * @param fileOffset where the text begins in its file, for messages.
 * @throws Failure `image.malformed`, naming the line.
 */
export function parseDescriptor(text: string, fileOffset: number): Descriptor {
  const raw = new Map<string, string>();
  const extentLines: DescriptorLine[] = [];
  for (const line of linesOf(text)) {
    if (line.text === '' || line.text.startsWith('#')) continue;
    if (/^(?:rw|rdonly|noaccess)[ \t]/i.test(line.text)) {
      extentLines.push(line);
      continue;
    }
    const equals = line.text.indexOf('=');
    if (equals < 1) continue;
    const name = line.text.slice(0, equals).trimEnd().toLowerCase();
    if (!raw.has(name)) raw.set(name, unquote(line.text.slice(equals + 1)));
  }
  if (extentLines.length > maximumExtents) {
    throw malformed(
      'descriptor',
      'extents',
      fileOffset,
      inEnglish('{count} extents, more than {maximumExtents}', { count: extentLines.length, maximumExtents }),
    );
  }
  const decoder = nameDecoder(raw.get('encoding') ?? null);
  return {
    values: new Map([...raw].map(([name, value]) => [name, decoder.decode(value)])),
    extents: extentLines
      .map((line) => parseExtent(line, fileOffset, decoder.decode))
      .filter((extent) => extent.sectors > 0),
    encodingKnown: decoder.known,
  };
}

function unquote(value: string): string {
  const inner = value.replace(/^[ \t]+|[ \t]+$/g, '');
  const quoted = /^"([^"]*)"/.exec(inner);
  return quoted === null ? inner : quoted[1]!;
}

/** `RW 4192256 SPARSE "test-s001.vmdk"`, with an offset for flat extents, and a partition's UUID and device after that. */
const extentLine =
  /^(\w+)[ \t]+(\d{1,20})[ \t]+(\w+)(?:[ \t]+(?:"([^"]*)"|([^ \t"]+))(?:[ \t]+(\d{1,20})(?![^ \t]))?)?/;

function parseExtent(
  line: DescriptorLine,
  base: number,
  decode: (text: string) => string,
): ExtentDescription {
  const fileOffset = base + line.offset;
  const wrong = (field: string, problem: Message): Error =>
    malformed('extent description', field, fileOffset, problem);
  const match = extentLine.exec(line.text);
  if (match === null) throw wrong('line', inEnglish('it is not an access, a size, a type and a file name'));
  const [, access, size, typeName, quoted, bare, offset] = match;
  const type = extentTypes.find((known) => known === typeName!.toUpperCase());
  if (type === undefined)
    throw wrong('type', inEnglish('there is no extent type {typeName}', { typeName: typeName! }));
  const sectors = Number(size);
  const offsetSectors = offset === undefined ? 0 : Number(offset);
  if (sectors > maximumSectors)
    throw wrong('size', inEnglish('{size} sectors is beyond any possible size', { size: size! }));
  if (offsetSectors > maximumSectors)
    throw wrong('offset', inEnglish('sector {offset} is beyond any possible size', { offset: offset! }));
  const name = quoted ?? bare;
  if (type !== 'ZERO' && (name === undefined || name === ''))
    throw wrong('file name', inEnglish('it is missing'));
  return {
    access: accesses.find((known) => known === access!.toUpperCase())!,
    sectors,
    type,
    name: type === 'ZERO' ? null : decode(name!),
    offsetSectors,
    fileOffset,
  };
}

/** How the guest's data is encrypted, if it is: by Workstation (the whole descriptor too) or by vSphere's I/O filter. */
export function encryptionMethod(descriptor: Descriptor): string | null {
  if (descriptor.values.has('encryption.keysafe')) return 'VMware Workstation';
  if (/vmwarevmcrypt/i.test(descriptor.values.get('ddb.iofilters') ?? '')) return 'vSphere VM Encryption';
  return null;
}
