import { beforeEach, describe, expect, it } from 'vitest';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import {
  addWatchedFolder,
  findWatchedFolder,
  listWatchedFolders,
  recordFolderFailure,
  recordScan,
  removeWatchedFolder,
} from '../../../electron/catalogue/folders.ts';
import { findImageByPath, rememberImage, recordMadeImage } from '../../../electron/catalogue/images.ts';
import { countSeenFiles, recordSeenFolder } from '../../../electron/catalogue/sightings.ts';
import { lookAt, seenAt } from './some-look.ts';
import { recordLook } from '../../../electron/catalogue/sightings.ts';

let catalogue: Catalogue;
beforeEach(() => {
  catalogue = openCatalogue(':memory:');
});

const image = (path: string) =>
  ({
    path,
    kind: 'disk',
    format: 'raw',
    variant: null,
    virtualSizeBytes: 1,
    fileSizeBytes: 1,
    allocatedBytes: 1,
    modifiedMilliseconds: 1,
  }) as const;

describe('addWatchedFolder', () => {
  it.each([
    ['/images', 'watched already'],
    ['/images/old', 'lies in /images'],
    ['/', 'holds /images'],
  ])('refuses %s beside /images', (path, words) => {
    addWatchedFolder(catalogue, '/images', seenAt);
    expect(() => addWatchedFolder(catalogue, path, seenAt)).toThrow(words);
    expect(listWatchedFolders(catalogue)).toHaveLength(1);
  });

  it('takes a neighbour whose name begins alike', () => {
    addWatchedFolder(catalogue, '/images', seenAt);
    addWatchedFolder(catalogue, '/images-2', seenAt);
    expect(listWatchedFolders(catalogue).map(({ path }) => path)).toEqual(['/images', '/images-2']);
  });
});

describe('a watched folder', () => {
  it('counts its images, those that are missing, and what could not be read', () => {
    const { id } = addWatchedFolder(catalogue, '/images', seenAt);
    rememberImage(catalogue, image('/images/a.raw'), seenAt);
    rememberImage(catalogue, image('/images/deep/b.raw'), seenAt);
    rememberImage(catalogue, image('/images.raw'), seenAt);
    catalogue.run("UPDATE images SET missing = 1 WHERE path = '/images/a.raw'");
    const denied = { code: 'io.denied', details: { path: '/images/secret' } } as const;
    recordSeenFolder(catalogue, '/images/secret', '/images', denied);
    recordLook(catalogue, { ...lookAt('/images/locked.img'), image: null, failure: denied }, null, seenAt);
    expect(findWatchedFolder(catalogue, id)).toMatchObject({
      imageCount: 2,
      missingCount: 1,
      problemCount: 2,
      problems: [{ path: '/images/locked.img' }, { path: '/images/secret', failure: denied }],
    });
  });

  it('remembers when it was scanned, and why it could not be', () => {
    const { id } = addWatchedFolder(catalogue, '/images', seenAt);
    const failure = { code: 'io.not-found', details: { path: '/images' } } as const;
    recordFolderFailure(catalogue, id, failure);
    expect(findWatchedFolder(catalogue, id)).toMatchObject({ scannedAt: null, failure });
    recordScan(catalogue, id, seenAt);
    expect(findWatchedFolder(catalogue, id)).toMatchObject({ scannedAt: seenAt, failure: null });
  });
});

describe('removeWatchedFolder', () => {
  it('keeps the entries, or forgets those that Platter did not make', () => {
    const origin = { kind: 'converted', sourcePath: '/a', disk: null, format: 'raw', options: {} } as const;
    for (const forgetImages of [false, true]) {
      const { id } = addWatchedFolder(catalogue, '/images', seenAt);
      recordLook(catalogue, lookAt('/images/a.raw'), null, seenAt);
      recordMadeImage(catalogue, { ...image('/images/made.raw'), sha256: null, origin }, seenAt);
      const { id: found } = findImageByPath(catalogue, '/images/a.raw')!;
      expect(removeWatchedFolder(catalogue, id, forgetImages)).toEqual(forgetImages ? [found] : []);
      expect(countSeenFiles(catalogue, '/images')).toBe(0);
      expect(findImageByPath(catalogue, '/images/made.raw')).not.toBeNull();
    }
    expect(() => removeWatchedFolder(catalogue, 1, false)).toThrow('no watched folder');
  });
});
