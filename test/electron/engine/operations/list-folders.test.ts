import { mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { partialSuffix } from '#engine/bytes/partial-file.ts';
import { listFolders, stampFiles } from '#engine/operations/list-folders.ts';
import { scratchFolder } from '../scratch.ts';

const scratch = scratchFolder();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'list-'));
});

const touch = (...names: string[]): void => {
  for (const name of names) writeFileSync(join(folder, name), name);
};

describe('listFolders', () => {
  it('lists files and folders, and leaves out what is hidden, linked or Platter’s own', () => {
    touch(
      'b.img',
      'a.img',
      '.hidden',
      `.a.img.00${partialSuffix}`,
      `x${partialSuffix}`,
      'a.img.platter-backup',
    );
    mkdirSync(join(folder, 'deep'));
    mkdirSync(join(folder, '.git'));
    symlinkSync(join(folder, 'a.img'), join(folder, 'link.img'));
    symlinkSync(folder, join(folder, 'circle'));
    const [content] = listFolders([{ path: folder, after: null }]);
    expect(content).toMatchObject({ path: folder, folders: ['deep'], more: null, failure: null });
    const { size, mtimeMs } = statSync(join(folder, 'a.img'));
    expect(content!.files).toMatchObject([
      { name: 'a.img', sizeBytes: size, modifiedMilliseconds: mtimeMs },
      { name: 'b.img' },
    ]);
  });

  it('answers in pieces, each going on where the last one ended', () => {
    const names = Array.from({ length: 25 }, (_, index) => `disk-${String(index).padStart(2, '0')}`);
    touch(...names);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const [content] = listFolders([{ path: folder, after }], 10);
      seen.push(...content!.files.map(({ name }) => name));
      after = content!.more;
      if (after === 'disk-09') touch('disk-05b', 'disk-20b');
    } while (after !== null);
    expect(seen).toEqual([...names.slice(0, 21), 'disk-20b', ...names.slice(21)]);
  });

  it('leaves folders for the next answer when this one is full', () => {
    touch('a', 'b', 'c');
    const requests = [folder, folder].map((path) => ({ path, after: null }));
    expect(listFolders(requests, 3)).toHaveLength(1);
    expect(listFolders(requests, 30)).toHaveLength(2);
  });

  it('says of a folder why it cannot be read, and lists the others', () => {
    touch('a');
    const gone = join(folder, 'gone');
    const contents = listFolders([gone, folder].map((path) => ({ path, after: null })));
    expect(contents).toMatchObject([
      { path: gone, failure: { code: 'io.not-found' } },
      { path: folder, files: [{ name: 'a' }] },
    ]);
  });
});

describe('stampFiles', () => {
  it('knows what is there and what is not', () => {
    touch('a');
    const [there, gone, aFolder] = stampFiles([join(folder, 'a'), join(folder, 'b'), folder]);
    expect(there).toMatchObject({ sizeBytes: 1 });
    expect([gone, aFolder]).toEqual([null, null]);
  });
});
