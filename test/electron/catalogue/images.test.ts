import { beforeEach, describe, expect, it } from 'vitest';
import type { Origin } from '#shared/domain/library.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import {
  findImage,
  findImageByPath,
  listFileStates,
  listImages,
  moveImage,
  recordHash,
  recordMadeImage,
  rememberImage,
  removeImage,
  updateFileState,
  type KnownImage,
} from '../../../electron/catalogue/images.ts';

const disk: KnownImage = {
  path: '/images/a.qcow2',
  kind: 'disk',
  format: 'qcow2',
  variant: 'v3',
  virtualSizeBytes: 2 ** 40,
  fileSizeBytes: 1000,
  allocatedBytes: 512,
  modifiedMilliseconds: 1_700_000_000_000.25,
};
const origin: Origin = {
  kind: 'extracted',
  sourcePath: '/packages/a.ova',
  disk: 'disk1',
  format: 'qcow2',
  options: { compress: true, clusterSize: 65_536 },
};
const [early, late] = ['2025-01-01T00:00:00.000Z', '2025-02-01T00:00:00.000Z'];
const sha256 = 'a'.repeat(64);

let catalogue: Catalogue;
beforeEach(() => {
  catalogue = openCatalogue(':memory:');
});

describe('rememberImage', () => {
  it('adds an entry', () => {
    const entry = rememberImage(catalogue, disk, early);
    expect(entry).toEqual({
      id: entry.id,
      path: '/images/a.qcow2',
      name: 'a.qcow2',
      kind: 'disk',
      format: 'qcow2',
      variant: 'v3',
      virtualSizeBytes: 2 ** 40,
      fileSizeBytes: 1000,
      allocatedBytes: 512,
      sha256: null,
      origin: null,
      addedAt: early,
      modifiedMilliseconds: disk.modifiedMilliseconds,
      missing: false,
      tags: [],
      note: null,
      rating: null,
      guest: null,
    });
    expect(findImage(catalogue, entry.id)).toEqual(entry);
    expect(findImageByPath(catalogue, disk.path)).toEqual(entry);
    expect(findImageByPath(catalogue, '/images/b.qcow2')).toBeNull();
  });

  it('brings an entry up to date, which keeps its id, date and origin', () => {
    const made = recordMadeImage(catalogue, { ...disk, sha256, origin }, early);
    const again = rememberImage(catalogue, { ...disk, format: 'raw', variant: null, fileSizeBytes: 7 }, late);
    expect(again).toEqual({ ...made, format: 'raw', variant: null, fileSizeBytes: 7, sha256: null });
  });

  it('keeps the digest of a file that was not touched, and drops that of one that was', () => {
    const made = recordMadeImage(catalogue, { ...disk, sha256, origin }, early);
    expect(rememberImage(catalogue, disk, late)).toEqual(made);
    const touched = { ...disk, modifiedMilliseconds: disk.modifiedMilliseconds! + 1 };
    expect(rememberImage(catalogue, touched, late).sha256).toBeNull();
  });
});

describe('recordMadeImage', () => {
  it('replaces all but the id of an entry with that path', () => {
    const before = rememberImage(catalogue, { ...disk, format: 'raw' }, early);
    const made = recordMadeImage(catalogue, { ...disk, sha256, origin }, late);
    expect(made).toEqual({ ...before, format: 'qcow2', sha256, origin, addedAt: late });
    expect(listImages(catalogue)).toEqual([made]);
  });
});

describe('listImages', () => {
  it('has the newest first', () => {
    const ids = [early, late, early].map(
      (date, index) => rememberImage(catalogue, { ...disk, path: `/${index}` }, date).id,
    );
    expect(listImages(catalogue).map((entry) => entry.id)).toEqual([ids[1], ids[2], ids[0]]);
  });
});

describe('recordHash', () => {
  it('stores the digest with the entry of that path', () => {
    const entry = rememberImage(catalogue, disk, early);
    expect(recordHash(catalogue, disk.path, sha256)).toEqual({ ...entry, sha256 });
    expect(recordHash(catalogue, '/elsewhere', sha256)).toBeNull();
  });
});

describe('moveImage', () => {
  it('keeps the entry and drops one that had the path', () => {
    const entry = rememberImage(catalogue, disk, early);
    const stale = rememberImage(catalogue, { ...disk, path: '/images/b.qcow2' }, early);
    expect(moveImage(catalogue, entry.id, '/images/b.qcow2')).toEqual({
      entry: { ...entry, path: '/images/b.qcow2', name: 'b.qcow2' },
      droppedId: stale.id,
    });
    expect(listImages(catalogue).map((image) => image.id)).toEqual([entry.id]);
  });

  it('refuses an entry that is not there, and then drops nothing', () => {
    rememberImage(catalogue, disk, early);
    expect(() => moveImage(catalogue, 99, disk.path)).toThrow('input.invalid');
    expect(listImages(catalogue)).toHaveLength(1);
  });
});

describe('removeImage', () => {
  it('tells whether there was one', () => {
    const { id } = rememberImage(catalogue, disk, early);
    expect(removeImage(catalogue, id)).toBe(true);
    expect(removeImage(catalogue, id)).toBe(false);
    expect(listImages(catalogue)).toEqual([]);
  });
});

describe('updateFileState', () => {
  it('marks a missing file and keeps what is known of it', () => {
    const entry = recordMadeImage(catalogue, { ...disk, sha256, origin }, early);
    const [state] = listFileStates(catalogue, 0, 10).states;
    const { fileSizeBytes, allocatedBytes, modifiedMilliseconds } = disk;
    const known = { missing: false, fileSizeBytes, allocatedBytes, modifiedMilliseconds };
    expect(state).toEqual({ ...known, id: entry.id, path: disk.path });
    expect(updateFileState(catalogue, entry.id, { ...state!, missing: true })).toEqual({
      ...entry,
      missing: true,
    });
    expect(updateFileState(catalogue, entry.id, state!)).toEqual(entry);
    expect(updateFileState(catalogue, 99, state!)).toBeNull();
  });

  it('drops the digest of a file that has another size or time', () => {
    const entry = recordMadeImage(catalogue, { ...disk, sha256, origin }, early);
    const [state] = listFileStates(catalogue, 0, 10).states;
    expect(updateFileState(catalogue, entry.id, { ...state!, fileSizeBytes: 1001 })).toEqual({
      ...entry,
      fileSizeBytes: 1001,
      sha256: null,
    });
  });
});
