import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isHidden, listFolder, parentOf } from '../../../electron/services/folder-listing.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();

describe('listFolder', () => {
  it('has folders first, by name as a person counts, without what is hidden', async () => {
    const folder = mkdtempSync(join(scratch, 'listing-'));
    for (const name of ['disk10.img', 'Disk2.img', 'disk1.img', '.hidden', '$Recycle.Bin']) {
      writeFileSync(join(folder, name), '12345');
    }
    for (const name of ['zoo', 'Attic', '.config']) mkdirSync(join(folder, name));
    const entries = await listFolder(folder);
    expect(entries.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'folder Attic',
      'folder zoo',
      'file disk1.img',
      'file Disk2.img',
      'file disk10.img',
    ]);
  });

  it('tells size and time of files, and follows links', async () => {
    const folder = mkdtempSync(join(scratch, 'listing-'));
    const path = join(folder, 'a.img');
    writeFileSync(path, '12345');
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    symlinkSync(path, join(folder, 'link.img'));
    const modifiedAt = '2023-11-14T22:13:20.000Z';
    expect(await listFolder(folder)).toEqual([
      { name: 'a.img', path, kind: 'file', sizeBytes: 5, modifiedAt },
      { name: 'link.img', path: join(folder, 'link.img'), kind: 'file', sizeBytes: 5, modifiedAt },
    ]);
  });

  it('lists what it cannot look at, and leaves out what is neither file nor folder', async () => {
    const folder = mkdtempSync(join(scratch, 'listing-'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken'));
    if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await listFolder(folder)).toEqual([
      { name: 'broken', path: join(folder, 'broken'), kind: 'file', sizeBytes: null, modifiedAt: null },
    ]);
  });

  it('says that it is no folder', async () => {
    const path = join(scratch, 'file');
    writeFileSync(path, '');
    await expect(listFolder(path)).rejects.toMatchObject({
      code: 'io.failed',
      details: { path, reason: 'ENOTDIR' },
    });
  });
});

describe('parentOf', () => {
  it('ends at the top', () => {
    expect(parentOf(join(scratch, 'a'))).toBe(scratch);
    expect(parentOf(parse(scratch).root)).toBeNull();
  });
});

describe('isHidden', () => {
  it('goes by the name', () => {
    expect(['.a', '$a', 'a', 'a.b', 'a$'].map(isHidden)).toEqual([true, true, false, false, false]);
  });
});
