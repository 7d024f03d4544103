/** Tables of 64-bit offsets whose entries point at tables of one cluster: the L1 table and the refcount table. */
import { inEnglish, type Message } from '#shared/in-english.ts';
import { readBytes, requireWithin, type ByteSource } from '../../bytes/source.ts';
import { malformedEntry } from './layout.ts';

/** How one kind of table spells its entries. The masks are of an entry's upper and lower 32 bits. */
interface EntryForm {
  readonly structure: 'L1 table entry' | 'refcount table entry';
  readonly offsetHigh: number;
  readonly reservedHigh: number;
  readonly reservedLow: number;
}

/** Section Cluster mapping: bit 63 says that the refcount of the L2 table is one. */
export const l1EntryForm: EntryForm = {
  structure: 'L1 table entry',
  offsetHigh: 0x00ffffff,
  reservedHigh: 0x7f000000,
  reservedLow: 0x1ff,
};

/** Section Host cluster management. */
export const refcountEntryForm: EntryForm = {
  structure: 'refcount table entry',
  offsetHigh: 0xffffffff,
  reservedHigh: 0,
  reservedLow: 0x1ff,
};

/**
 * Reads `count` entries at `fileOffset` (bounded by the caller): the offsets in bytes of the tables they point at, 0 where
 * there is none. Each table is one aligned cluster within the file.
 * @throws Failure `image.malformed`, `image.truncated`.
 */
export function readPointers(
  file: ByteSource,
  form: EntryForm,
  fileOffset: number,
  count: number,
  clusterBytes: number,
): Float64Array {
  const bytes = readBytes(file, fileOffset, count * 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Most entries are zeros, whatever their byte order.
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, count * 2);
  const offsets = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    if (words[index * 2] === 0 && words[index * 2 + 1] === 0) continue;
    const high = view.getUint32(index * 8);
    const low = view.getUint32(index * 8 + 4);
    const wrong = (problem: Message): Error =>
      malformedEntry(form.structure, 'offset', fileOffset + index * 8, problem);
    if ((high & form.reservedHigh) !== 0 || (low & form.reservedLow) !== 0) {
      throw wrong(inEnglish('reserved bits are set'));
    }
    const offset = ((high & form.offsetHigh) >>> 0) * 2 ** 32 + low;
    if (offset === 0) throw wrong(inEnglish('the offset is 0 but marked as having a refcount of one'));
    if (offset > Number.MAX_SAFE_INTEGER)
      throw wrong(inEnglish('{offset} is beyond any possible size', { offset }));
    if (offset % clusterBytes !== 0)
      throw wrong(inEnglish('{offset} is not the start of a cluster', { offset }));
    requireWithin(file, offset, clusterBytes);
    offsets[index] = offset;
  }
  return offsets;
}
