import { beforeEach, describe, expect, it } from 'vitest';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { lastChange, listUnlooked, recordGuestLook } from '../../../electron/catalogue/guest-looks.ts';
import { setMissing, updateFileState } from '../../../electron/catalogue/images.ts';
import { addEntry } from './some-content.ts';

let catalogue: Catalogue;
beforeEach(() => {
  catalogue = openCatalogue(':memory:');
});

const all = Number.MAX_SAFE_INTEGER;
const unlooked = (since = -1): number[] => listUnlooked(catalogue, since, all).disks.map(({ id }) => id);
const look = (id: number, path: string): unknown =>
  recordGuestLook(catalogue, id, { path, modifiedMilliseconds: 1000, guest: null });

describe('listUnlooked', () => {
  it('names disks that are there and were not looked into since they were written, the newest first', () => {
    const [a, b, c] = ['/a', '/b', '/c'].map((path) => addEntry(catalogue, path)) as [number, number, number];
    expect(unlooked()).toEqual([c, b, a]);
    look(b, '/b');
    setMissing(catalogue, c, true);
    expect(unlooked()).toEqual([a]);
    const state = { missing: false, fileSizeBytes: 1, allocatedBytes: 1, modifiedMilliseconds: 2000 };
    updateFileState(catalogue, b, state);
    expect(unlooked()).toEqual([b, a]);
  });

  it('goes through many entries in stretches, and each of them once', () => {
    const ids = Array.from({ length: 1200 }, (_, at) => addEntry(catalogue, `/${at}`));
    const found: number[] = [];
    let stretches = 0;
    for (let before: number | null = all; before !== null; stretches++) {
      const { disks, next } = listUnlooked(catalogue, -1, before);
      found.push(...disks.map(({ id }) => id));
      before = next;
    }
    expect(found).toEqual(ids.reverse());
    expect(stretches).toBe(3);
  });

  it('goes through what changed alone, unless the record of that was cut short', () => {
    const a = addEntry(catalogue, '/a');
    const since = lastChange(catalogue);
    const b = addEntry(catalogue, '/b');
    expect(unlooked(since)).toEqual([b]);
    expect(unlooked(lastChange(catalogue))).toEqual([]);
    addEntry(catalogue, '/b');
    catalogue.run('DELETE FROM image_changes WHERE sequence <= @since + 1', { since });
    expect(unlooked(since)).toEqual([b, a]);
  });
});
