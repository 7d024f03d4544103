/** Kernels and archives that lie compressed: by which of the kernel's methods (lib/decompress.c), and what is in them. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { openCompression } from '../../archives/compressions.ts';
import { SliceSource, type ByteSource } from '../../bytes/source.ts';

const methods: readonly { readonly name: string; readonly magic: readonly number[] }[] = [
  { name: 'gzip', magic: [0x1f, 0x8b] },
  { name: 'gzip', magic: [0x1f, 0x9e] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { name: 'lzma', magic: [0x5d, 0x00, 0x00] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'lzo', magic: [0x89, 0x4c, 0x5a, 0x4f] },
  { name: 'lz4', magic: [0x02, 0x21, 0x4c, 0x18] },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18] },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
];

/** The method whose stream begins with `start`; null when it is none that a kernel knows. */
export function compressionMethod(start: Uint8Array): string | null {
  const found = methods.find(({ magic }) => magic.every((byte, index) => start[index] === byte));
  return found?.name ?? null;
}

/**
 * The decompressed bytes of `span` of `source`, which is lent: closing what is returned leaves it open.
 * @throws Failure `image.unsupported` for a method that Platter does not undo.
 */
export function openCompressed(source: ByteSource, span: Span, method: string): ByteSource {
  const opened = openCompression(new LentSlice(source, span, source.path));
  if (opened !== null) return opened.source;
  throw new Failure('image.unsupported', {
    format: method,
    feature: inEnglish('{method} streams', { method }),
  });
}

/** A slice whose close() leaves what it is cut from open. */
class LentSlice extends SliceSource {
  override close(): void {}
}
