/** Where a file's blocks lie, by its extent tree ("Extent Tree" in the kernel's description of ext4). */
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { BlockMap, MappedRun } from '../block-map.ts';
import {
  deepestTree,
  extentEntryBytes,
  extentHeader,
  extentIndex,
  extentLeaf,
  extentMagic,
  longestWrittenExtent,
  malformed,
} from './layout.ts';
import type { ExtVolume } from './volume.ts';

/** Logical blocks from `first` up to `end`: what a node may speak of. */
interface Range {
  readonly first: number;
  readonly end: number;
}

const allBlocks = 2 ** 32;

export function extentTree(volume: ExtVolume, root: Uint8Array): BlockMap {
  const { blockBytes } = volume;
  return (fileOffset) => {
    const within = fileOffset % blockBytes;
    const logical = (fileOffset - within) / blockBytes;
    const { length, volumeOffset } = find(volume, root, logical, { first: 0, end: allBlocks }, null);
    return { length: length - within, volumeOffset: volumeOffset === null ? null : volumeOffset + within };
  };
}

/** The run from the start of `logical` on. Goes down one level a call; a node speaks of no block outside its range. */
function find(
  volume: ExtVolume,
  node: Uint8Array,
  logical: number,
  range: Range,
  above: number | null,
): MappedRun {
  const header = extentHeader.decode(node);
  const wrong = (field: string, problem: Message) => malformed('extent header', field, 0, problem);
  if (header.magic !== extentMagic)
    throw wrong('magic', inEnglish('it is 0x{magic}', { magic: header.magic.toString(16) }));
  if (header.depth > deepestTree || (above !== null && header.depth !== above - 1)) {
    throw wrong('depth', inEnglish('it is {depth}', { depth: header.depth }));
  }
  const room = Math.floor((node.length - extentHeader.sizeBytes) / extentEntryBytes);
  if (header.entryCount > room)
    throw wrong(
      'entryCount',
      inEnglish('{entryCount} entries do not fit', { entryCount: header.entryCount }),
    );
  const index = lastAtOrBefore(node, header.entryCount, logical, range);
  const next = index + 1 < header.entryCount ? firstBlock(node, index + 1) : range.end;
  const hole = { length: (Math.max(next, logical + 1) - logical) * volume.blockBytes, volumeOffset: null };
  if (index < 0) return hole;
  const at = extentHeader.sizeBytes + index * extentEntryBytes;
  if (header.depth === 0) return leafRun(volume, node, at, logical, next) ?? hole;
  const entry = extentIndex.decode(node, at);
  const child = volume.block(entry.leafLow + entry.leafHigh * 2 ** 32, 'extent index');
  return find(volume, child, logical, { first: entry.logicalBlock, end: next }, header.depth);
}

/** The last entry that begins at `logical` or before; -1 for none. Entries ascend, or the tree is wrong. */
function lastAtOrBefore(node: Uint8Array, entryCount: number, logical: number, range: Range): number {
  let low = 0;
  let high = entryCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (firstBlock(node, middle) <= logical) low = middle + 1;
    else high = middle;
  }
  const found = low - 1;
  for (const index of [found, found + 1]) {
    if (index < 0 || index >= entryCount) continue;
    const first = firstBlock(node, index);
    const before = index === 0 ? range.first : firstBlock(node, index - 1) + 1;
    if (first < before || first >= range.end) {
      throw malformed('extent', 'logicalBlock', 0, inEnglish('block {first} is out of order', { first }));
    }
  }
  return found;
}

function firstBlock(node: Uint8Array, index: number): number {
  return extentIndex.decode(node, extentHeader.sizeBytes + index * extentEntryBytes).logicalBlock;
}

function leafRun(
  volume: ExtVolume,
  node: Uint8Array,
  at: number,
  logical: number,
  next: number,
): MappedRun | null {
  const { logicalBlock, length, startHigh, startLow } = extentLeaf.decode(node, at);
  const written = length <= longestWrittenExtent;
  const blocks = written ? length : length - longestWrittenExtent;
  if (logicalBlock + blocks > next)
    throw malformed('extent', 'length', 0, inEnglish('it reaches over the next extent'));
  if (logical >= logicalBlock + blocks) return null;
  const skipped = logical - logicalBlock;
  const lengthBytes = (blocks - skipped) * volume.blockBytes;
  if (!written) return { length: lengthBytes, volumeOffset: null };
  const start = startLow + startHigh * 2 ** 32 + skipped;
  return { length: lengthBytes, volumeOffset: volume.blockOffset(start, 'extent', blocks - skipped) };
}
