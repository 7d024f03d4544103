import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { raw } from '#engine/disks/raw/index.ts';
import { isFailure } from '#shared/failure.ts';
import { writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { inWords } from '#shared/text/in-words.ts';

const folder = scratchFolder();

function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isFailure(error, 'input.invalid')) return inWords(error.details.problem);
    throw error;
  }
  return 'nothing failed';
}

it('is a longer or a shorter file', () => {
  const file = new MemorySource(new Uint8Array(4096).fill(1, 0, 1000));
  expect(raw.resize!(file, 10_000)).toEqual({
    changes: [],
    sizeBytes: 10_000,
    summary: ['The file grows from 4096 to 10000 bytes.'],
  });
  expect(raw.resize!(file, 1000)!.sizeBytes).toBe(1000);
  expect(problemOf(() => raw.resize!(file, 999))).toContain('its last used byte is at 999');
  for (const size of [0, -1, 1.5, Number.NaN, 2 ** 60]) {
    expect(problemOf(() => raw.resize!(file, size))).toContain('cannot be');
  }
});

it('finds what is used last in a large file of holes', () => {
  const tebibyte = 2 ** 40;
  const path = writeRawDisk(join(folder, 'large.raw'), 2 * tebibyte, [
    { at: tebibyte, bytes: new Uint8Array([1, 2, 3]) },
    { at: 1.5 * tebibyte, bytes: new Uint8Array(4096) },
  ]);
  const file = new FileSource(path);
  expect(problemOf(() => raw.resize!(file, 4096))).toContain(`at ${tebibyte + 2}`);
  expect(raw.resize!(file, tebibyte + 3)!.sizeBytes).toBe(tebibyte + 3);
  file.close();
});
