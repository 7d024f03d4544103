/** L2 entries as a check sees them: what they refer to, and what can be mended without knowing more (section Cluster mapping). */
import type { Header } from './header.ts';

/* An L2 entry as two words of 32 bits; extended ones have two more, of zeros and of stored subclusters. */
export const copiedHigh = 0x80000000;
const compressedHigh = 0x40000000;
const reservedHigh = 0x3f000000;
const offsetHigh = 0x00ffffff;
const zeroLow = 1;
const reservedLow = 0x1fe;
const twoTo32 = 2 ** 32;

export type EntryKind = 'compressed' | 'cluster' | 'none';

/** The 55 bits of an offset that L1 and L2 entries have. */
export function entryOffset(high: number, low: number): number {
  return (high & offsetHigh) * twoTo32 + ((low & ~0x1ff) >>> 0);
}

/** Whether the entry names a place in the file (or the data file), and of which kind. */
export function kindOf(high: number, low: number, { hasDataFile }: Header): EntryKind {
  if ((high & compressedHigh) !== 0) return 'compressed';
  if ((high & offsetHigh) !== 0 || (low & ~0x1ff) !== 0) return 'cluster';
  // In an external data file the first cluster has the offset 0.
  return hasDataFile && (high & copiedHigh) !== 0 && (low & zeroLow) === 0 ? 'cluster' : 'none';
}

export function hasReservedBits(high: number, low: number): boolean {
  return (high & reservedHigh) !== 0 || (low & reservedLow) !== 0;
}

/** Whether the cluster of an entry holds anything that is read. */
export function holdsData(words: Uint32Array, at: number, { extendedL2 }: Header): boolean {
  return extendedL2 ? words[at + 3] !== 0 : (words[at + 1]! & zeroLow) === 0;
}

/**
 * Mends the entry at `at` where what it reads as does not change: flags that must not be set, and places of clusters that
 * hold nothing. `fileBytes` is the size of the file.
 */
export function mendEntry(words: Uint32Array, at: number, header: Header, fileBytes: number): void {
  const high = words[at]!;
  const low = words[at + 1]!;
  const { extendedL2, clusterBytes } = header;
  const kind = kindOf(high, low, header);
  if (kind === 'compressed') {
    words[at] = (high & ~copiedHigh) >>> 0;
    if (extendedL2) words.fill(0, at + 2, at + 4);
    return;
  }
  words[at] = (high & ~reservedHigh) >>> 0;
  words[at + 1] = (low & ~(extendedL2 ? reservedLow | zeroLow : reservedLow)) >>> 0;
  if (kind === 'none' || holdsData(words, at, header)) return;
  const offset = entryOffset(high, low);
  if (offset % clusterBytes === 0 && (header.hasDataFile || offset < fileBytes)) return;
  words[at] = 0;
  words[at + 1] = extendedL2 ? 0 : zeroLow;
}
