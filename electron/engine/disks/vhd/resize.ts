/** Gives a VHD another capacity: a fixed one by moving its footer, another one where its table has room. */
import { inEnglish } from '#shared/in-english.ts';
import type { FileChange, FilePatch } from '../../bytes/patch.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { requireWholeSectors, requireZerosFrom, zeroingChanges } from '../resizing.ts';
import { StructureFindings } from '../structure-findings.ts';
import { BlockTable } from './block-table.ts';
import { diskSize, footerStates, isXen, sealFooter, type FoundFooter } from './footer.ts';
import { geometryFor } from './geometry.ts';
import {
  checksumOf,
  dynamicHeader,
  footer,
  maximumCapacityBytes,
  sectorBytes,
  unallocated,
  unsupported,
} from './layout.ts';
import { openVhd } from './reader.ts';
import type { SparseUsage } from './sparse-usage.ts';
import type { SparseHeader } from './sparse-header.ts';
import { examine } from './structure.ts';

/**
 * What gives the disk that capacity; null where the table has no room, blocks would have to move, the image stands on a
 * parent or is damaged. @throws Failure `input.invalid` when data lies behind a smaller capacity, `image.*`.
 */
export function resizeVhd(file: ByteSource, capacityBytes: number): FilePatch | null {
  requireWholeSectors(capacityBytes, sectorBytes);
  if (capacityBytes > maximumCapacityBytes) {
    throw unsupported(
      inEnglish('a disk of {capacityBytes} bytes; {maximumCapacityBytes} are possible', {
        capacityBytes,
        maximumCapacityBytes,
      }),
    );
  }
  const reader = openVhd(file);
  if (reader.parent !== null) return null;
  requireZerosFrom(reader, capacityBytes);
  const findings = new StructureFindings();
  const { found, sparse } = examine(file, findings);
  if (findings.corruptions > 0) return null;
  const oldBytes = diskSize(found.fields).capacityBytes;
  const bytes = footerFor(footerStates(file).end.bytes, found, capacityBytes);
  const summary = [`The disk has ${capacityBytes} bytes instead of ${oldBytes}.`];
  if (sparse === null) return { ...fixedPatch(file, oldBytes, capacityBytes, bytes), summary };
  const patch =
    capacityBytes < oldBytes
      ? shrink(file, found, sparse, capacityBytes)
      : grow(file, found, sparse, capacityBytes);
  if (patch === null) return null;
  const place = patch.dataEnd;
  const sizeBytes = place + footer.sizeBytes;
  const ends = [
    { fileOffset: place, bytes },
    { fileOffset: 0, bytes },
  ];
  return { changes: [...ends, ...patch.changes], sizeBytes, summary };
}

/** The footer for the new size; some programs go by the original one. Where the geometry counted, the creator becomes one whose size is the current size. */
function footerFor(old: Uint8Array, { fields }: FoundFooter, capacityBytes: number): Uint8Array {
  const bytes = old.slice();
  const sizes = { originalSize: BigInt(capacityBytes), currentSize: capacityBytes };
  footer.encode({ ...sizes, ...geometryFor(capacityBytes) }, bytes);
  if (diskSize(fields).by === 'geometry') footer.encode({ creatorApplication: 'win ' }, bytes);
  return sealFooter(bytes);
}

function fixedPatch(
  file: ByteSource,
  oldBytes: number,
  capacityBytes: number,
  bytes: Uint8Array,
): Pick<FilePatch, 'changes' | 'sizeBytes'> {
  const sizeBytes = capacityBytes + footer.sizeBytes;
  // The old footer, and whatever was behind the disk's end, would become data.
  const length = Math.max(0, Math.min(capacityBytes, file.sizeBytes) - oldBytes);
  const zeros = zeroingChanges(file, { start: oldBytes, length });
  return { changes: [{ fileOffset: capacityBytes, bytes }, ...zeros], sizeBytes };
}

interface SparseParts {
  readonly header: SparseHeader;
  readonly usage: SparseUsage;
}

interface SparsePatch {
  readonly changes: readonly FileChange[];
  /** Where the footer belongs. */
  readonly dataEnd: number;
}

function grow(
  file: ByteSource,
  found: FoundFooter,
  { header, usage }: SparseParts,
  capacityBytes: number,
): SparsePatch | null {
  const { fields, blockBytes, blockCount: oldCount } = header;
  const blockCount = Math.ceil(capacityBytes / blockBytes);
  const room = Math.floor((usage.tableEnd - fields.tableOffset) / 4);
  // The batmap lies where the table ends.
  const isFull = isXen(found.fields) && blockCount > fields.maxTableEntries;
  if (blockCount > room || isFull || found.dataEnd % sectorBytes !== 0) return null;
  const changes: FileChange[] = [];
  const oldBytes = diskSize(found.fields).capacityBytes;
  const bounds = { capacityBytes: oldBytes, dataEnd: found.dataEnd };
  const table = new BlockTable(file, header, bounds, found.fields);
  const last = oldCount - 1;
  if (last >= 0 && table.isAllocated(last)) {
    const start = table.dataOffset(last);
    if (start + blockBytes > found.dataEnd) return null;
    const used = oldBytes - last * blockBytes;
    changes.push(...zeroingChanges(file, { start: start + used, length: blockBytes - used }));
  }
  if (blockCount > oldCount) {
    const bytes = new Uint8Array((blockCount - oldCount) * 4).fill(unallocated & 0xff);
    changes.push({ fileOffset: fields.tableOffset + oldCount * 4, bytes });
  }
  if (blockCount > fields.maxTableEntries) changes.push(headerChange(file, header, blockCount));
  return { changes, dataEnd: found.dataEnd };
}

/** The table keeps its length: entries of blocks that are gone say that there is nothing. */
function shrink(
  file: ByteSource,
  found: FoundFooter,
  { header, usage }: SparseParts,
  capacityBytes: number,
): SparsePatch | null {
  const { fields, blockBytes, blockCount: oldCount } = header;
  const blockCount = Math.ceil(capacityBytes / blockBytes);
  const bounds = { capacityBytes: diskSize(found.fields).capacityBytes, dataEnd: found.dataEnd };
  const table = new BlockTable(file, header, bounds, found.fields);
  let keptEnd = 0;
  let firstGone = Infinity;
  for (let block = 0; block < oldCount; block++) {
    if (!table.isAllocated(block)) continue;
    if (block < blockCount) keptEnd = Math.max(keptEnd, table.blockEnd(block));
    else firstGone = Math.min(firstGone, table.dataOffset(block) - header.bitmapBytes);
  }
  if (firstGone === Infinity) return { changes: [], dataEnd: found.dataEnd };
  // Blocks go with the tail: they have to be the last things in the file, and nothing unused behind them.
  const structuresEnd = Math.max(keptEnd, usage.tableEnd, header.fileOffset + dynamicHeader.sizeBytes);
  if (structuresEnd > firstGone || usage.trailingBlocks > 0 || isXen(found.fields)) return null;
  const bytes = new Uint8Array((oldCount - blockCount) * 4).fill(unallocated & 0xff);
  return { changes: [{ fileOffset: fields.tableOffset + blockCount * 4, bytes }], dataEnd: firstGone };
}

function headerChange(file: ByteSource, { fileOffset }: SparseHeader, maxTableEntries: number): FileChange {
  const bytes = readBytes(file, fileOffset, dynamicHeader.sizeBytes);
  dynamicHeader.encode({ maxTableEntries }, bytes);
  const checksum = checksumOf(bytes, dynamicHeader.fields.checksum.offset);
  return { fileOffset, bytes: dynamicHeader.encode({ checksum }, bytes) };
}
