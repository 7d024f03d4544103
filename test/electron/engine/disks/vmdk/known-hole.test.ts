import { describe, expect, it } from 'vitest';
import type { ByteSource, SourceRun } from '#engine/bytes/source.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { KnownHole } from '#engine/disks/vmdk/known-hole.ts';

/** A source of 1000 bytes, holes from 100 to 500 and from 700 on, that counts the questions. */
function holey(): ByteSource & { asked: number } {
  const all: SourceRun[] = [
    { start: 0, length: 100, hole: false },
    { start: 100, length: 400, hole: true },
    { start: 500, length: 200, hole: false },
    { start: 700, length: 300, hole: true },
  ];
  return {
    path: 'holey',
    sizeBytes: 1000,
    seekable: true,
    asked: 0,
    read: (_, into) => void into.fill(0),
    *runs({ start }) {
      this.asked++;
      for (const run of all) {
        const end = run.start + run.length;
        if (end > start)
          yield { ...run, start: Math.max(start, run.start), length: end - Math.max(start, run.start) };
      }
    },
    close: () => undefined,
  };
}

describe('KnownHole', () => {
  it('tells what is wholly in a hole', () => {
    const hole = new KnownHole(holey());
    expect([hole.covers(100, 400), hole.covers(99, 10), hole.covers(499, 2), hole.covers(600, 10)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect([hole.covers(990, 10), hole.covers(990, 11), hole.covers(1000, 1), hole.covers(5000, 1)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('asks once for each run that it walks through', () => {
    const source = holey();
    const hole = new KnownHole(source);
    for (let at = 0; at < 700; at += 10) hole.covers(at, 10);
    expect(source.asked).toBe(3);
  });

  it('finds none where the source cannot tell', () => {
    expect(new KnownHole(new MemorySource(new Uint8Array(100))).covers(0, 10)).toBe(false);
  });
});
