import { describe, expect, it } from 'vitest';
import type { FileStamp } from '#shared/domain/scan.ts';
import { mayBeGrowing, Settling } from '../../../electron/scanning/settling.ts';

const stamp = (sizeBytes: number, modifiedMilliseconds: number): FileStamp => ({
  device: '1',
  inode: '1',
  born: '1',
  sizeBytes,
  modifiedMilliseconds,
});

describe('mayBeGrowing', () => {
  it.each([
    [9000, true],
    [8000, false],
    [1000, false],
    // A file server's clock may go ahead of ours.
    [99_000, true],
  ])('at 10 s, a file of %i ms: %s', (modifiedMilliseconds, expected) => {
    expect(mayBeGrowing({ modifiedMilliseconds }, 10_000)).toBe(expected);
  });
});

describe('Settling', () => {
  const observe = (settling: Settling, now: number, file: FileStamp | null): string[] =>
    settling.observe(new Map([['/a', file]]), now);

  it('lets a download come to rest', () => {
    const settling = new Settling();
    settling.add('/a');
    for (let second = 0; second < 60; second++) {
      expect(observe(settling, second * 1000, stamp(second, second * 1000))).toEqual([]);
    }
    expect(observe(settling, 60_000, stamp(59, 59_000))).toEqual([]);
    expect(observe(settling, 61_000, stamp(59, 59_000))).toEqual(['/a']);
    expect(settling.size).toBe(0);
  });

  it('opens the disk of a running machine after half a minute of the same size', () => {
    const settling = new Settling();
    settling.add('/a');
    let opened: number | null = null;
    for (let second = 0; opened === null && second < 100; second++) {
      if (observe(settling, second * 1000, stamp(5, second * 1000)).length > 0) opened = second;
    }
    expect(opened).toBe(30);
  });

  it('goes by its own clock, whatever the file’s says', () => {
    const settling = new Settling();
    settling.add('/a');
    expect(observe(settling, 0, stamp(5, 1e12))).toEqual([]);
    expect(observe(settling, 2000, stamp(5, 1e12))).toEqual(['/a']);
  });

  it('gives up a file that is gone or not watched any more', () => {
    const settling = new Settling();
    settling.add('/a');
    expect(observe(settling, 0, null)).toEqual(['/a']);
    settling.add('/a');
    settling.add('/b');
    settling.forget((path) => path === '/a');
    expect(settling.paths).toEqual(['/b']);
    expect(observe(settling, 9000, stamp(1, 1))).toEqual([]);
  });
});
