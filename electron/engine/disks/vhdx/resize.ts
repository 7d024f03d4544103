/** Gives a VHDX another capacity where the region of its block allocation table has room for it. */
import { inEnglish } from '#shared/in-english.ts';
import type { FileChange, FilePatch } from '../../bytes/patch.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { numberChange, requireWholeSectors, requireZerosFrom, zeroingChanges } from '../resizing.ts';
import { StructureFindings } from '../structure-findings.ts';
import { headerUpdate } from './header-update.ts';
import { blockState, maximumCapacityBytes, mebibyte, roundUp, unsupported } from './layout.ts';
import { openVhdx } from './reader.ts';
import { examine, type Examined } from './structure.ts';
import { entryBytes } from './target-geometry.ts';

/** Entries that one patch may add: 32 MiB of them. */
const maximumNewBlocks = 2 ** 22;

/**
 * What gives the disk that capacity; null where the table has no room, blocks would have to move, the image stands on a
 * parent or has something to repair first. @throws Failure `input.invalid` when data lies behind a smaller capacity.
 */
export function resizeVhdx(file: ByteSource, capacityBytes: number): FilePatch | null {
  const reader = openVhdx(file);
  requireWholeSectors(capacityBytes, reader.sectorBytes);
  if (capacityBytes > maximumCapacityBytes) {
    throw unsupported(
      inEnglish('a disk of {capacityBytes} bytes; {maximumCapacityBytes} are possible', {
        capacityBytes,
        maximumCapacityBytes,
      }),
    );
  }
  if (reader.parent !== null) return null;
  requireZerosFrom(reader, capacityBytes);
  const findings = new StructureFindings();
  const examined = examine(file, findings);
  const { header, table, metadata, regions } = examined.image;
  const blockCount = Math.ceil(capacityBytes / metadata.blockBytes);
  const tableBytes = table.entryCountFor(blockCount) * entryBytes;
  if (findings.corruptions > 0 || tableBytes > regions.blockAllocationTable.length) return null;
  if (blockCount - table.blockCount > maximumNewBlocks) return null;
  const grows = capacityBytes >= reader.capacityBytes;
  const patch = grows ? grow(file, examined, blockCount) : shrink(file, examined, blockCount);
  if (patch === null) return null;
  const changes = [
    ...patch.changes,
    numberChange(metadata.capacityOffset, capacityBytes, 8, 'le'),
    ...headerUpdate(file, header, true),
  ];
  const summary = [`The disk has ${capacityBytes} bytes instead of ${reader.capacityBytes}.`];
  return { changes, sizeBytes: patch.sizeBytes, summary };
}

type SizedChanges = Pick<FilePatch, 'changes' | 'sizeBytes'>;

function grow(file: ByteSource, { image, usage }: Examined, blockCount: number): SizedChanges | null {
  const { table, metadata, regions } = image;
  const { blockBytes, capacityBytes } = metadata;
  const changes: FileChange[] = [];
  let fileEnd = file.sizeBytes;
  const last = table.blockCount - 1;
  const lastEntry = last < 0 ? null : table.blockAt(last);
  if (lastEntry?.state === blockState.fullyPresent) {
    // It may have been stored only as far as the disk went; what is behind that would show now.
    const used = capacityBytes - last * blockBytes;
    const start = lastEntry.fileOffset + used;
    const end = lastEntry.fileOffset + blockBytes;
    for (let unit = roundUp(start, mebibyte) / mebibyte; unit < end / mebibyte; unit++) {
      if (unit < usage.used.count && usage.used.has(unit)) return null;
    }
    changes.push(...zeroingChanges(file, { start, length: end - start }));
    fileEnd = Math.max(fileEnd, end);
  }
  const { start } = regions.blockAllocationTable;
  const oldBytes = table.entryCountFor(table.blockCount) * entryBytes;
  const newBytes = table.entryCountFor(blockCount) * entryBytes - oldBytes;
  if (newBytes === 0) return { changes, sizeBytes: fileEnd };
  if (!metadata.leaveBlocksAllocated) {
    changes.push(...zeroingChanges(file, { start: start + oldBytes, length: newBytes }));
    return { changes, sizeBytes: fileEnd };
  }
  // A fixed disk gets all its blocks, at the end.
  const entries = new DataView(new ArrayBuffer(newBytes));
  let next = roundUp(fileEnd, mebibyte);
  for (let block = table.blockCount; block < blockCount; block++) {
    const at = table.entryOffset(block) - start - oldBytes;
    entries.setBigUint64(at, BigInt(next) | BigInt(blockState.fullyPresent), true);
    next += blockBytes;
  }
  changes.push({ fileOffset: start + oldBytes, bytes: new Uint8Array(entries.buffer) });
  return { changes, sizeBytes: next };
}

function shrink(file: ByteSource, examined: Examined, blockCount: number): SizedChanges | null {
  const { image, trailingBlocks, usedEnd } = examined;
  const { table, metadata, regions } = image;
  let keptEnd = Math.max(...regions.all.map(({ start, length }) => start + length));
  let firstGone = Infinity;
  for (let block = 0; block < table.blockCount; block++) {
    const { state, fileOffset } = table.blockAt(block);
    if (fileOffset === 0) continue;
    if (block < blockCount) keptEnd = Math.max(keptEnd, fileOffset + metadata.blockBytes);
    else if (state === blockState.fullyPresent) firstGone = Math.min(firstGone, fileOffset);
  }
  const { start } = regions.blockAllocationTable;
  const keptBytes = table.entryCountFor(blockCount) * entryBytes;
  const goneBytes = table.entryCountFor(table.blockCount) * entryBytes - keptBytes;
  const changes = zeroingChanges(file, { start: start + keptBytes, length: goneBytes });
  if (firstGone === Infinity) return { changes, sizeBytes: null };
  // Blocks go with the tail: they have to be the last things in the file, and nothing unused behind them.
  if (keptEnd > firstGone || trailingBlocks > 0 || usedEnd < firstGone) return null;
  return { changes, sizeBytes: firstGone };
}
