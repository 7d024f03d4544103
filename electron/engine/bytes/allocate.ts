/** Setting room aside in a file: libc's posix_fallocate, or (where there is none) zeros that are really written. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure, systemFailure } from '#shared/failure.ts';
import { loadKoffi } from './foreign-functions.ts';
import type { ByteSink } from './sink.ts';
import { writeFully } from './write-fully.ts';

const blockBytes = 1 << 20;

/** An errno of posix_fallocate, which returns it instead of setting it; 0 when the room is there. */
type Fallocate = (descriptor: number, offset: number, length: number) => number;

/**
 * Sets room aside for that range of an open file. Nothing may be written there yet: it reads as zeros afterwards.
 * @throws Failure `io.no-space`, `io.*`.
 */
export function allocateRange(
  descriptor: number,
  path: string,
  fileOffset: number,
  lengthBytes: number,
): void {
  if (lengthBytes === 0) return;
  requireFree(path, lengthBytes);
  if (systemAllocates(descriptor, path, fileOffset, lengthBytes)) return;
  try {
    writeZeros(fileOffset, lengthBytes, (offset, zeros) => writeFully(descriptor, zeros, offset));
  } catch (error) {
    throw systemFailure(error, path);
  }
}

/** The same for any sink: one that cannot set room aside gets zeros. */
export function setAside(sink: ByteSink, fileOffset: number, lengthBytes: number): void {
  if (sink.allocate !== undefined) sink.allocate(fileOffset, lengthBytes);
  else writeZeros(fileOffset, lengthBytes, (offset, zeros) => sink.write(offset, zeros));
}

function writeZeros(
  fileOffset: number,
  lengthBytes: number,
  write: (offset: number, zeros: Uint8Array) => void,
): void {
  const zeros = new Uint8Array(Math.min(blockBytes, lengthBytes));
  for (let done = 0; done < lengthBytes; done += zeros.length) {
    write(fileOffset + done, zeros.subarray(0, Math.min(zeros.length, lengthBytes - done)));
  }
}

/** Systems fill the disk before they refuse: for a moment nobody else could write. @throws Failure `io.no-space`. */
function requireFree(path: string, neededBytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(path));
  const freeBytes = bavail * bsize;
  if (freeBytes < neededBytes) throw new Failure('io.no-space', { path, neededBytes, freeBytes });
}

/** What posix_fallocate says where the file system cannot do it. */
const unable = ['EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EINVAL', 'ENODEV'];

/** Whether the system has set the room aside. @throws Failure `io.no-space`, `io.failed`. */
function systemAllocates(descriptor: number, path: string, fileOffset: number, lengthBytes: number): boolean {
  const call = fallocate();
  const errno = loadKoffi()?.os.errno;
  if (call === null || errno === undefined) return false;
  let result: number;
  do result = call(descriptor, fileOffset, lengthBytes);
  while (result === errno['EINTR']);
  if (result === 0) return true;
  const names = Object.keys(errno).filter((name) => errno[name] === result);
  if (names.some((name) => unable.includes(name))) return false;
  if (names.includes('ENOSPC') || names.includes('EDQUOT')) {
    throw new Failure('io.no-space', { path, neededBytes: lengthBytes });
  }
  throw new Failure('io.failed', { path, reason: names[0] ?? `errno ${result}` });
}

let known: Fallocate | null | undefined;
function fallocate(): Fallocate | null {
  if (known === undefined) known = findFallocate();
  return known;
}

/** glibc and musl have it; macOS and Windows have nothing that works so. */
function findFallocate(): Fallocate | null {
  const ffi = process.platform === 'linux' ? loadKoffi() : null;
  if (ffi === null) return null;
  // The first one has 64-bit offsets on every machine; musl has only the second, and has them anyway.
  for (const name of ['posix_fallocate64', 'posix_fallocate']) {
    try {
      return ffi.load(null).func(`int ${name}(int descriptor, int64_t offset, int64_t length)`) as Fallocate;
    } catch {
      // Not in this libc.
    }
  }
  return null;
}
