// Copies inside the kernel: the same bytes at the right places, holes and ends told apart, and null where it cannot be.
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { copyRange } from '#engine/bytes/copy-range.ts';
import { noise } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const opened: number[] = [];
afterAll(() => opened.forEach((descriptor) => closeSync(descriptor)));

function open(path: string, flags: string): number {
  const descriptor = openSync(path, flags);
  opened.push(descriptor);
  return descriptor;
}

const bytes = noise(300_000, 5);
const fromPath = join(folder, 'from');
writeFileSync(fromPath, bytes);
const linux = process.platform === 'linux';

describe.runIf(linux)('copyRange', () => {
  it('copies between any offsets, and nothing beside', () => {
    const path = join(folder, 'to');
    const to = open(path, 'w+');
    const from = open(fromPath, 'r');
    expect(copyRange(from, 1001, to, 77, 250_000)).toBe(250_000);
    expect(copyRange(from, 0, to, 5_000_000_000, 10)).toBe(10);
    expect(statSync(path).size).toBe(5_000_000_010);
    ftruncateSync(to, 250_077);
    const written = readFileSync(path);
    expect(written.subarray(0, 77).every((byte) => byte === 0)).toBe(true);
    expect(Buffer.compare(written.subarray(77), bytes.subarray(1001, 251_001))).toBe(0);
  });

  it('copies within a file', () => {
    const path = join(folder, 'within');
    writeFileSync(path, bytes);
    const file = open(path, 'r+');
    expect(copyRange(file, 0, file, 400_000, 1000)).toBe(1000);
    expect(Buffer.compare(readFileSync(path).subarray(400_000), bytes.subarray(0, 1000))).toBe(0);
    // Into itself the kernel does not.
    expect(copyRange(file, 0, file, 10, 1000)).toBeNull();
  });

  it('says how far it came when the source ends', () => {
    const to = open(join(folder, 'short'), 'w+');
    const from = open(fromPath, 'r');
    expect(copyRange(from, 299_990, to, 0, 1000)).toBe(10);
    expect(copyRange(from, 300_000, to, 0, 1000)).toBe(0);
    expect(copyRange(from, 0, to, 0, 0)).toBe(0);
  });

  it('leaves the positions of the descriptors alone', () => {
    const to = open(join(folder, 'position'), 'w+');
    const from = open(fromPath, 'r');
    copyRange(from, 5, to, 5, 100);
    expect(Buffer.compare(readFileSync(from), bytes)).toBe(0);
  });

  it('is null for what is no file, and throws what the system complains of', () => {
    const from = open(fromPath, 'r');
    expect(copyRange(from, 0, open('/dev/null', 'w'), 0, 1000)).toBeNull();
    expect(() => copyRange(from, 0, open(fromPath, 'r'), 0, 1000)).toThrow(/EBADF/);
  });

  it.runIf(existsSync('/dev/full'))('goes on elsewhere where the target is a device', () => {
    expect(copyRange(open(fromPath, 'r'), 0, open('/dev/full', 'w'), 0, 1000)).toBeNull();
  });
});

if (!linux)
  it('is null on other systems', () => {
    expect(copyRange(open(fromPath, 'r'), 0, open(join(folder, 'other'), 'w'), 0, 10)).toBeNull();
  });
