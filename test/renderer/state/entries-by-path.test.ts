/** Entries of files: asked for once, followed as they change, and asked for again after the connection was lost. */
import { describe, expect, it } from 'vitest';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { EntriesByPath } from '../../../renderer/state/entries-by-path.ts';
import { someEntry } from './some-entry.ts';

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** A library that holds `there`, and what was asked of it and seen in it. */
function over(there: Map<string, LibraryEntry | Error>) {
  const asked: string[] = [];
  const seen: LibraryEntry[] = [];
  const entries = new EntriesByPath({
    find: async (path) => {
      asked.push(path);
      const found = there.get(path) ?? null;
      if (found instanceof Error) throw found;
      return found;
    },
    seen: (entry) => seen.push(entry),
  });
  return { entries, asked, seen };
}

describe('the entry of a file', () => {
  it('is asked for once, and there when the answer is', async () => {
    const entry = someEntry(1);
    const { entries, asked, seen } = over(new Map([['/a', entry]]));
    expect(entries.at('/a')).toBeNull();
    expect(entries.at('/a')).toBeNull();
    await settled();
    expect(entries.at('/a')).toBe(entry);
    expect(entries.at('/none')).toBeNull();
    await settled();
    expect(entries.at('/none')).toBeNull();
    expect(asked).toEqual(['/a', '/none']);
    expect(seen).toEqual([entry]);
  });

  it('is asked for again when it changed, or where there was none', async () => {
    const there = new Map<string, LibraryEntry | Error>([
      ['/a', someEntry(1)],
      ['/b', someEntry(2)],
    ]);
    const { entries, asked } = over(there);
    for (const path of ['/a', '/b', '/new']) entries.at(path);
    await settled();
    asked.length = 0;

    there.delete('/a');
    there.set('/new', someEntry(3));
    entries.refetch([1]);
    await settled();
    expect(asked).toEqual(['/a', '/new']);
    expect(entries.at('/a')).toBeNull();
    expect(entries.at('/new')?.id).toBe(3);

    entries.refetch(null);
    await settled();
    expect(asked.slice(2)).toEqual(['/a', '/b', '/new']);
  });

  it('is not known after a failure, and asked for by whoever wants it next', async () => {
    const there = new Map<string, LibraryEntry | Error>([['/a', new Error('lost')]]);
    const { entries, asked } = over(there);
    entries.at('/a');
    await settled();
    there.set('/a', someEntry(1));
    expect(entries.at('/a')).toBeNull();
    await settled();
    expect(entries.at('/a')?.id).toBe(1);
    expect(asked).toHaveLength(2);
  });
});
