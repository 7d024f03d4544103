/** Copying ranges between files inside the kernel: Linux' copy_file_range(2), which shares their blocks where the file system can. */
import { loadKoffi } from './foreign-functions.ts';

type CopyFileRange = (
  fromDescriptor: number,
  fromOffset: BigInt64Array,
  toDescriptor: number,
  toOffset: BigInt64Array,
  lengthBytes: number,
  flags: number,
) => number | bigint;

interface KernelCopies {
  readonly copyFileRange: CopyFileRange;
  errno(): number;
  readonly names: Readonly<Record<string, number>>;
}

/**
 * Copies bytes from one open file to another without them passing through this process. Where the file system shares
 * blocks between files (btrfs, XFS) and offsets allow it, none are copied at all. Both offsets are explicit: the descriptors' own positions stay.
 * Ask for data only (`dataRuns()`): of a hole some kernels make zeros that take room.
 * @returns how many bytes were copied from the start of the range on; when fewer than asked for, the rest is to be read and
 *   written, and that says what is in the way. Null where the system cannot copy between these two: nothing is copied then.
 * @throws Error with a `code` (ENOSPC, EIO, EDQUOT, …), like node:fs.
 */
export function copyRange(
  fromDescriptor: number,
  fromOffset: number,
  toDescriptor: number,
  toOffset: number,
  lengthBytes: number,
): number | null {
  const kernel = kernelCopies();
  if (kernel === null) return null;
  offsets[0]![0] = BigInt(fromOffset);
  offsets[1]![0] = BigInt(toOffset);
  for (let copied = 0; copied < lengthBytes;) {
    const wanted = Math.min(lengthBytes - copied, mostPerCall);
    const count = Number(
      kernel.copyFileRange(fromDescriptor, offsets[0]!, toDescriptor, offsets[1]!, wanted, 0),
    );
    if (count > 0) copied += count;
    // The source ends here, or it is one of those files that the kernel makes up as they are read.
    else if (count === 0) return copied;
    else if (kernel.errno() !== kernel.names['EINTR']) {
      requireUnable(kernel, 'copy_file_range');
      return copied > 0 ? copied : null;
    }
  }
  return lengthBytes;
}

/** A call is not to be interrupted for long: at 2.6 GB/s this is 25 ms, and its answer fits an int. */
const mostPerCall = 64 << 20;
/** Those whose pointers and sizes have 64 bits. */
const architectures: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64', 's390x'];

const offsets = [new BigInt64Array(1), new BigInt64Array(1)] as const;
/** What the kernel says of files that it cannot copy between: across file systems, on network ones, into the same range. */
const unable = ['EXDEV', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EINVAL', 'ENOTTY', 'EPERM', 'ETXTBSY'];

/** Returns when the last call's errno says that the kernel cannot do it. @throws Error with a `code` for everything else. */
function requireUnable(kernel: KernelCopies, call: string): void {
  const errno = kernel.errno();
  const names = Object.keys(kernel.names).filter((name) => kernel.names[name] === errno);
  if (names.some((name) => unable.includes(name))) return;
  const code = names[0] ?? `errno ${errno}`;
  throw Object.assign(new Error(`${code}: ${call}`), { code, errno: -errno, syscall: call });
}

let known: KernelCopies | null | undefined;
function kernelCopies(): KernelCopies | null {
  if (known === undefined) known = bind();
  return known;
}

function bind(): KernelCopies | null {
  if (process.platform !== 'linux' || !architectures.includes(process.arch)) return null;
  const ffi = loadKoffi();
  if (ffi === null) return null;
  try {
    const libc = ffi.load(null);
    return {
      copyFileRange: libc.func(
        'int64_t copy_file_range(int fd_in, void *off_in, int fd_out, void *off_out, size_t size, uint32_t flags)',
      ) as unknown as CopyFileRange,
      errno: () => ffi.errno(),
      names: ffi.os.errno,
    };
  } catch {
    return null;
  }
}
