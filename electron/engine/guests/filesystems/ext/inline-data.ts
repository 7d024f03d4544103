/** Small files and directories inside their inode: its block area, and the attribute `system.data` for what is left over. */
import { inEnglish } from '#shared/in-english.ts';
import {
  attributeEntry,
  attributeMagic,
  inodeExtra,
  leastInodeBytes,
  malformed,
  systemAttributes,
} from './layout.ts';

export interface InlineData {
  /** The 60 bytes of the inode's block area. */
  readonly first: Uint8Array;
  /** The rest, from the attribute; empty when there is none. */
  readonly rest: Uint8Array;
}

/** @throws Failure `image.malformed`. */
export function inlineData(record: Uint8Array): InlineData {
  const first = record.subarray(0x28, 0x28 + 60);
  return { first, rest: systemData(record) };
}

function systemData(record: Uint8Array): Uint8Array {
  const none = record.subarray(0, 0);
  if (record.length <= leastInodeBytes) return none;
  const { extraBytes } = inodeExtra.decode(record, leastInodeBytes);
  const header = leastInodeBytes + extraBytes;
  const area = header + 4;
  if (area + attributeEntry.sizeBytes > record.length) return none;
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  if (view.getUint32(header, true) !== attributeMagic) return none;
  for (let at = area; at + attributeEntry.sizeBytes <= record.length;) {
    // Four zero bytes end the list.
    if (view.getUint32(at, true) === 0) return none;
    const entry = attributeEntry.decode(record, at);
    const nameAt = at + attributeEntry.sizeBytes;
    const name = Buffer.from(record.subarray(nameAt, nameAt + entry.nameBytes)).toString('latin1');
    if (entry.nameIndex === systemAttributes && name === 'data') {
      const start = area + entry.valueOffset;
      if (entry.valueInode !== 0 || start + entry.valueBytes > record.length) {
        throw malformed(
          'extended attribute',
          'valueBytes',
          0,
          inEnglish('the value is not inside the inode'),
        );
      }
      return record.subarray(start, start + entry.valueBytes);
    }
    at = nameAt + Math.ceil(entry.nameBytes / 4) * 4;
  }
  return none;
}
