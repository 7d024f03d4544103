/** Having the system begin to write what it holds of a file, so that a later sync finds little left to do. */
import { loadKoffi } from './foreign-functions.ts';

type SyncFileRange = (descriptor: number, offset: number, lengthBytes: number, flags: number) => number;

/** SYNC_FILE_RANGE_WRITE of sync_file_range(2): starts, and waits for nothing. */
const startWriting = 2;
let known: SyncFileRange | null | undefined;

/** Linux has a call for it; elsewhere, and where the call is refused, the system writes when it likes. */
export function startWriteBack(descriptor: number): void {
  known ??= bind();
  known?.(descriptor, 0, 0, startWriting);
}

function bind(): SyncFileRange | null {
  const ffi = process.platform === 'linux' ? loadKoffi() : null;
  if (ffi === null) return null;
  try {
    const words = 'int sync_file_range(int fd, int64_t offset, int64_t length, uint32_t flags)';
    return ffi.load(null).func(words) as SyncFileRange;
  } catch {
    return null;
  }
}
