import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { renameFile } from '../../../electron/library/rename.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'rename-'));
  path = join(folder, 'a.img');
  writeFileSync(path, 'content');
});

describe('renameFile', () => {
  it('gives the file another name', async () => {
    const newPath = await renameFile(path, 'b.img');
    expect(newPath).toBe(join(folder, 'b.img'));
    expect(readdirSync(folder)).toEqual(['b.img']);
    expect(readFileSync(newPath, 'utf8')).toBe('content');
  });

  it('does nothing for the name it has', async () => {
    expect(await renameFile(path, 'a.img')).toBe(path);
    expect(existsSync(path)).toBe(true);
  });

  it('changes only the case', async () => {
    await renameFile(path, 'A.img');
    expect(readdirSync(folder)).toEqual(['A.img']);
  });

  it('never replaces what has the name: a file, a folder, or another name of the same file', async () => {
    writeFileSync(join(folder, 'file'), 'precious');
    mkdirSync(join(folder, 'folder'));
    linkSync(path, join(folder, 'link'));
    for (const name of ['file', 'folder', 'link']) {
      await expect(renameFile(path, name)).rejects.toMatchObject({
        code: 'io.exists',
        details: { path: join(folder, name) },
      });
    }
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('precious');
    expect(readFileSync(path, 'utf8')).toBe('content');
  });

  it('says that there is no such file', async () => {
    const missing = join(folder, 'missing');
    await expect(renameFile(missing, 'b')).rejects.toMatchObject({
      code: 'io.not-found',
      details: { path: missing },
    });
  });

  it('says that the name is too long for the system', async () => {
    await expect(renameFile(path, 'x'.repeat(300))).rejects.toMatchObject({
      code: 'io.failed',
      details: { reason: 'ENAMETOOLONG' },
    });
    expect(existsSync(path)).toBe(true);
  });
});
