/** Gives a monolithicSparse VMDK another capacity, as far as its grain tables reach. */
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
import { encryptionMethod, type Descriptor } from './descriptor.ts';
import { embeddedDescriptor, embeddedText, isLoneExtent } from './descriptor-place.ts';
import { sparseKind } from './disk-extents.ts';
import { HostedCheck } from './hosted-check.ts';
import { grainZeroed, sectorBytes, sparseExtentHeader } from './layout.ts';
import { hasParent } from './parent.ts';
import { openVmdk } from './reader.ts';
import { readSparseHeader, type SparseHeader } from './sparse-header.ts';
import type { TableCopies, TableCopy } from './table-copies.ts';

/**
 * What gives the disk in `file` that capacity; null where it has no tables for it, is damaged, stands on a parent, or is
 * no single plain sparse extent.
 * @throws Failure `input.invalid` when data lies behind a smaller capacity, `image.*`.
 */
export function resizeVmdk(file: ByteSource, capacityBytes: number): FilePatch | null {
  requireWholeSectors(capacityBytes, sectorBytes);
  const extent = plainExtent(file);
  if (extent === null) return null;
  const { header, descriptor, oldBytes } = extent;
  // The caller's file outlives the reader.
  requireZerosFrom(openVmdk(borrowed(file), aloneContext), capacityBytes);
  const copies = soundCopies(file, header);
  const sectors = capacityBytes / sectorBytes;
  const text = resizedDescriptor(file, header, descriptor, sectors);
  if (copies === null || text === null) return null;
  const grainBytes = header.grainSize * sectorBytes;
  const oldGrains = Math.ceil(oldBytes / grainBytes);
  const newGrains = Math.ceil(capacityBytes / grainBytes);
  if (newGrains > copies.layout.tableCount * header.numGTEsPerGT) return null;
  // VirtualBox writes whole grains into the header.
  const roundsUp = header.capacity !== oldBytes / sectorBytes;
  const capacity = roundsUp ? newGrains * header.grainSize : sectors;
  const tail =
    capacityBytes > oldBytes ? tailZeros(file, copies, header, oldBytes) : { changes: [], sizeBytes: null };
  return {
    changes: [
      numberChange(sparseExtentHeader.fields.capacity.offset, capacity, 8, 'le'),
      { fileOffset: header.descriptorOffset * sectorBytes, bytes: text },
      ...clearedEntries(copies, header, Math.min(oldGrains, newGrains)),
      ...tail.changes,
    ],
    sizeBytes: tail.sizeBytes,
    summary: [`The disk has ${capacityBytes} bytes instead of ${oldBytes}.`],
  };
}

/** The only extent of a disk without a parent, plain and with its descriptor inside; null for any other disk. */
function plainExtent(
  file: ByteSource,
): { header: SparseHeader; descriptor: Descriptor; oldBytes: number } | null {
  if (sparseKind(file) !== 'hosted') return null;
  const header = readSparseHeader(file);
  if (header.capacity === 0 || header.compressed || header.fileOffset > 0) return null;
  if (isLoneExtent(file, header)) return null;
  const descriptor = embeddedDescriptor(file, header);
  if (hasParent(descriptor) || encryptionMethod(descriptor) !== null) return null;
  if (descriptor.extents.length !== 1) return null;
  return { header, descriptor, oldBytes: descriptor.extents[0]!.sectors * sectorBytes };
}

/** Bytes of the last grain behind the disk's end would show, or be missing, when it grows. */
function tailZeros(
  file: ByteSource,
  copies: TableCopies,
  header: SparseHeader,
  oldBytes: number,
): { changes: FileChange[]; sizeBytes: number | null } {
  const grainBytes = header.grainSize * sectorBytes;
  const used = oldBytes % grainBytes;
  const start = used === 0 ? null : placeOf(copies, header, Math.floor(oldBytes / grainBytes));
  if (start === null) return { changes: [], sizeBytes: null };
  return {
    changes: zeroingChanges(file, { start: start + used, length: grainBytes - used }),
    sizeBytes: Math.max(file.sizeBytes, start + grainBytes),
  };
}

function borrowed(file: ByteSource): ByteSource {
  return {
    path: file.path,
    sizeBytes: file.sizeBytes,
    seekable: file.seekable,
    read: (fileOffset, into) => file.read(fileOffset, into),
    runs: (span) => file.runs(span),
    close() {
      // It is not ours.
    },
  };
}

/** The tables, of which nothing may be wrong; else null. */
function soundCopies(file: ByteSource, header: SparseHeader): TableCopies | null {
  const findings = new StructureFindings();
  const check = new HostedCheck(file, header, '', findings);
  check.run(() => {});
  return findings.corruptions === 0 ? check.copies : null;
}

function presentCopies({ primary, redundant }: TableCopies): TableCopy[] {
  return [primary, redundant].flatMap((copy) => copy ?? []);
}

/** Entries from grain number `from` to the end of its table become those of absent grains. */
function clearedEntries(copies: TableCopies, header: SparseHeader, from: number): FileChange[] {
  const { numGTEsPerGT } = header;
  const index = Math.floor(from / numGTEsPerGT);
  const first = from % numGTEsPerGT;
  if (first === 0 || index >= copies.layout.tableCount) return [];
  const changes: FileChange[] = [];
  for (const copy of presentCopies(copies)) {
    if (copy.sector(index) === 0) continue;
    const start = copy.entryOffset(index, first);
    // Both directories may share a table.
    if (changes.some((change) => change.fileOffset === start)) continue;
    changes.push({ fileOffset: start, bytes: new Uint8Array((numGTEsPerGT - first) * 4) });
  }
  return changes;
}

/** Where the grain is stored; null when it is not. */
function placeOf(copies: TableCopies, { numGTEsPerGT }: SparseHeader, grain: number): number | null {
  const copy = presentCopies(copies)[0]!;
  const index = Math.floor(grain / numGTEsPerGT);
  if (copy.sector(index) === 0) return null;
  const sector = copy.read(index).getUint32((grain % numGTEsPerGT) * 4, true);
  return sector <= grainZeroed ? null : sector * sectorBytes;
}

/** The descriptor with the new size and as many cylinders; null when it does not fit in its sectors any more. */
function resizedDescriptor(
  file: ByteSource,
  header: SparseHeader,
  { values, extents }: Descriptor,
  sectors: number,
): Uint8Array | null {
  const original = embeddedText(file, header);
  const line = extents[0]!.fileOffset - header.descriptorOffset * sectorBytes;
  // The size is the first number of the line.
  let text = original.slice(0, line) + original.slice(line).replace(/\d+/, `${sectors}`);
  const heads = Number(values.get('ddb.geometry.heads'));
  const perTrack = Number(values.get('ddb.geometry.sectors'));
  if (heads > 0 && perTrack > 0) {
    const most = values.get('ddb.adaptertype') === 'ide' ? 16383 : 65535;
    const cylinders = Math.max(1, Math.min(Math.floor(sectors / (heads * perTrack)), most));
    text = text.replace(/^([ \t]*ddb\.geometry\.cylinders[ \t]*=[ \t]*"?)\d+/im, `$1${cylinders}`);
  }
  const bytes = Buffer.alloc(header.descriptorSize * sectorBytes);
  if (text.length > bytes.length) return null;
  bytes.write(text, 'latin1');
  return bytes;
}
