import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ConcatenatedSource,
  FileSource,
  MemorySource,
  readBytes,
  SliceSource,
} from '#engine/bytes/source.ts';
import { isFailure } from '#shared/failure.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const data = noise(100_000);

function failureCode(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
}

describe('FileSource', () => {
  const path = join(folder, 'data.bin');
  writeFileSync(path, data);

  it('reads any range, to the last byte', () => {
    const source = new FileSource(path);
    expect(readBytes(source, 0, 10)).toEqual(data.slice(0, 10));
    expect(readBytes(source, 99_990, 10)).toEqual(data.slice(99_990));
    source.close();
  });

  it('refuses a read past the end with the sizes', () => {
    const source = new FileSource(path);
    try {
      source.read(99_991, new Uint8Array(10));
      expect.unreachable();
    } catch (error) {
      expect(isFailure(error, 'image.truncated') && error.details).toEqual({
        path,
        neededBytes: 100_001,
        actualBytes: 100_000,
      });
    }
    source.close();
  });

  it('notices a file that was cut off after it was opened', () => {
    const short = join(folder, 'short.bin');
    writeFileSync(short, data);
    const source = new FileSource(short);
    truncateSync(short, 50_000);
    expect(failureCode(() => source.read(49_000, new Uint8Array(2000)))).toBe('image.truncated');
    source.close();
  });

  it('names what the system refuses', () => {
    expect(failureCode(() => new FileSource(join(folder, 'absent')))).toBe('io.not-found');
    mkdirSync(join(folder, 'sub'), { recursive: true });
    expect(failureCode(() => new FileSource(join(folder, 'sub')))).toBe('input.invalid');
  });

  it('may be closed twice', () => {
    const source = new FileSource(path);
    source.close();
    expect(() => source.close()).not.toThrow();
  });
});

describe('runs', () => {
  it('tile a sparse file with its holes and its data', () => {
    const path = writeRawDisk(join(folder, 'sparse.raw'), 64 << 20, [
      { at: 8 << 20, bytes: noise(1 << 20) },
      { at: (64 << 20) - 4096, bytes: noise(4096) },
    ]);
    const source = new FileSource(path);
    const runs = [...source.runs({ start: 0, length: source.sizeBytes })];
    let at = 0;
    for (const run of runs) {
      expect(run.start).toBe(at);
      at += run.length;
      if (run.hole) expect(readBytes(source, run.start, 512)).toEqual(new Uint8Array(512));
    }
    expect(at).toBe(source.sizeBytes);
    expect(runs.map(({ hole }) => hole)).toEqual([true, false, true, false]);
    source.close();
  });

  it('are cut to the span asked for', () => {
    const path = writeRawDisk(join(folder, 'cut.raw'), 1 << 20, [{ at: 0, bytes: noise(1 << 20) }]);
    const source = new FileSource(path);
    expect([...source.runs({ start: 1000, length: 500 })]).toEqual([
      { start: 1000, length: 500, hole: false },
    ]);
    expect([...source.runs({ start: (1 << 20) - 10, length: 500 })]).toEqual([
      { start: (1 << 20) - 10, length: 10, hole: false },
    ]);
    source.close();
  });
});

describe('SliceSource', () => {
  it('is a window that cannot be left', () => {
    const slice = new SliceSource(new MemorySource(data), { start: 1000, length: 100 }, 'slice');
    expect(readBytes(slice, 90, 10)).toEqual(data.slice(1090, 1100));
    expect(failureCode(() => readBytes(slice, 91, 10))).toBe('image.truncated');
    expect(failureCode(() => readBytes(slice, -1, 1))).toBe('image.truncated');
    expect([...slice.runs({ start: 10, length: 1000 })]).toEqual([{ start: 10, length: 90, hole: false }]);
  });

  it('is refused where it does not fit', () => {
    const make = (start: number, length: number) => () =>
      new SliceSource(new MemorySource(data), { start, length }, 'slice');
    expect(failureCode(make(99_999, 2))).toBe('image.truncated');
    expect(failureCode(make(-1, 2))).toBe('image.truncated');
    expect(failureCode(make(100_000, 0))).toBe('none');
  });
});

describe('ConcatenatedSource', () => {
  it('reads across its parts', () => {
    const parts = [data.slice(0, 10), data.slice(10, 10), data.slice(10, 1000), data.slice(1000)];
    const joined = new ConcatenatedSource(
      parts.map((part) => new MemorySource(part)),
      'joined',
    );
    expect(joined.sizeBytes).toBe(data.length);
    expect(readBytes(joined, 5, 2000)).toEqual(data.slice(5, 2005));
    expect([...joined.runs({ start: 5, length: 10 })].map(({ start, length }) => [start, length])).toEqual([
      [5, 5],
      [10, 5],
    ]);
    expect(failureCode(() => readBytes(joined, data.length, 1))).toBe('image.truncated');
  });
});
