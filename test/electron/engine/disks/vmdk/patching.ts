/** Applies a patch to an image in memory, and checks what every patch must be. */
import { expect } from 'vitest';
import type { FilePatch } from '#engine/bytes/patch.ts';

export function applyPatch(image: Uint8Array, patch: FilePatch): Uint8Array {
  const changes = [...patch.changes].sort((a, b) => a.fileOffset - b.fileOffset);
  let end = 0;
  for (const { fileOffset, bytes } of changes) {
    expect(fileOffset).toBeGreaterThanOrEqual(end);
    end = fileOffset + bytes.length;
  }
  expect(patch.summary.length).toBeGreaterThan(0);
  const written = new Uint8Array(Math.max(image.length, end));
  written.set(image);
  for (const { fileOffset, bytes } of changes) written.set(bytes, fileOffset);
  const result = new Uint8Array(patch.sizeBytes ?? written.length);
  result.set(written.subarray(0, result.length));
  return result;
}
