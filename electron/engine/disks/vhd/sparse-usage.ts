/** What a dynamic or differencing VHD uses of its file, and what lies there for nothing. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { StructureFindings } from '../structure-findings.ts';
import { readBatmap } from './batmap.ts';
import type { BlockTable } from './block-table.ts';
import { isXen, type FoundFooter } from './footer.ts';
import { diskType, dynamicHeader, footer, roundUp, sectorBytes } from './layout.ts';
import { locatorSpans, readParentNames } from './parent-locators.ts';
import type { SparseHeader } from './sparse-header.ts';

export interface SparseUsage {
  readonly allocatedBlocks: number;
  /** Where the last thing that is used ends, in bytes, without the footer. */
  readonly usedEnd: number;
  /** Where the first thing behind the table of blocks begins. */
  readonly tableEnd: number;
  /** Blocks that would fit between the last thing used and the footer. */
  readonly trailingBlocks: number;
  /** Whether every block and every name can be read. */
  readonly isSound: boolean;
}

/** Checks the table, what lies beside the blocks, and the names of a parent. */
export function addSparseFindings(
  file: ByteSource,
  found: FoundFooter,
  header: SparseHeader,
  table: BlockTable,
  findings: StructureFindings,
): SparseUsage {
  let isSound = true;
  table.check(({ message, fileOffset }) => {
    isSound = false;
    findings.add({ kind: 'corruption', message, fileOffset, mendable: false });
  });
  isSound = addNameFindings(file, found, header, findings) && isSound;
  if (!header.hasChecksum) {
    const message = inEnglish('The checksum of the dynamic disk header is not that of its content.');
    findings.add({ kind: 'corruption', message, fileOffset: header.fileOffset, mendable: isSound });
  }
  const structures = structureSpans(file, found, header);
  const blockTotal = header.bitmapBytes + header.blockBytes;
  const sorted = table.sortedEntries;
  let usedEnd = 0;
  for (const { start, length } of merged(structures, sorted, blockTotal)) {
    addLeak(findings, usedEnd, start, blockTotal, false);
    usedEnd = Math.max(usedEnd, start + length);
  }
  // The last block may be stored only as far as the disk goes.
  usedEnd = Math.min(usedEnd, roundUp(found.dataEnd, sectorBytes));
  const trailing = addLeak(findings, usedEnd, found.dataEnd, blockTotal, isSound && !found.fromCopy);
  const following = structures.map(({ start }) => start).filter((start) => start > header.fields.tableOffset);
  const firstBlock =
    sorted.length === 0 ? Infinity : sorted.find((at) => at * sectorBytes > header.fields.tableOffset);
  return {
    allocatedBlocks: sorted.length,
    usedEnd,
    tableEnd: Math.min(...following, (firstBlock ?? Infinity) * sectorBytes, found.dataEnd),
    trailingBlocks: isSound ? trailing : 0,
    isSound,
  };
}

/** Between two things that are used there may be less than a block of padding. */
function addLeak(
  findings: StructureFindings,
  start: number,
  end: number,
  blockTotal: number,
  mendable: boolean,
): number {
  const count = Math.max(0, Math.floor((end - start) / blockTotal));
  if (count === 0) return 0;
  const message = (): string => `Nothing uses the ${end - start} bytes from ${start} of the file on.`;
  findings.add({ kind: 'leak', message, fileOffset: start, mendable, count });
  return count;
}

function addNameFindings(
  file: ByteSource,
  { fields }: FoundFooter,
  header: SparseHeader,
  findings: StructureFindings,
): boolean {
  if (fields.diskType !== diskType.differencing) return true;
  try {
    readParentNames(file, header.fileOffset);
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const message = inEnglish('A name of the parent cannot be read: its locator leads out of the file.');
    findings.add({ kind: 'corruption', message, fileOffset: header.fileOffset, mendable: false });
    return false;
  }
}

/** Everything but the blocks and the last footer, ascending. */
function structureSpans(file: ByteSource, { fields }: FoundFooter, header: SparseHeader): Span[] {
  const { tableOffset, maxTableEntries } = header.fields;
  const spans: Span[] = [
    { start: 0, length: footer.sizeBytes },
    { start: header.fileOffset, length: dynamicHeader.sizeBytes },
    { start: tableOffset, length: roundUp(maxTableEntries * 4, sectorBytes) },
  ];
  if (fields.diskType === diskType.differencing) spans.push(...locatorSpans(file, header.fileOffset));
  if (isXen(fields)) spans.push(...(readBatmap(file, header)?.spans ?? []));
  return spans.sort((a, b) => a.start - b.start);
}

/** The structures and the blocks by where they begin. */
function* merged(structures: readonly Span[], blocks: Uint32Array, blockTotal: number): Iterable<Span> {
  let next = 0;
  for (const entry of blocks) {
    const start = entry * sectorBytes;
    while (next < structures.length && structures[next]!.start <= start) yield structures[next++]!;
    yield { start, length: blockTotal };
  }
  yield* structures.slice(next);
}
