/** Writes Rock Ridge (RRIP 1.12) as SUSP fields, and shares them out between records and continuations. */
import type { ImageEntry } from './image-tree.ts';
import { encodeShortDate } from './dates.ts';
import { continuationArea, posixAttributesWithSerial, sectorBytes } from './layout.ts';

const fileTypeBits = { folder: 0o040000, file: 0o100000, link: 0o120000 } as const;
/** The longest field: its length is a byte. */
const longestField = 255;

function field(signature: string, content: Uint8Array, version = 1): Uint8Array {
  const bytes = new Uint8Array(4 + content.length);
  bytes.set([signature.charCodeAt(0), signature.charCodeAt(1), bytes.length, version]);
  bytes.set(content, 4);
  return bytes;
}

/** What the folder's record of the root begins with: SUSP is there, and nothing is to be skipped (SUSP, 5.3). */
export const sharingProtocol = field('SP', Uint8Array.of(0xbe, 0xef, 0));

/** Which extension the fields belong to (SUSP 5.5; RRIP 1.12, 4.3). */
export const extensionReference = ((): Uint8Array => {
  const identifier = 'IEEE_P1282';
  const description = 'THE IEEE P1282 PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS';
  const source =
    'PLEASE CONTACT THE IEEE STANDARDS DEPARTMENT, PISCATAWAY, NJ, USA FOR THE P1282 SPECIFICATION.';
  const lengths = Buffer.from([identifier.length, description.length, source.length, 1]);
  return field('ER', Buffer.concat([lengths, Buffer.from(identifier + description + source, 'latin1')]));
})();

/** Mode, links, owner (always root) and dates, which folders carry for themselves and their parents, too. */
export function attributes(entry: ImageEntry, serialNumber: number): Uint8Array[] {
  const folders = entry.kind === 'folder' ? entry.entries.filter(({ kind }) => kind === 'folder').length : 0;
  const px = posixAttributesWithSerial.encode({
    mode: fileTypeBits[entry.kind] | (entry.mode & 0o7777),
    links: entry.kind === 'folder' ? 2 + folders : 1,
    userId: 0,
    groupId: 0,
    serialNumber,
  });
  const date = encodeShortDate(entry.modified);
  // Modification, access and attribute change: flags 2, 4 and 8.
  const dates = Buffer.concat([Uint8Array.of(0x0e), date, date, date]);
  return [field('PX', px.subarray(4)), field('TF', dates)];
}

/** The name in as many fields as it takes. */
export function nameFields(name: string): Uint8Array[] {
  const bytes = Buffer.from(name);
  const room = longestField - 5;
  const fields: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += room) {
    const part = bytes.subarray(at, at + room);
    fields.push(field('NM', Buffer.concat([Uint8Array.of(at + room < bytes.length ? 1 : 0), part])));
  }
  return fields;
}

/** The target in as many fields as it takes. */
export function linkFields(target: string): Uint8Array[] {
  const groups: Uint8Array[][] = [[]];
  let used = 0;
  for (const component of components(target)) {
    if (used + component.length > longestField - 5) {
      groups.push([]);
      used = 0;
    }
    groups.at(-1)!.push(component);
    used += component.length;
  }
  return groups.map((group, index) =>
    field('SL', Buffer.concat([Uint8Array.of(index < groups.length - 1 ? 1 : 0), ...group])),
  );
}

function* components(target: string): Iterable<Uint8Array> {
  if (target.startsWith('/')) yield Uint8Array.of(8, 0);
  for (const segment of target.split('/')) {
    if (segment === '') continue;
    if (segment === '.' || segment === '..') {
      yield Uint8Array.of(segment === '.' ? 2 : 4, 0);
      continue;
    }
    const bytes = Buffer.from(segment);
    const room = longestField - 5 - 2;
    for (let at = 0; at < bytes.length; at += room) {
      const part = bytes.subarray(at, at + room);
      yield Buffer.concat([Uint8Array.of(at + room < bytes.length ? 1 : 0, part.length), part]);
    }
  }
}

/**
 * Shares fields out: the first area has room for `firstBytes`, the others for a block. All but the last end with a CE
 * field, which `continuationField` makes and which is counted here.
 */
export function areasOf(fields: readonly Uint8Array[], firstBytes: number): Uint8Array[][] {
  const areas: Uint8Array[][] = [];
  let rest = fields;
  let room = firstBytes;
  while (bytesOf(rest) > room) {
    let used = continuationArea.sizeBytes;
    let count = 0;
    while (used + rest[count]!.length <= room) used += rest[count++]!.length;
    areas.push(rest.slice(0, count));
    rest = rest.slice(count);
    room = sectorBytes;
  }
  areas.push([...rest]);
  return areas;
}

export function bytesOf(fields: readonly Uint8Array[]): number {
  return fields.reduce((sum, { length }) => sum + length, 0);
}

export function continuationField(blockLocation: number, offset: number, lengthBytes: number): Uint8Array {
  const bytes = continuationArea.encode({ blockLocation, offset, lengthBytes });
  return field('CE', bytes.subarray(4));
}
