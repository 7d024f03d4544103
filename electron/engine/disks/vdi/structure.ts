/** Checks the block map of a VDI image against the file, and mends the count of blocks and the room at the end. */
import type { RepairScope, StructureReport } from '#shared/domain/structure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { FileChange, FilePatch } from '../../bytes/patch.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Structure } from '../driver.ts';
import { numberChange } from '../resizing.ts';
import { StructureFindings } from '../structure-findings.ts';
import { BlockMap } from './block-map.ts';
import { readHeader, type Header } from './header.ts';
import { format } from './layout.ts';

/** What the map uses of the file. Blocks are those of the file; `Ends` are one past the last of them. */
export interface FileUsage {
  readonly header: Header;
  readonly allocatedBlocks: number;
  readonly usedEnd: number;
  /** How many whole blocks the file has room for. */
  readonly fileEnd: number;
  readonly isSound: boolean;
}

/** Walks the map; what is wrong goes into `findings`. @throws Failure `image.*` for a header that cannot be right. */
export function examine(
  file: ByteSource,
  findings: StructureFindings,
  throwIfCancelled: () => void = () => {},
): FileUsage {
  const header = readHeader(file);
  const map = new BlockMap(file, header);
  const { allocatedBlocks, used } = map.walk(({ message, fileOffset }) => {
    findings.add({ kind: 'corruption', message, fileOffset, mendable: false });
  }, throwIfCancelled);
  const isSound = findings.corruptions === 0;
  const usedEnd = used.end;
  const blockTotal = header.blockBytes + header.blockExtraBytes;
  const fileEnd = Math.max(
    usedEnd,
    Math.min(header.blockCount, Math.floor((file.sizeBytes - header.dataOffset) / blockTotal)),
  );
  const stated = header.statedAllocatedBlocks;
  if (stated < usedEnd || stated > fileEnd) {
    const message = inEnglish(
      'The header counts {stated} blocks in the file; the block map uses {allocatedBlocks}, the last as number {usedEnd}.',
      { stated, allocatedBlocks, usedEnd },
    );
    const fileOffset = header.places.cBlocksAllocated;
    findings.add({ kind: 'corruption', message, fileOffset, mendable: isSound });
  }
  addLeaks(findings, map, used.freeRuns(usedEnd), false);
  if (fileEnd > usedEnd) {
    addLeaks(findings, map, [{ start: usedEnd, length: fileEnd - usedEnd }], isSound);
  }
  return { header, allocatedBlocks, usedEnd, fileEnd, isSound };
}

function addLeaks(
  findings: StructureFindings,
  map: BlockMap,
  runs: Iterable<{ readonly start: number; readonly length: number }>,
  mendable: boolean,
): void {
  for (const { start, length } of runs) {
    const message = (): string => `${length} blocks of the file from number ${start} on hold nothing.`;
    findings.add({ kind: 'leak', message, fileOffset: map.dataOffset(start), mendable, count: length });
  }
}

export const structure: Structure = {
  check(file, _context, control): StructureReport {
    const findings = new StructureFindings();
    const { header, allocatedBlocks } = examine(file, findings, () => control.throwIfCancelled());
    const units = { allocated: allocatedBlocks, total: header.blockCount, bytes: header.blockBytes };
    return findings.report(format, units);
  },
  repair(file, _context, control, scope): FilePatch | null {
    return repair(file, scope, () => control.throwIfCancelled());
  },
};

/** Two blocks of the disk in one of the file, or one past its end, are past mending: which data was meant is lost. */
function repair(file: ByteSource, scope: RepairScope, throwIfCancelled: () => void): FilePatch | null {
  const { header, usedEnd, fileEnd, isSound } = examine(file, new StructureFindings(), throwIfCancelled);
  if (!isSound) return null;
  const stated = header.statedAllocatedBlocks;
  const changes: FileChange[] = [];
  const summary: string[] = [];
  const cutsOff = fileEnd > usedEnd;
  const isWrong = stated < usedEnd || stated > fileEnd;
  if (isWrong && scope === 'leaks') return null;
  if (isWrong || (cutsOff && stated !== usedEnd)) {
    changes.push(numberChange(header.places.cBlocksAllocated, usedEnd, 4, 'le'));
    summary.push(`The header counts ${usedEnd} blocks in the file instead of ${stated}.`);
  }
  if (cutsOff) summary.push(`${fileEnd - usedEnd} unused blocks at the end of the file are cut off.`);
  if (summary.length === 0) return null;
  const blockTotal = header.blockBytes + header.blockExtraBytes;
  return { changes, sizeBytes: cutsOff ? header.dataOffset + usedEnd * blockTotal : null, summary };
}
