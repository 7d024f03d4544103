/** Applies a patch to an image in memory, as the engine applies it to a file. */
import type { FilePatch } from '#engine/bytes/patch.ts';

/** The image afterwards. Throws where changes overlap. */
export function patched(image: Uint8Array, { changes, sizeBytes }: FilePatch): Uint8Array {
  const spans = changes
    .map(({ fileOffset, bytes }) => ({ start: fileOffset, end: fileOffset + bytes.length }))
    .sort((one, other) => one.start - other.start);
  for (const [index, { start }] of spans.entries()) {
    if (index > 0 && start < spans[index - 1]!.end) throw new Error(`two changes overlap at ${start}`);
  }
  const end = spans.reduce((longest, span) => Math.max(longest, span.end), image.length);
  const result = new Uint8Array(sizeBytes ?? end);
  result.set(image.subarray(0, result.length));
  for (const { fileOffset, bytes } of changes) result.set(bytes, fileOffset);
  return result;
}
