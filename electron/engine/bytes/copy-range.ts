/** Copying ranges between files inside the kernel, or sharing their blocks: Linux' copy_file_range(2) and FICLONERANGE; null elsewhere. */
import { loadKoffi } from './foreign-functions.ts';

type CopyFileRange = (
  fromDescriptor: number,
  fromOffset: BigInt64Array,
  toDescriptor: number,
  toOffset: BigInt64Array,
  lengthBytes: number,
  flags: number,
) => number | bigint;
type CloneControl = (descriptor: number, request: number, range: BigInt64Array) => number;

interface KernelCopies {
  readonly copyFileRange: CopyFileRange;
  readonly clone: CloneControl;
  errno(): number;
  readonly names: Readonly<Record<string, number>>;
}

/**
 * Copies bytes from one open file to another without them passing through this process; where the file system shares
 * blocks between files, it may do that instead. Both offsets are explicit: the descriptors' own positions stay.
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

/**
 * Lets `to` share the blocks of `from` in that range (a reflink): no byte moves, at whatever length. Offsets and length
 * are multiples of the file system's block, but for a length that ends where `from` ends.
 * @returns whether it was done; false where the file system (or the system) cannot
 * @throws Error with a `code`, like node:fs.
 */
export function cloneRange(
  fromDescriptor: number,
  fromOffset: number,
  toDescriptor: number,
  toOffset: number,
  lengthBytes: number,
): boolean {
  const kernel = kernelCopies();
  // For a length of 0 the kernel takes all there is.
  if (kernel === null || lengthBytes === 0) return false;
  cloneArguments.set([BigInt(fromDescriptor), BigInt(fromOffset), BigInt(lengthBytes), BigInt(toOffset)]);
  if (kernel.clone(toDescriptor, ficloneRange, cloneArguments) === 0) return true;
  requireUnable(kernel, 'FICLONERANGE');
  return false;
}

// Other systems have neither for ranges. Whole files share blocks there by `fs.copyFile` with COPYFILE_FICLONE_FORCE.

/** A call is not to be interrupted for long: at 2.6 GB/s this is 25 ms, and its answer fits an int. */
const mostPerCall = 64 << 20;
/** _IOW(0x94, 13, struct file_clone_range), where an ioctl has its direction in the two topmost bits. */
const ficloneRange = 0x4020940d;
/** The architectures with that encoding of ioctls and 64-bit pointers and sizes. */
const architectures: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64', 's390x'];

const offsets = [new BigInt64Array(1), new BigInt64Array(1)] as const;
/** struct file_clone_range: src_fd, src_offset, src_length, dest_offset. */
const cloneArguments = new BigInt64Array(4);

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
      clone: libc.func('int ioctl(int fd, ulong request, void *argument)') as unknown as CloneControl,
      errno: () => ffi.errno(),
      names: ffi.os.errno,
    };
  } catch {
    return null;
  }
}
