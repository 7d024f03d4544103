import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OutputFile } from '#engine/bytes/output-file.ts';
import { verifyOutput, WrittenChunks } from '#engine/operations/verify-output.ts';
import { isFailure } from '#shared/failure.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const chunkBytes = 1 << 20;
const capacityBytes = 8 << 20;
const data = noise(3 * chunkBytes);
const source = writeRawDisk(join(folder, 'source'), capacityBytes, [{ at: chunkBytes, bytes: data }]);

/** A raw output with data in chunks 1, 2 and 3, the first of which is held against the source, the others against digests; `spoil` changes it behind our back. */
function verify(name: string, hash: boolean, spoil?: { at: number }): string | null {
  const output = new OutputFile(join(folder, name), false, quietControl());
  output.truncate(capacityBytes);
  output.write(chunkBytes, data);
  const chunks = new WrittenChunks();
  for (let index = 0; index < 3; index++) {
    const chunk = data.subarray(index * chunkBytes, (index + 1) * chunkBytes);
    const digest = createHash('sha256').update(chunk).digest();
    chunks.add((index + 1) * chunkBytes, chunkBytes, hash || index > 0 ? digest : null);
  }
  if (spoil !== undefined) {
    const descriptor = openSync(output.partialPath, 'r+');
    writeSync(descriptor, new Uint8Array([0x5a]), 0, 1, spoil.at);
    closeSync(descriptor);
  }
  try {
    const written = { source: { path: output.partialPath, format: 'raw' }, name: output.finalPath };
    const expected = { source: { path: source, format: 'raw' }, capacityBytes, written: chunks, chunkBytes };
    return verifyOutput(written, expected, hash, quietControl());
  } finally {
    output.discard();
  }
}

describe('verifyOutput', () => {
  it('is content with what was written, and hashes it when asked', () => {
    expect(verify('good', false)).toBeNull();
    const whole = new Uint8Array(capacityBytes);
    whole.set(data, chunkBytes);
    expect(verify('hashed', true)).toBe(createHash('sha256').update(whole).digest('hex'));
  });

  it.each([
    ['in the first chunk', chunkBytes, chunkBytes],
    ['in the last chunk', 4 * chunkBytes - 1, 3 * chunkBytes],
    ['where there should be zeros before the data', 5000, 4096],
    ['where there should be zeros after the data', 7 * chunkBytes, 7 * chunkBytes],
  ])('notices a byte that changed %s', (_where, at, virtualOffset) => {
    for (const hash of [false, true]) {
      try {
        verify(`bad-${at}-${hash}`, hash, { at });
        expect.unreachable();
      } catch (error) {
        expect(isFailure(error, 'output.verification-failed') && error.details.virtualOffset).toBe(
          virtualOffset,
        );
      }
    }
  });
});
