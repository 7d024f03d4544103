import { beforeEach, describe, expect, it } from 'vitest';
import type { FileLook, ListedFile } from '#shared/domain/scan.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { findImageByPath, listImages, removeImage, setMissing } from '../../../electron/catalogue/images.ts';
import {
  candidatesFor,
  ignoreSeenFile,
  markMissingBelow,
  recordGoneFile,
  recordGoneFolder,
  recordLook,
  recordSeenFolder,
  listSeenFolders,
  standingsOf,
} from '../../../electron/catalogue/sightings.ts';
import { lookAt, seenAt } from './some-look.ts';

let catalogue: Catalogue;
beforeEach(() => {
  catalogue = openCatalogue(':memory:');
});

const record = (look: FileLook) => recordLook(catalogue, look, null, seenAt);
const standingOf = (folder: string, file: ListedFile) =>
  standingsOf(catalogue, folder, [file]).get(file.name);
const candidates = (look: FileLook) => candidatesFor(catalogue, look).map(({ path }) => path);

describe('recordLook', () => {
  it('adds an image once, and knows the file again', () => {
    const look = lookAt('/images/a.raw');
    expect(record(look)).toMatchObject({
      kind: 'added',
      entry: { path: '/images/a.raw', fileSizeBytes: 100 },
    });
    expect(record(look)).toMatchObject({ kind: 'changed' });
    const file = { name: 'a.raw', ...look.stamp! };
    expect(standingOf('/images', file)).toEqual({ standing: 'unchanged', markedMissing: false });
    for (const other of [{ inode: '9' }, { device: '9' }, { sizeBytes: 9 }, { modifiedMilliseconds: 9 }]) {
      expect(standingOf('/images', { ...file, ...other })?.standing).toBe('changed');
    }
    expect(standingOf('/images', { ...file, name: 'b' })).toBeUndefined();
  });

  it('looks again at what an earlier recogniser saw', () => {
    const look = lookAt('/images/a.raw');
    record(look);
    catalogue.run('UPDATE seen_files SET recogniser = 0');
    expect(standingOf('/images', { name: 'a.raw', ...look.stamp! })?.standing).toBe('changed');
  });

  it('never takes an entry away: a file that is none or cannot be read any more keeps what was known', () => {
    record(lookAt('/images/a.raw'));
    const other = { ...lookAt('/images/a.raw'), image: null };
    expect(record({ ...other, allocatedBytes: 7 })).toMatchObject({
      kind: 'changed',
      entry: { format: 'raw', allocatedBytes: 7 },
    });
    expect(record({ ...other, failure: { code: 'io.denied', details: { path: '/' } } }).kind).toBe('nothing');
    expect(record({ ...other, path: '/images/notes.txt' }).kind).toBe('nothing');
    expect(listImages(catalogue)).toHaveLength(1);
  });

  it('does not bring back what the person removed, until it is added by hand', () => {
    const added = record(lookAt('/images/a.raw'));
    removeImage(catalogue, added.kind === 'added' ? added.entry.id : 0);
    ignoreSeenFile(catalogue, '/images/a.raw');
    expect(record(lookAt('/images/a.raw')).kind).toBe('nothing');
    expect(listImages(catalogue)).toEqual([]);
  });
});

describe('a file that moved', () => {
  it('is known by its number in the file system, and keeps its entry', () => {
    record(lookAt('/images/a.raw', '5', 'one'));
    const moved = lookAt('/images/b/c.raw', '5', 'one and more');
    expect(candidates(moved)).toEqual(['/images/a.raw']);
    const before = findImageByPath(catalogue, '/images/a.raw')!;
    expect(recordLook(catalogue, moved, before, '2030-01-01T00:00:00.000Z')).toEqual({
      kind: 'moved',
      entry: { ...before, path: '/images/b/c.raw', name: 'c.raw' },
    });
  });

  it('is not known by a number that was given to another file', () => {
    record(lookAt('/images/a.raw', '5', 'one'));
    // A new disk in the place of one that was deleted: their samples are the same.
    const other = lookAt('/images/b.raw', '5', 'one');
    const stamp = { ...other.stamp!, born: 'later', modifiedMilliseconds: 9000 };
    expect(candidates({ ...other, stamp })).toEqual([]);
    // Where the file system does not say when a file was made, all else must be the same.
    catalogue.run("UPDATE images SET born = '0'");
    expect(candidates({ ...other, stamp: { ...stamp, born: '0' } })).toEqual([]);
    const same = { ...stamp, born: '0', modifiedMilliseconds: 1000 };
    expect(candidates({ ...lookAt('/images/b.raw', '5', 'two'), stamp: same })).toEqual([]);
    expect(candidates({ ...other, stamp: same })).toEqual(['/images/a.raw']);
  });

  it('is known by size, samples and time of change on another drive', () => {
    record(lookAt('/images/a.raw', '5', 'one'));
    const elsewhere = lookAt('/other/c.raw', '7', 'one');
    const changedAt = (modifiedMilliseconds: number): FileLook => ({
      ...elsewhere,
      stamp: { ...elsewhere.stamp!, device: '2', modifiedMilliseconds },
    });
    expect(candidates(changedAt(1000))).toEqual(['/images/a.raw']);
    // FAT counts two seconds.
    expect(candidates(changedAt(2998))).toEqual(['/images/a.raw']);
    expect(candidates(changedAt(5000))).toEqual([]);
    expect(candidates(lookAt('/other/c.raw', '7', 'two'))).toEqual([]);
  });

  it('is none of two that are alike, missing or not: samples do not tell copies apart', () => {
    record(lookAt('/images/a.raw', '5', 'one'));
    record(lookAt('/images/b.raw', '6', 'one'));
    const elsewhere = lookAt('/other/c.raw', '7', 'one');
    expect(candidates(elsewhere)).toEqual([]);
    setMissing(catalogue, findImageByPath(catalogue, '/images/b.raw')!.id, true);
    expect(candidates(elsewhere)).toEqual([]);
    catalogue.run("UPDATE images SET modified_milliseconds = 9000 WHERE path = '/images/a.raw'");
    expect(candidates(elsewhere)).toEqual(['/images/b.raw']);
  });

  it('is none where there is an entry already', () => {
    record(lookAt('/images/a.raw', '5'));
    record(lookAt('/images/b.raw', '6'));
    expect(candidates(lookAt('/images/b.raw', '5'))).toEqual([]);
  });

  it('does not take an entry that another batch has found meanwhile', () => {
    record(lookAt('/images/a.raw', '5'));
    const before = findImageByPath(catalogue, '/images/a.raw')!;
    recordLook(catalogue, lookAt('/images/b.raw', '5'), before, seenAt);
    expect(recordLook(catalogue, lookAt('/images/c.raw', '5'), before, seenAt).kind).toBe('added');
    expect(findImageByPath(catalogue, '/images/b.raw')!.id).toBe(before.id);
  });
});

describe('what is gone', () => {
  it('stays in the library, marked as missing', () => {
    for (const path of ['/images/a.raw', '/images/deep/b.raw', '/images-2/c.raw']) record(lookAt(path));
    expect(recordGoneFile(catalogue, '/images', 'a.raw')).toMatchObject([
      { path: '/images/a.raw', missing: true },
    ]);
    expect(recordGoneFile(catalogue, '/images', 'a.raw')).toEqual([]);
    recordSeenFolder(catalogue, '/images/deep', '/images', null);
    expect(recordGoneFolder(catalogue, '/images/deep').map(({ path }) => path)).toEqual([
      '/images/deep/b.raw',
    ]);
    expect(listSeenFolders(catalogue, '/images')).toEqual([]);
    expect(listImages(catalogue).filter(({ missing }) => !missing)).toMatchObject([
      { path: '/images-2/c.raw' },
    ]);
  });

  it('is marked in stretches, by path', () => {
    for (const name of ['c', 'a', 'b', 'deep/a']) record(lookAt(`/images/${name}`));
    const mark = (after: string | null, limit: number): string[] =>
      markMissingBelow(catalogue, '/images', after, limit).map(({ path }) => path);
    expect(mark(null, 3)).toEqual(['/images/a', '/images/b', '/images/c']);
    expect(mark('/images/c', 3)).toEqual(['/images/deep/a']);
    expect(mark('/images/deep/a', 3)).toEqual([]);
  });

  it('is known again without being opened when its drive comes back', () => {
    const look = lookAt('/images/a.raw');
    record(look);
    expect(markMissingBelow(catalogue, '/images')).toHaveLength(1);
    expect(standingOf('/images', { name: 'a.raw', ...look.stamp! })).toEqual({
      standing: 'unchanged',
      markedMissing: true,
    });
  });
});
