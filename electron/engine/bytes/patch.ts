/** Changes to a file that is there already: plain values, applied with a backup of every byte that they replace. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, unlinkSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { dataRuns } from './holes.ts';
import { writeFully } from './write-fully.ts';
import { isZero } from './zeros.ts';

export interface FileChange {
  readonly fileOffset: number;
  readonly bytes: Uint8Array;
}

/** What a repair or a resize writes. The old bytes are backed up before the first of them is replaced. */
export interface FilePatch {
  /** In the order of writing; those beyond the file's end are written and synced first. They do not overlap. */
  readonly changes: readonly FileChange[];
  /** The size of the file afterwards; null where it stays as the changes leave it. */
  readonly sizeBytes: number | null;
  /** What is done, in words for the person who is asked. */
  readonly summary: readonly string[];
}

/** The first line of a backup; then one line of JSON, then the old bytes, then the SHA-256 of all before it. */
const magic = 'Platter backup 1\n';
const digestBytes = 32;
/** Metadata of the largest images is some hundred megabytes; more than this is no backup of ours. */
const listLimitBytes = 64 << 20;

interface Range {
  readonly fileOffset: number;
  readonly lengthBytes: number;
}

interface BackupList {
  readonly sizeBytes: number;
  /** From here on everything was zeros, but for the ranges that are listed. */
  readonly cutAt: number;
  readonly ranges: readonly Range[];
}

/**
 * Writes the patch into the file at `path`, after the bytes that it replaces (and what it cuts off) were saved as
 * `backupPath` and synced. New bytes behind the end come first, then the rest, so that a stop in between leaves either
 * the old tables or something the backup mends. When the system refuses a write, the old bytes are put back at once and
 * the backup goes; it stays where not even that works.
 * @throws Failure `io.*`; `io.exists` when `backupPath` is there.
 */
export function applyPatch(path: string, patch: FilePatch, backupPath: string): void {
  withFile(path, 'r+', (file) => {
    const { size } = fstatSync(file);
    const end = patch.sizeBytes ?? size;
    const replaced = patch.changes
      .map(({ fileOffset, bytes }) => ({
        fileOffset,
        lengthBytes: Math.min(bytes.length, size - fileOffset),
      }))
      .filter(({ lengthBytes }) => lengthBytes > 0);
    if (end < size) replaced.push(...usedRanges(file, path, end, size - end));
    saveBackup(file, { sizeBytes: size, cutAt: Math.min(end, size), ranges: replaced }, backupPath);
    try {
      writeChanges(file, patch, size);
    } catch (error) {
      takeBack(path, backupPath);
      throw error;
    }
  });
}

function writeChanges(file: number, { changes, sizeBytes }: FilePatch, size: number): void {
  for (const { fileOffset, bytes } of changes) {
    if (fileOffset >= size) writeFully(file, bytes, fileOffset);
  }
  if (sizeBytes !== null && sizeBytes > size) ftruncateSync(file, sizeBytes);
  fsyncSync(file);
  for (const { fileOffset, bytes } of changes) {
    if (fileOffset < size) writeFully(file, bytes, fileOffset);
  }
  if (sizeBytes !== null && sizeBytes < fstatSync(file).size) ftruncateSync(file, sizeBytes);
  fsyncSync(file);
}

/** After a write that failed: the first failure is the one to tell, and the backup is there for another attempt. */
function takeBack(path: string, backupPath: string): void {
  try {
    undoPatch(path, backupPath);
    unlinkSync(backupPath);
  } catch {
    // The backup stays for the person to put back.
  }
}

/**
 * Puts the bytes back that applyPatch() saved. The backup is checked as a whole before the first byte is written.
 * @throws Failure `input.invalid` when it is no backup or damaged, `io.*`.
 */
export function undoPatch(path: string, backupPath: string): void {
  withFile(backupPath, 'r', (backup) => {
    const { list, dataOffset } = readBackup(backup, backupPath);
    withFile(path, 'r+', (file) => {
      if (list.cutAt < fstatSync(file).size) ftruncateSync(file, list.cutAt);
      let at = dataOffset;
      for (const { fileOffset, lengthBytes } of list.ranges) {
        copyRange(backup, at, file, fileOffset, lengthBytes);
        at += lengthBytes;
      }
      ftruncateSync(file, list.sizeBytes);
      fsyncSync(file);
    });
  });
}

const blockBytes = 1 << 20;

/** What of the range is not zeros, in blocks: a disk's unused tail may be terabytes of nothing. */
function usedRanges(file: number, path: string, fileOffset: number, lengthBytes: number): Range[] {
  const ranges: Range[] = [];
  const block = new Uint8Array(blockBytes);
  for (const run of dataRuns(file, path, { start: fileOffset, length: lengthBytes })) {
    if (run.hole) continue;
    for (let at = 0; at < run.length; at += blockBytes) {
      const part = block.subarray(0, Math.min(blockBytes, run.length - at));
      readAll(file, part, run.start + at);
      if (!isZero(part)) ranges.push({ fileOffset: run.start + at, lengthBytes: part.length });
    }
  }
  return ranges;
}

function saveBackup(file: number, list: BackupList, backupPath: string): void {
  const head = Buffer.from(`${magic}${JSON.stringify(list)}\n`);
  if (head.length > listLimitBytes) {
    throw new Failure('image.unsupported', {
      format: 'backup',
      feature: inEnglish('a change of so many places'),
    });
  }
  withFile(backupPath, 'wx', (backup) => {
    try {
      const hash = createHash('sha256').update(head);
      writeFully(backup, head, 0);
      let at = head.length;
      for (const { fileOffset, lengthBytes } of list.ranges) {
        copyRange(file, fileOffset, backup, at, lengthBytes, (bytes) => hash.update(bytes));
        at += lengthBytes;
      }
      writeFully(backup, hash.digest(), at);
      fsyncSync(backup);
    } catch (error) {
      // Nothing was changed yet: what there is of the backup is of no use.
      unlinkSync(backupPath);
      throw error;
    }
  });
  if (process.platform !== 'win32') fsyncFolderOf(backupPath);
}

function readBackup(backup: number, backupPath: string): { list: BackupList; dataOffset: number } {
  const wrong = (problem: Message): Failure =>
    new Failure('input.invalid', {
      problem: inEnglish('{path} {problem}', { path: backupPath, problem: asValue(problem) }),
    });
  const { size } = fstatSync(backup);
  const head = Buffer.alloc(Math.min(size, listLimitBytes));
  readAll(backup, head, 0);
  if (!head.subarray(0, magic.length).equals(Buffer.from(magic)))
    throw wrong(inEnglish('is no backup of Platter'));
  const lineEnd = head.indexOf(0x0a, magic.length);
  if (lineEnd === -1 || size < lineEnd + 1 + digestBytes) throw wrong(inEnglish('is damaged'));
  const hash = createHash('sha256');
  const stored = Buffer.alloc(digestBytes);
  readAll(backup, stored, size - digestBytes);
  copyRange(backup, 0, null, 0, size - digestBytes, (bytes) => hash.update(bytes));
  if (!hash.digest().equals(stored)) throw wrong(inEnglish('is damaged: its digest does not match'));
  const dataOffset = lineEnd + 1;
  const list = parseList(head.toString('utf8', magic.length, lineEnd), size - digestBytes - dataOffset);
  if (list === null) throw wrong(inEnglish('is damaged: its list is not right'));
  return { list, dataOffset };
}

/** The list, when all in it can be and the ranges have `dataBytes` together: anybody can give a file the right digest. */
function parseList(text: string, dataBytes: number): BackupList | null {
  let list: Partial<BackupList> | null;
  try {
    list = JSON.parse(text) as Partial<BackupList> | null;
  } catch {
    return null;
  }
  const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isOffset(list?.sizeBytes) || !isOffset(list.cutAt) || !Array.isArray(list.ranges)) return null;
  const { sizeBytes, cutAt } = list;
  if (cutAt > sizeBytes) return null;
  let sum = 0;
  for (const range of list.ranges as (Partial<Range> | null)[]) {
    if (!isOffset(range?.fileOffset) || !isOffset(range.lengthBytes)) return null;
    if (range.fileOffset + range.lengthBytes > sizeBytes) return null;
    sum += range.lengthBytes;
  }
  return sum === dataBytes ? (list as BackupList) : null;
}

function withFile(path: string, flags: string, use: (descriptor: number) => void): void {
  try {
    const descriptor = openSync(path, flags);
    try {
      use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw systemFailure(error, path);
  }
}

function fsyncFolderOf(path: string): void {
  const descriptor = openSync(dirname(path), 'r');
  try {
    fsyncSync(descriptor);
  } catch {
    // Some network file systems refuse to sync a folder; the backup itself is synced already.
  } finally {
    closeSync(descriptor);
  }
}

function copyRange(
  from: number,
  fromOffset: number,
  to: number | null,
  toOffset: number,
  lengthBytes: number,
  see: (bytes: Uint8Array) => void = () => {},
): void {
  const block = new Uint8Array(Math.min(lengthBytes, blockBytes));
  for (let at = 0; at < lengthBytes; at += block.length) {
    const part = block.subarray(0, Math.min(block.length, lengthBytes - at));
    readAll(from, part, fromOffset + at);
    see(part);
    if (to !== null) writeFully(to, part, toOffset + at);
  }
}

function readAll(file: number, into: Uint8Array, fileOffset: number): void {
  for (let done = 0; done < into.length;) {
    const count = readSync(file, into, done, into.length - done, fileOffset + done);
    if (count === 0) throw Object.assign(new Error(inEnglish('the file ends early')), { code: 'EIO' });
    done += count;
  }
}
