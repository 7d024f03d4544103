import { describe, expect, it } from 'vitest';
import type { WatchedFolder } from '#shared/domain/scan.ts';
import { folderWords, progressWords, scanWords } from '#shared/text/scan-text.ts';

const folder: WatchedFolder = {
  id: 1,
  path: '/images',
  addedAt: '2025-01-01T00:00:00.000Z',
  scannedAt: '2025-01-01T00:00:00.000Z',
  imageCount: 1,
  missingCount: 0,
  failure: null,
  problems: [],
  problemCount: 0,
  progress: null,
  following: 'live',
};

describe('folderWords', () => {
  it.each<[Partial<WatchedFolder>, string]>([
    [{}, '1 image'],
    [{ imageCount: 0 }, 'no images'],
    [{ imageCount: 1200, missingCount: 2, problemCount: 3 }, '1,200 images, 2 missing, 3 could not be read'],
    [{ scannedAt: null }, 'not looked through yet'],
    [
      { failure: { code: 'io.not-found', details: { path: '/images' } } },
      'not there: its drive may be unplugged',
    ],
    [
      { failure: { code: 'io.denied', details: { path: '/images' } } },
      'The system does not allow access to “/images”.',
    ],
  ])('of %j: %s', (change, words) => {
    expect(folderWords({ ...folder, ...change })).toBe(words);
  });
});

const scan = { foldersRead: 2, filesListed: 6, filesOpened: 0, added: 0, changed: 0, moved: 0, missing: 0 };

describe('scanWords', () => {
  it('says what was found, and what was looked at', () => {
    expect(scanWords(scan)).toBe('nothing new; 6 files in 2 folders, 0 opened');
    expect(scanWords({ ...scan, filesOpened: 4, added: 1, changed: 2, moved: 3, missing: 4 })).toBe(
      '1 added, 2 changed, 3 moved, 4 missing; 6 files in 2 folders, 4 opened',
    );
  });
});

describe('progressWords', () => {
  it('counts as it goes', () => {
    expect(progressWords({ foldersRead: 0, filesListed: 0, filesOpened: 0, filesGrowing: 0 })).toBe(
      'Looking…',
    );
    expect(progressWords({ foldersRead: 1, filesListed: 9, filesOpened: 3, filesGrowing: 2 })).toBe(
      'Looking: 9 files in 1 folder, 3 opened, 2 still being written',
    );
  });
});
