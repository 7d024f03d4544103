/** Checks the structures of a VHDX, and mends what its copies and its log tell. */
import { inEnglish } from '#shared/in-english.ts';
import type { FileChange, FilePatch } from '../../bytes/patch.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Structure } from '../driver.ts';
import { zeroingChanges } from '../resizing.ts';
import { StructureFindings } from '../structure-findings.ts';
import { isNullUuid } from '../uuids.ts';
import type { TableUsage } from './block-table.ts';
import { headerUpdate } from './header-update.ts';
import { headerStates } from './headers.ts';
import { blockState, format, malformedAt, mebibyte } from './layout.ts';
import { readImage, type ReadImage } from './reader.ts';
import { regionTables } from './regions.ts';

/** An image and what a check saw of it. */
export interface Examined {
  readonly image: ReadImage;
  readonly usage: TableUsage;
  /** Where the last thing that is used ends, in bytes of the file. */
  readonly usedEnd: number;
  /** Blocks that would fit behind it. */
  readonly trailingBlocks: number;
  readonly isSound: boolean;
}

/** Looks at everything; what is wrong goes into `findings`. @throws Failure `image.*` when too little is right. */
export function examine(
  file: ByteSource,
  findings: StructureFindings,
  throwIfCancelled: () => void = () => {},
): Examined {
  const image = readImage(file);
  const { table, source, metadata } = image;
  const usage = table.check(
    image.regions,
    ({ message, fileOffset }) => findings.add({ kind: 'corruption', message, fileOffset, mendable: false }),
    throwIfCancelled,
  );
  const isSound = findings.corruptions === 0;
  addCopyFindings(file, image, findings, isSound);
  keepReservedBlocks(image, usage, throwIfCancelled);
  const usedEnd = usage.used.end * mebibyte;
  const { blockBytes } = metadata;
  for (const { start, length } of usage.used.freeRuns(usage.used.end)) {
    addLeak(findings, start * mebibyte, length * mebibyte, blockBytes, false);
  }
  const trailingBlocks = addLeak(findings, usedEnd, source.sizeBytes - usedEnd, blockBytes, isSound);
  return { image, usage, usedEnd, trailingBlocks, isSound };
}

function addCopyFindings(
  file: ByteSource,
  { header, replayed, source }: ReadImage,
  findings: StructureFindings,
  mendable: boolean,
): void {
  for (const { fileOffset, isValid } of headerStates(file)) {
    if (isValid) continue;
    const message = inEnglish('One of the two headers is damaged; the other one is valid.');
    findings.add({ kind: 'corruption', message, fileOffset, mendable });
  }
  for (const { fileOffset, isValid } of regionTables(source)) {
    if (isValid) continue;
    const message = inEnglish('One of the two region tables is damaged; the other one is valid.');
    findings.add({ kind: 'corruption', message, fileOffset, mendable });
  }
  const { logGuid, logOffset: fileOffset } = header.fields;
  if (replayed > 0) {
    const message = inEnglish(
      'The image was not closed cleanly: {replayed} entries of its log have to be replayed.',
      { replayed },
    );
    findings.add({ kind: 'corruption', message, fileOffset, mendable });
  } else if (!isNullUuid(logGuid)) {
    const message = inEnglish('The log was opened, and nothing was written to it.');
    findings.add({ kind: 'note', message, fileOffset, mendable: false });
  }
}

/** A block that is not present may keep its place in the file (2.5.1.1): that is no leak. */
function keepReservedBlocks(
  { table, metadata }: ReadImage,
  { used }: TableUsage,
  throwIfCancelled: () => void,
): void {
  const blockMebibytes = metadata.blockBytes / mebibyte;
  for (let block = 0; block < table.blockCount; block++) {
    if (block % 65536 === 0) throwIfCancelled();
    const { state, fileOffset } = table.blockAt(block);
    if (state >= blockState.fullyPresent || fileOffset === 0) continue;
    const start = fileOffset / mebibyte;
    const end = Math.min(start + blockMebibytes, used.count);
    for (let unit = start; unit < end; unit++) used.take(unit);
  }
}

/** Between two things that are used there may be less than a block. */
function addLeak(
  findings: StructureFindings,
  start: number,
  lengthBytes: number,
  blockBytes: number,
  mendable: boolean,
): number {
  const count = Math.max(0, Math.floor(lengthBytes / blockBytes));
  if (count === 0) return 0;
  const message = (): string => `Nothing uses the ${lengthBytes} bytes from ${start} of the file on.`;
  findings.add({ kind: 'leak', message, fileOffset: start, mendable, count });
  return count;
}

export const structure: Structure = {
  check(file, _context, control) {
    const findings = new StructureFindings();
    const { image, usage } = examine(file, findings, () => control.throwIfCancelled());
    const units = {
      allocated: usage.presentBlocks,
      total: image.table.blockCount,
      bytes: image.metadata.blockBytes,
    };
    return findings.report(format, units);
  },

  /** Blocks in each other or past the end of the file are past mending: which data was meant is lost. */
  repair(file, _context, control, scope) {
    const examined = examine(file, new StructureFindings(), () => control.throwIfCancelled());
    if (!examined.isSound) return null;
    // A log in use may write anywhere: nothing is cut off before it is replayed.
    if (scope === 'leaks' && examined.image.replayed > 0) return null;
    return mend(file, examined, scope === 'all');
  },
};

function mend(
  file: ByteSource,
  { image, usedEnd, trailingBlocks }: Examined,
  mendsCorruptions: boolean,
): FilePatch | null {
  const { header, source, replayed } = image;
  const changes: FileChange[] = [];
  const summary: string[] = [];
  let sizeBytes: number | null = null;
  if (mendsCorruptions) {
    if (replayed > 0) {
      changes.push(...replayChanges(file, image));
      sizeBytes = source.sizeBytes;
      summary.push(`${replayed} entries of the log are carried out, and the log is emptied.`);
    }
    const tables = regionTables(source);
    const good = tables.find(({ isValid }) => isValid)!;
    for (const { fileOffset, isValid } of tables) {
      if (isValid) continue;
      changes.push({ fileOffset, bytes: good.bytes });
      summary.push('The damaged region table is written again from the other one.');
    }
    if (header.alone) summary.push('The damaged header is written again from the other one.');
  }
  if (trailingBlocks > 0) {
    sizeBytes = usedEnd;
    summary.push(`${source.sizeBytes - usedEnd} unused bytes at the end of the file are cut off.`);
  }
  if (summary.length === 0) return null;
  const kept = changes.filter(({ fileOffset }) => sizeBytes === null || fileOffset < sizeBytes);
  return { changes: [...kept, ...headerUpdate(file, header, false)], sizeBytes, summary };
}

/** The writes of the log in the file. @throws Failure `image.malformed` for a log that writes over the headers. */
function replayChanges(file: ByteSource, { overlay, header }: ReadImage): FileChange[] {
  const changes: FileChange[] = [];
  for (const { start, length, data } of overlay?.parts() ?? []) {
    if (start < mebibyte) {
      const { logOffset } = header.fields;
      throw malformedAt(
        'log',
        'fileOffset',
        logOffset,
        inEnglish('it writes at {start}, where the headers are', { start }),
      );
    }
    // Behind the end of the file there are zeros once it is longer.
    if (data === null) changes.push(...zeroingChanges(file, { start, length }));
    else changes.push({ fileOffset: start, bytes: data });
  }
  return changes;
}
