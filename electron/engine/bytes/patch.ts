/** Changes to a file that is there already: plain values, applied with a backup of every byte that they replace. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { Failure, systemFailure } from '#shared/failure.ts';

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

interface BackupList {
  readonly sizeBytes: number;
  readonly ranges: readonly { readonly fileOffset: number; readonly lengthBytes: number }[];
}

/**
 * Writes the patch into the file at `path`, after the bytes that it replaces (and what it cuts off) were saved as
 * `backupPath` and synced. New bytes behind the end come first, then the rest, so that a stop in between leaves either
 * the old tables or something the backup mends.
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
    if (end < size) replaced.push({ fileOffset: end, lengthBytes: size - end });
    saveBackup(file, path, { sizeBytes: size, ranges: replaced }, backupPath);
    const behind = patch.changes.filter(({ fileOffset }) => fileOffset >= size);
    for (const change of behind) writeAll(file, change.bytes, change.fileOffset);
    if (end > size) ftruncateSync(file, end);
    fsyncSync(file);
    for (const change of patch.changes) {
      if (change.fileOffset < size) writeAll(file, change.bytes, change.fileOffset);
    }
    if (end < size) ftruncateSync(file, end);
    fsyncSync(file);
  });
}

/**
 * Puts the bytes back that applyPatch() saved. The backup is checked as a whole before the first byte is written.
 * @throws Failure `input.invalid` when it is no backup or damaged, `io.*`.
 */
export function undoPatch(path: string, backupPath: string): void {
  withFile(backupPath, 'r', (backup) => {
    const { list, dataOffset } = readBackup(backup, backupPath);
    withFile(path, 'r+', (file) => {
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

function saveBackup(file: number, path: string, list: BackupList, backupPath: string): void {
  withFile(backupPath, 'wx', (backup) => {
    const head = Buffer.from(`${magic}${JSON.stringify(list)}\n`);
    const hash = createHash('sha256').update(head);
    writeAll(backup, head, 0);
    let at = head.length;
    for (const { fileOffset, lengthBytes } of list.ranges) {
      copyRange(file, fileOffset, backup, at, lengthBytes, (bytes) => hash.update(bytes));
      at += lengthBytes;
    }
    writeAll(backup, hash.digest(), at);
    fsyncSync(backup);
  });
  if (process.platform !== 'win32') fsyncFolderOf(path);
}

function readBackup(backup: number, backupPath: string): { list: BackupList; dataOffset: number } {
  const wrong = (problem: string): Failure =>
    new Failure('input.invalid', { problem: `${backupPath} ${problem}` });
  const { size } = fstatSync(backup);
  const head = Buffer.alloc(Math.min(size, listLimitBytes));
  readAll(backup, head, 0);
  if (!head.subarray(0, magic.length).equals(Buffer.from(magic))) throw wrong('is no backup of Platter');
  const lineEnd = head.indexOf(0x0a, magic.length);
  if (lineEnd === -1) throw wrong('is damaged');
  const hash = createHash('sha256');
  const stored = Buffer.alloc(digestBytes);
  readAll(backup, stored, size - digestBytes);
  copyRange(backup, 0, null, 0, size - digestBytes, (bytes) => hash.update(bytes));
  if (!hash.digest().equals(stored)) throw wrong('is damaged: its digest does not match');
  return {
    list: JSON.parse(head.toString('utf8', magic.length, lineEnd)) as BackupList,
    dataOffset: lineEnd + 1,
  };
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
  const at = path.lastIndexOf('/');
  const descriptor = openSync(at <= 0 ? '/' : path.slice(0, at), 'r');
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
  const block = new Uint8Array(Math.min(lengthBytes, 1 << 20));
  for (let at = 0; at < lengthBytes; at += block.length) {
    const part = block.subarray(0, Math.min(block.length, lengthBytes - at));
    readAll(from, part, fromOffset + at);
    see(part);
    if (to !== null) writeAll(to, part, toOffset + at);
  }
}

function readAll(file: number, into: Uint8Array, fileOffset: number): void {
  for (let done = 0; done < into.length;) {
    const count = readSync(file, into, done, into.length - done, fileOffset + done);
    if (count === 0) throw Object.assign(new Error('the file ends early'), { code: 'EIO' });
    done += count;
  }
}

function writeAll(file: number, bytes: Uint8Array, fileOffset: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, fileOffset + done);
  }
}
