/** The index that is kept from one start to the next: it shows what reading all entries shows, or is not taken. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { sortKeys } from '#shared/domain/library.ts';
import type { Catalogue } from '../../../electron/catalogue/database.ts';
import { EntryColumns } from '../../../electron/catalogue/entry-columns.ts';
import { listImages, removeImage } from '../../../electron/catalogue/images.ts';
import { keptSequence } from '../../../electron/catalogue/kept-index.ts';
import { LibraryIndex } from '../../../electron/catalogue/library-index.ts';
import { asked, library, now, plain, put } from './library-rows.ts';
import { someRow } from './some-rows.ts';

const always = { entries: 0, changes: 1 };

/** All that an index shows of a library, but how often it changed. */
function shown(catalogue: Catalogue): unknown {
  const index = new LibraryIndex(catalogue, () => now);
  const ids = listImages(catalogue).map(({ id }) => id);
  return {
    orders: sortKeys.map((key) => index.page(asked('', key), 0, 1000, null)),
    found: ['a', 'k1x', 'tag:ab', 'is:part', 'chain:broken', 'folder:b1', 'guest:ubuntu'].map((text) =>
      index.ids(asked(text), 0, 1000),
    ),
    counts: index.counts('', '', ['is:missing']),
    belongings: ids.map((id) => index.belongings(id)),
  };
}

/** What is shown by what is kept and by all entries, and how often those were read. */
function bothWays(catalogue: Catalogue) {
  const load = vi.spyOn(EntryColumns.prototype, 'load');
  const kept = shown(catalogue);
  const loads = load.mock.calls.length;
  load.mockRestore();
  catalogue.run('DELETE FROM kept_index');
  return { kept, loads, read: shown(catalogue) };
}

function keptLibrary(): Catalogue {
  const catalogue = library();
  for (const name of ['one', 'two', 'three']) put(catalogue, { ...plain, path: `/a/${name}`, tag: 1 });
  const index = new LibraryIndex(catalogue);
  index.refresh();
  index.keep(always);
  return catalogue;
}

const keptData = (): Buffer => keptLibrary().get<{ data: Buffer }>('SELECT data FROM kept_index')!.data;

/** Cuts the bytes off, and changes one of them, at many places: each time a library is made that keeps what `store` makes of it. */
function damagedAnywhere(
  bytes: Buffer,
  numRuns: number,
  store: (damaged: Buffer) => Buffer,
  check: (catalogue: Catalogue) => void,
): void {
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
      const changed = Buffer.from(bytes);
      changed[at]! ^= difference;
      for (const damaged of [bytes.subarray(0, at), changed]) {
        const catalogue = keptLibrary();
        catalogue.run('UPDATE kept_index SET data = @data', { data: store(damaged) });
        check(catalogue);
        catalogue.close();
      }
    }),
    { numRuns },
  );
}

describe('a kept index', () => {
  it('shows what reading all entries shows, with what changed since then', () => {
    fc.assert(
      fc.property(
        fc.array(someRow, { minLength: 1, maxLength: 12 }),
        fc.array(someRow, { maxLength: 4 }),
        fc.boolean(),
        (before, after, takesAway) => {
          const catalogue = library();
          const index = new LibraryIndex(catalogue, () => now);
          for (const row of before) put(catalogue, row);
          index.refresh();
          if (takesAway) removeImage(catalogue, listImages(catalogue)[0]!.id);
          index.refresh();
          index.keep(always);
          for (const row of after) put(catalogue, row);
          const { kept, loads, read } = bothWays(catalogue);
          expect(loads).toBe(0);
          expect(kept).toEqual(read);
          catalogue.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is not taken where changes since then were dropped, or it knows of more than there were', () => {
    const catalogue = keptLibrary();
    for (const path of ['/a/2', '/a/3', '/a/4']) put(catalogue, { ...plain, path });
    new LibraryIndex(catalogue).refresh();
    catalogue.run('DELETE FROM image_changes WHERE sequence < (SELECT max(sequence) FROM image_changes)');
    const dropped = bothWays(catalogue);
    expect(dropped.loads).toBe(1);
    expect(dropped.kept).toEqual(dropped.read);
    const other = keptLibrary();
    other.run('UPDATE kept_index SET sequence = sequence + 1');
    expect(bothWays(other).loads).toBe(1);
  });

  it('is not taken where it is of another version, or damaged anywhere', () => {
    const other = keptLibrary();
    other.run('UPDATE kept_index SET format = format + 1');
    expect(bothWays(other)).toMatchObject({ loads: 1 });
    const asIs = (damaged: Buffer): Buffer => damaged;
    damagedAnywhere(keptData(), 25, asIs, (catalogue) => {
      const { kept, loads, read } = bothWays(catalogue);
      expect(loads).toBe(1);
      expect(kept).toEqual(read);
    });
  });

  it('is not taken where its parts do not fit together, whoever wrote it', () => {
    const signed = (forged: Buffer): Buffer =>
      Buffer.concat([createHash('sha256').update(forged).digest(), forged]);
    damagedAnywhere(keptData().subarray(32), 100, signed, (catalogue) => {
      // What is plausible is believed: nothing more is asked than to go on.
      expect(() => shown(catalogue)).not.toThrow();
    });
  });

  it('is stored where it is worth it: of many entries, and not again after few changes', () => {
    const catalogue = library();
    const index = new LibraryIndex(catalogue);
    index.keep();
    put(catalogue, { ...plain, path: '/a/1' });
    index.refresh();
    index.keep();
    expect(keptSequence(catalogue)).toBeNull();
    index.keep({ entries: 1, changes: 2 });
    const first = keptSequence(catalogue)!;
    put(catalogue, { ...plain, path: '/a/2' });
    index.refresh();
    index.keep({ entries: 1, changes: 5 });
    expect(keptSequence(catalogue)).toBe(first);
    index.keep({ entries: 1, changes: 1 });
    expect(keptSequence(catalogue)).toBeGreaterThan(first);
  });
});
