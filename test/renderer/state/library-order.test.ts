/** The library's search and sort. */
import { describe, expect, it } from 'vitest';
import type { LibraryEntry } from '#shared/domain/library.ts';
import {
  filterEntries,
  nextSort,
  sortEntries,
  type KindFilter,
  type SortKey,
} from '../../../renderer/state/library-order.ts';

let nextId = 1;
function entry(name: string, changes: Partial<LibraryEntry> = {}): LibraryEntry {
  return {
    id: nextId++,
    path: `/images/${name}`,
    name,
    kind: 'disk',
    format: 'raw',
    variant: null,
    virtualSizeBytes: 100,
    fileSizeBytes: 10,
    allocatedBytes: 10,
    sha256: null,
    origin: null,
    addedAt: '2026-01-01T00:00:00Z',
    missing: false,
    ...changes,
  };
}
const names = (entries: readonly LibraryEntry[]): string[] => entries.map(({ name }) => name);

describe('sorting', () => {
  const sorted = (entries: LibraryEntry[], key: SortKey, direction: 'ascending' | 'descending'): string[] =>
    names(sortEntries(entries, { key, direction }));

  it('reads numbers in names as numbers, and ignores case', () => {
    const entries = [entry('disk10'), entry('Disk2'), entry('disk1')];
    expect(sorted(entries, 'name', 'ascending')).toEqual(['disk1', 'Disk2', 'disk10']);
    expect(sorted(entries, 'name', 'descending')).toEqual(['disk10', 'Disk2', 'disk1']);
  });

  it('puts unknown sizes last either way', () => {
    const entries = [
      entry('none', { virtualSizeBytes: null }),
      entry('big', { virtualSizeBytes: 9 }),
      entry('small', { virtualSizeBytes: 1 }),
    ];
    expect(sorted(entries, 'virtualSize', 'ascending')).toEqual(['small', 'big', 'none']);
    expect(sorted(entries, 'virtualSize', 'descending')).toEqual(['big', 'small', 'none']);
  });

  it('sorts by time, not by the spelling of the time', () => {
    const entries = [
      entry('early', { addedAt: '2026-03-01T10:00:00+02:00' }),
      entry('late', { addedAt: '2026-03-01T09:00:00Z' }),
    ];
    expect(sorted(entries, 'added', 'descending')).toEqual(['late', 'early']);
  });

  it('settles ties by name, then by age, and leaves the given list alone', () => {
    const [old, young] = [entry('same'), entry('same')];
    const entries = [old, entry('b'), young, entry('a')];
    expect(sortEntries(entries, { key: 'onDisk', direction: 'descending' }).map(({ id }) => id)).toEqual([
      entries[3]?.id,
      entries[1]?.id,
      young.id,
      old.id,
    ]);
    expect(names(entries)).toEqual(['same', 'b', 'same', 'a']);
  });

  it('starts a column where it is most useful, and turns it on the second click', () => {
    const byName = nextSort({ key: 'added', direction: 'descending' }, 'name');
    expect(byName).toEqual({ key: 'name', direction: 'ascending' });
    expect(nextSort(byName, 'name')).toEqual({ key: 'name', direction: 'descending' });
    expect(nextSort(byName, 'onDisk')).toEqual({ key: 'onDisk', direction: 'descending' });
  });
});

describe('searching', () => {
  const entries = [
    entry('Ubuntu Server.ova', { kind: 'package' }),
    entry('ubuntu-disk.qcow2', { missing: true }),
    entry('débian.iso', { kind: 'optical' }),
  ];
  const found = (query: string, kind: KindFilter = 'all'): string[] =>
    names(filterEntries(entries, query, kind));

  it('finds every word anywhere in the name, without case and accents', () => {
    expect(found('UBUNTU')).toEqual(['Ubuntu Server.ova', 'ubuntu-disk.qcow2']);
    expect(found('server  ubu')).toEqual(['Ubuntu Server.ova']);
    expect(found('debian')).toEqual(['débian.iso']);
    expect(found('  ')).toHaveLength(3);
    expect(found('x')).toEqual([]);
  });

  it('keeps to a kind', () => {
    expect(found('', 'package')).toEqual(['Ubuntu Server.ova']);
    expect(found('', 'disk')).toEqual(['ubuntu-disk.qcow2']);
    expect(found('', 'other')).toEqual(['débian.iso']);
    expect(found('', 'missing')).toEqual(['ubuntu-disk.qcow2']);
    expect(found('server', 'disk')).toEqual([]);
  });
});
