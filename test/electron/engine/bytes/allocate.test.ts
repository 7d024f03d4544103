import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allocateRange, setAside } from '#engine/bytes/allocate.ts';
import { isFailure } from '#shared/failure.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();

it('takes room that reads as zeros', () => {
  const path = join(folder, 'a');
  const descriptor = openSync(path, 'w+');
  allocateRange(descriptor, path, 4096, 2_500_000);
  allocateRange(descriptor, path, 0, 0);
  closeSync(descriptor);
  const status = statSync(path);
  expect(status.size).toBe(2_504_096);
  expect(status.blocks * 512).toBeGreaterThanOrEqual(2_500_000);
  expect(readFileSync(path).every((byte) => byte === 0)).toBe(true);
});

it('says when there is not so much room, before it takes any', () => {
  const path = join(folder, 'b');
  const descriptor = openSync(path, 'w+');
  let failure: unknown = null;
  try {
    allocateRange(descriptor, path, 0, 2 ** 50);
  } catch (error) {
    failure = error;
  } finally {
    closeSync(descriptor);
  }
  expect(isFailure(failure, 'io.no-space'), String(failure)).toBe(true);
  expect(statSync(path).blocks).toBe(0);
});

it('writes zeros where a sink cannot set room aside', () => {
  const written: [number, number][] = [];
  const sink = {
    write: (fileOffset: number, bytes: Uint8Array) => void written.push([fileOffset, bytes.length]),
    truncate: () => {},
  };
  setAside(sink, 100, (2 << 20) + 5);
  expect(written).toEqual([
    [100, 1 << 20],
    [100 + (1 << 20), 1 << 20],
    [100 + (2 << 20), 5],
  ]);
});
