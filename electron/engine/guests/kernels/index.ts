/** Kernel images by their content: bzImage, Image, vmlinux, those compressed as a whole, EFI zboot. */
import { Failure } from '#shared/failure.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { isBzImage, readBzImage } from './bzimage.ts';
import { compressionMethod, openCompressed } from './compressed.ts';
import type { Kernel } from './kernel.ts';
import { plainFormat, readPlainKernel } from './plain-kernel.ts';
import { UnsizedBytes } from './unsized-bytes.ts';
import { isZboot, readZboot } from './zboot.ts';

export type { Kernel } from './kernel.ts';

/**
 * The kernel that `source` is, with its version, build, architecture and compression; null when it is none. Looks through
 * the first 256 MiB where only the kernel itself says its version. Does not close `source`.
 * @throws Failure `io.*` only: whatever the file holds is an answer.
 */
export function recogniseKernel(source: ByteSource): Kernel | null {
  return unlessDamaged(() => {
    if (isBzImage(source)) return readBzImage(source);
    if (isZboot(source)) return readZboot(source);
    return withPlainBytes(source, readPlainKernel);
  });
}

/** Whether `source` looks like a kernel by its first bytes: a look that costs little, and may be wrong for an ELF file. */
export function looksLikeKernel(source: ByteSource): boolean {
  const found = unlessDamaged(() => {
    if (isBzImage(source) || isZboot(source)) return true;
    return withPlainBytes(source, (bytes) => (plainFormat(bytes.read(0, 64)) === null ? null : true));
  });
  return found ?? false;
}

/**
 * The id of the format that `source` begins as, by its first bytes alone; null for an ELF file too, since only reading it
 * tells a kernel from a program. @throws Failure `io.*` only.
 */
export function kernelFormatAtStart(source: ByteSource): string | null {
  return unlessDamaged(() => {
    if (isBzImage(source)) return 'bzimage';
    if (isZboot(source)) return 'zboot';
    const format = withPlainBytes(source, (bytes) => plainFormat(bytes.read(0, 64))?.format ?? null);
    return format === 'vmlinux' ? null : format;
  });
}

/** Calls `look` with the bytes as they lie, or decompressed where they begin with a compressed stream. */
function withPlainBytes<T>(
  source: ByteSource,
  look: (bytes: UnsizedBytes, compression: string | null) => T | null,
): T | null {
  if (source.sizeBytes < 64) return null;
  const method = compressionMethod(readBytes(source, 0, 8));
  if (method === null) return look(new UnsizedBytes(source), null);
  const plain = openCompressed(source, { start: 0, length: source.sizeBytes }, method);
  try {
    return look(new UnsizedBytes(plain), method);
  } finally {
    plain.close();
  }
}

function unlessDamaged<T>(look: () => T | null): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Failure && !error.code.startsWith('io.')) return null;
    throw error;
  }
}
