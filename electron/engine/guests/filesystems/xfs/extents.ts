/** Where a file's blocks lie: packed extent records in the inode, or a B+tree of them (chapter "Data Extents"). */
import { inEnglish } from '#shared/in-english.ts';
import type { BlockMap, MappedRun } from '../block-map.ts';
import { deepestTree, extentRecordBytes, malformed, treeBlock, treeMagic } from './layout.ts';
import type { XfsVolume } from './volume.ts';

export interface ExtentRecord {
  /** In blocks of the file, and of the file system. */
  readonly logicalBlock: number;
  readonly startBlock: number;
  readonly blockCount: number;
  /** Preallocated, not written: reads as zeros. */
  readonly unwritten: boolean;
}

/** 1 bit, 54 bits, 52 bits, 21 bits. */
export function extentAt(records: Uint8Array, index: number): ExtentRecord {
  const view = new DataView(
    records.buffer,
    records.byteOffset + index * extentRecordBytes,
    extentRecordBytes,
  );
  const high = view.getBigUint64(0);
  const low = view.getBigUint64(8);
  return {
    unwritten: high >> 63n !== 0n,
    logicalBlock: Number((high >> 9n) & 0x3fffffffffffffn),
    startBlock: Number(((high & 0x1ffn) << 43n) | (low >> 21n)),
    blockCount: Number(low & 0x1fffffn),
  };
}

/** The map of a fork that lists its extents: `count` of them in `fork`. */
export function extentList(volume: XfsVolume, fork: Uint8Array, count: number): BlockMap {
  if (count * extentRecordBytes > fork.length) {
    throw malformed('inode', 'extentCount', 0, inEnglish('{count} extents do not fit', { count }));
  }
  return inBytes(volume, (logical) => runIn(volume, fork, count, logical, 0, Number.MAX_SAFE_INTEGER));
}

/** The map of a fork whose extents lie in a tree; `fork` holds its root. */
export function extentTree(volume: XfsVolume, fork: Uint8Array): BlockMap {
  const view = new DataView(fork.buffer, fork.byteOffset, fork.length);
  const level = view.getUint16(0);
  const count = view.getUint16(2);
  const room = Math.floor((fork.length - 4) / 16);
  if (level === 0 || level > deepestTree)
    throw malformed('extent tree', 'level', 0, inEnglish('it is {level}', { level }));
  if (count === 0 || count > room)
    throw malformed('extent tree', 'recordCount', 0, inEnglish('it is {count}', { count }));
  const root = { bytes: fork, keysAt: 4, pointersAt: 4 + room * 8, count, level };
  return inBytes(volume, (logical) => descend(volume, root, logical, 0, Number.MAX_SAFE_INTEGER));
}

interface Node {
  readonly bytes: Uint8Array;
  readonly keysAt: number;
  readonly pointersAt: number;
  readonly count: number;
  readonly level: number;
}

/** Goes down one level a call; what lies below a key is at or above it, and below the next key. */
function descend(volume: XfsVolume, node: Node, logical: number, first: number, end: number): MappedRun {
  const view = new DataView(node.bytes.buffer, node.bytes.byteOffset, node.bytes.length);
  const keyAt = (index: number): number => Number(view.getBigUint64(node.keysAt + index * 8));
  const index = lastAtOrBefore(keyAt, node.count, logical, first, end);
  const next = index + 1 < node.count ? keyAt(index + 1) : end;
  if (index < 0) return { length: next - logical, volumeOffset: null };
  const pointer = Number(view.getBigUint64(node.pointersAt + index * 8));
  const at = volume.blockOffset(pointer, 1, 'extent tree');
  const bytes = volume.piece(at, volume.blockBytes);
  const { magic, level, recordCount } = treeBlock.decode(bytes, 0, at);
  const header = treeMagic[magic];
  if (header === undefined)
    throw malformed(
      'extent tree block',
      'magic',
      at,
      inEnglish('it is {found}', { found: JSON.stringify(magic) }),
    );
  if (level !== node.level - 1)
    throw malformed('extent tree block', 'level', at + 4, inEnglish('it is {level}', { level }));
  const room = Math.floor((bytes.length - header) / 16);
  if (recordCount > room)
    throw malformed(
      'extent tree block',
      'recordCount',
      at + 6,
      inEnglish('it is {recordCount}', { recordCount }),
    );
  const low = keyAt(index);
  if (level === 0) return runIn(volume, bytes.subarray(header), recordCount, logical, low, next);
  const child = { bytes, keysAt: header, pointersAt: header + room * 8, count: recordCount, level };
  return descend(volume, child, logical, low, next);
}

function runIn(
  volume: XfsVolume,
  records: Uint8Array,
  count: number,
  logical: number,
  first: number,
  end: number,
): MappedRun {
  const keyAt = (index: number): number => extentAt(records, index).logicalBlock;
  const index = lastAtOrBefore(keyAt, count, logical, first, end);
  const next = index + 1 < count ? keyAt(index + 1) : end;
  if (index >= 0) {
    const extent = extentAt(records, index);
    if (extent.logicalBlock + extent.blockCount > next) {
      throw malformed('extent', 'blockCount', 0, inEnglish('it reaches over the next extent'));
    }
    const skipped = logical - extent.logicalBlock;
    const length = extent.blockCount - skipped;
    if (length > 0 && extent.unwritten) return { length, volumeOffset: null };
    if (length > 0)
      return { length, volumeOffset: volume.blockOffset(extent.startBlock + skipped, length, 'extent') };
  }
  return { length: next - logical, volumeOffset: null };
}

/** The last that begins at `logical` or before; -1 for none. They ascend within their range, or the tree is wrong. */
function lastAtOrBefore(
  keyAt: (index: number) => number,
  count: number,
  logical: number,
  first: number,
  end: number,
): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyAt(middle) <= logical) low = middle + 1;
    else high = middle;
  }
  for (const index of [low - 1, low]) {
    if (index < 0 || index >= count) continue;
    const key = keyAt(index);
    const before = index === 0 ? first : keyAt(index - 1) + 1;
    if (key < before || key >= end)
      throw malformed('extent', 'logicalBlock', 0, inEnglish('block {key} is out of order', { key }));
  }
  return low - 1;
}

/** From blocks of the file to its bytes. */
function inBytes(volume: XfsVolume, find: (logicalBlock: number) => MappedRun): BlockMap {
  const { blockBytes } = volume;
  return (fileOffset) => {
    const within = fileOffset % blockBytes;
    const { length, volumeOffset } = find((fileOffset - within) / blockBytes);
    const lengthBytes = Math.min(length * blockBytes, Number.MAX_SAFE_INTEGER) - within;
    return { length: lengthBytes, volumeOffset: volumeOffset === null ? null : volumeOffset + within };
  };
}
