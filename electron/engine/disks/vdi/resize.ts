/** Gives a VDI image another capacity where its block map has room for it. */
import type { FileChange, FilePatch } from '../../bytes/patch.ts';
import type { ByteSource } from '../../bytes/source.ts';
import {
  aloneContext,
  numberChange,
  requireWholeSectors,
  requireZerosFrom,
  zeroingChanges,
} from '../resizing.ts';
import { StructureFindings } from '../structure-findings.ts';
import { BlockMap } from './block-map.ts';
import { isAllocated, type Header } from './header.ts';
import { blockFree, maximumBlocks, sectorBytes } from './layout.ts';
import { openVdi } from './reader.ts';
import { examine, type FileUsage } from './structure.ts';

/** Entries that one patch may add: 16 MiB of them. */
const maximumNewBlocks = 2 ** 22;

/**
 * What gives the disk that capacity; null where the map has no room, blocks would have to move, or the image stands on
 * a parent. @throws Failure `input.invalid` when data lies behind a smaller capacity, `image.*`.
 */
export function resizeVdi(file: ByteSource, capacityBytes: number): FilePatch | null {
  requireWholeSectors(capacityBytes, sectorBytes);
  const reader = openVdi(file, aloneContext);
  const usage = examine(file, new StructureFindings());
  const { header } = usage;
  if (header.parentUuid !== null) return null;
  if (capacityBytes < header.capacityBytes) {
    requireZerosFrom(reader, capacityBytes);
    return shrink(file, capacityBytes, usage);
  }
  return grow(file, capacityBytes, usage);
}

function grow(file: ByteSource, capacityBytes: number, usage: FileUsage): FilePatch | null {
  const { header, usedEnd } = usage;
  const blockCount = Math.max(header.blockCount, Math.ceil(capacityBytes / header.blockBytes));
  const newBlocks = blockCount - header.blockCount;
  const room = Math.floor((header.dataOffset - header.blockMapOffset) / 4);
  if (blockCount > Math.min(room, maximumBlocks) || newBlocks > maximumNewBlocks) return null;
  const isStatic = header.variant === 'static';
  const entries = new DataView(new ArrayBuffer(newBlocks * 4));
  for (let index = 0; index < newBlocks; index++) {
    entries.setUint32(index * 4, isStatic ? usedEnd + index : blockFree, true);
  }
  const end = isStatic ? usedEnd + newBlocks : usedEnd;
  const changes: FileChange[] = [
    ...tailZeros(file, header),
    ...sizeFields(header, capacityBytes, blockCount),
  ];
  if (newBlocks > 0) {
    const fileOffset = header.blockMapOffset + header.blockCount * 4;
    changes.push({ fileOffset, bytes: new Uint8Array(entries.buffer) });
  }
  if (isStatic) {
    changes.push(numberChange(header.places.cBlocksAllocated, end, 4, 'le'));
    // Room behind the last block would become a part of the disk, whatever it holds.
    const start = fileOffsetOf(header, usedEnd);
    changes.push(...zeroingChanges(file, { start, length: Math.max(0, file.sizeBytes - start) }));
  }
  // The last block may have been stored only as far as the disk went.
  const sizeBytes = Math.max(file.sizeBytes, fileOffsetOf(header, end));
  return { changes, sizeBytes, summary: summaryOf(header, capacityBytes) };
}

function shrink(file: ByteSource, capacityBytes: number, usage: FileUsage): FilePatch | null {
  const { header, usedEnd, fileEnd, isSound } = usage;
  const blockCount = Math.ceil(capacityBytes / header.blockBytes);
  const map = new BlockMap(file, header);
  let keptEnd = 0;
  let kept = 0;
  for (let block = 0; block < blockCount; block++) {
    const entry = map.entryAt(block);
    if (!isAllocated(entry)) continue;
    keptEnd = Math.max(keptEnd, entry + 1);
    kept++;
  }
  const changes = sizeFields(header, capacityBytes, blockCount);
  const summary = summaryOf(header, capacityBytes);
  if (kept === usage.allocatedBlocks && keptEnd <= blockCount) return { changes, sizeBytes: null, summary };
  // Blocks go with the tail: they have to be the last ones in the file, and nothing may be behind them.
  if (!isSound || keptEnd !== kept || fileEnd !== usedEnd) return null;
  changes.push(numberChange(header.places.cBlocksAllocated, kept, 4, 'le'));
  return { changes, sizeBytes: fileOffsetOf(header, kept), summary };
}

/** Bytes of the last block behind the disk's end would show when it grows. */
function tailZeros(file: ByteSource, header: Header): FileChange[] {
  const { capacityBytes, blockBytes, blockCount } = header;
  const block = Math.floor(capacityBytes / blockBytes);
  const changes: FileChange[] = [];
  const map = new BlockMap(file, header);
  // A map may have more blocks than the disk.
  for (let at = block; at < blockCount; at++) {
    const entry = map.entryAt(at);
    if (!isAllocated(entry)) continue;
    const used = at === block ? capacityBytes - block * blockBytes : 0;
    changes.push(...zeroingChanges(file, { start: map.dataOffset(entry) + used, length: blockBytes - used }));
  }
  return changes;
}

function sizeFields({ places }: Header, capacityBytes: number, blockCount: number): FileChange[] {
  return [
    numberChange(places.cbDisk, capacityBytes, 8, 'le'),
    numberChange(places.cBlocks, blockCount, 4, 'le'),
  ];
}

function fileOffsetOf(header: Header, entry: number): number {
  return header.dataOffset + entry * (header.blockBytes + header.blockExtraBytes);
}

function summaryOf(header: Header, capacityBytes: number): string[] {
  return [`The disk has ${capacityBytes} bytes instead of ${header.capacityBytes}.`];
}
