/** Where a file has data and where it has holes: libc's lseek, Win32's allocated ranges, or (without them) all of it is data. */
import type { Span } from '#shared/domain/image.ts';
import { loadKoffi } from './foreign-functions.ts';

type Run = Span & { readonly hole: boolean };

/** Finds the next data or hole at or after an offset; null when the system cannot tell. */
interface HoleFinder {
  /** The first byte at or after `offset` that is data; -1 when only a hole is left. */
  nextData(descriptor: number, offset: number): number | null;
  /** The first byte at or after `offset` (which is data) that lies in a hole, or the end of the file. */
  nextHole(descriptor: number, offset: number): number | null;
}

/**
 * The runs of data and holes that tile `span`, ascending. A file system that cannot tell calls everything data.
 * `span` must lie within the file.
 */
export function* dataRuns(descriptor: number, path: string, span: Span): Iterable<Run> {
  const end = span.start + span.length;
  const finder = process.platform === 'win32' ? windowsFinder(path, span) : posixFinder();
  let at = span.start;
  while (at < end) {
    const data = finder?.nextData(descriptor, at) ?? null;
    if (data === null) {
      yield { start: at, length: end - at, hole: false };
      return;
    }
    const dataStart = data < 0 ? end : Math.min(data, end);
    if (dataStart > at) yield { start: at, length: dataStart - at, hole: true };
    if (dataStart === end) return;
    const hole = finder?.nextHole(descriptor, dataStart) ?? end;
    // A file that shrinks meanwhile must not make us loop; its read will say what happened.
    const dataEnd = hole <= dataStart ? end : Math.min(hole, end);
    yield { start: dataStart, length: dataEnd - dataStart, hole: false };
    at = dataEnd;
  }
}

let posix: HoleFinder | null | undefined;
function posixFinder(): HoleFinder | null {
  if (posix === undefined) posix = makePosixFinder();
  return posix;
}

function makePosixFinder(): HoleFinder | null {
  const ffi = loadKoffi();
  if (ffi === null) return null;
  const darwin = process.platform === 'darwin';
  const [seekData, seekHole] = darwin ? [4, 3] : [3, 4];
  let lseek: (descriptor: number, offset: number, whence: number) => number | bigint;
  try {
    const libc = ffi.load(darwin ? 'libSystem.B.dylib' : null);
    lseek = libc.func('int64_t lseek(int descriptor, int64_t offset, int whence)');
  } catch {
    return null;
  }
  const enxio = ffi.os.errno['ENXIO'];
  return {
    nextData(descriptor, offset) {
      const found = Number(lseek(descriptor, offset, seekData));
      if (found >= 0) return found;
      return ffi.errno() === enxio ? -1 : null;
    },
    nextHole(descriptor, offset) {
      const found = Number(lseek(descriptor, offset, seekHole));
      return found >= 0 ? found : null;
    },
  };
}

const fsctlQueryAllocatedRanges = 0x000940cf;
const errorMoreData = 234;
const rangesPerQuery = 1024;

/**
 * Asks NTFS for the allocated ranges of `span` through a handle of its own: Node's descriptors mean nothing to Win32.
 * The ranges are fetched batch by batch as the walk goes.
 */
function windowsFinder(path: string, span: Span): HoleFinder | null {
  const ffi = loadKoffi();
  if (ffi === null) return null;
  try {
    const kernel = ffi.load('kernel32.dll');
    const createFile = kernel.func(
      'void *__stdcall CreateFileW(str16 name, uint32_t access, uint32_t share, void *security, uint32_t disposition, uint32_t flags, void *template)',
    );
    const control = kernel.func(
      'bool __stdcall DeviceIoControl(void *handle, uint32_t code, void *input, uint32_t inputBytes, void *output, uint32_t outputBytes, _Out_ uint32_t *returned, void *overlapped)',
    );
    const lastError = kernel.func('uint32_t __stdcall GetLastError()');
    const closeHandle = kernel.func('bool __stdcall CloseHandle(void *handle)');
    const shareAll = 7;
    const openExisting = 3;
    const genericRead = 0x80000000;
    const end = span.start + span.length;

    /** The allocated ranges from `offset` on, as many as one call gives; null when the file system cannot tell. */
    const query = (offset: number): { ranges: Span[]; complete: boolean } | null => {
      const handle: unknown = createFile(path, genericRead, shareAll, null, openExisting, 0, null);
      try {
        const input = Buffer.alloc(16);
        input.writeBigInt64LE(BigInt(offset), 0);
        input.writeBigInt64LE(BigInt(end - offset), 8);
        const output = Buffer.alloc(rangesPerQuery * 16);
        const returned = [0];
        const ok = control(
          handle,
          fsctlQueryAllocatedRanges,
          input,
          16,
          output,
          output.length,
          returned,
          null,
        ) as boolean;
        if (!ok && lastError() !== errorMoreData) return null;
        const ranges: Span[] = [];
        for (let at = 0; at + 16 <= returned[0]!; at += 16) {
          ranges.push({
            start: Number(output.readBigInt64LE(at)),
            length: Number(output.readBigInt64LE(at + 8)),
          });
        }
        return { ranges, complete: ok };
      } finally {
        closeHandle(handle);
      }
    };

    let batch = query(span.start);
    let batchEnd = lastByte(batch);
    const at = (offset: number): Span | null | undefined => {
      if (batch !== null && !batch.complete && offset >= batchEnd) {
        batch = query(offset);
        batchEnd = lastByte(batch);
      }
      if (batch === null) return undefined;
      return batch.ranges.find((range) => range.start + range.length > offset) ?? null;
    };
    return {
      nextData(_descriptor, offset) {
        const range = at(offset);
        if (range === undefined) return null;
        return range === null ? -1 : Math.max(range.start, offset);
      },
      nextHole(_descriptor, offset) {
        const range = at(offset);
        return range ? range.start + range.length : null;
      },
    };
  } catch {
    return null;
  }
}

function lastByte(batch: { ranges: readonly Span[] } | null): number {
  const last = batch?.ranges[batch.ranges.length - 1];
  return last === undefined ? 0 : last.start + last.length;
}
