import { mkdirSync, mkdtempSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { locateFile, type KnownFile } from '../../../electron/services/locate-file.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const file: KnownFile = { name: 'a.ova', sizeBytes: 5, modifiedAt: 1_700_000_000_000 };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'locate-'));
});

function place(...segments: string[]): string {
  const path = join(folder, ...segments);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '12345');
  utimesSync(path, file.modifiedAt / 1000, file.modifiedAt / 1000);
  return path;
}

describe('locateFile', () => {
  it('finds a file in a folder and two below, the nearest first', async () => {
    const deep = place('one', 'two', 'a.ova');
    expect(await locateFile(file, [folder])).toBe(deep);
    const near = place('one', 'a.ova');
    expect(await locateFile(file, [folder])).toBe(near);
    const here = place('a.ova');
    expect(await locateFile(file, [folder])).toBe(here);
    expect(await locateFile(file, [join(folder, 'one'), folder])).toBe(near);
  });

  it('does not take another file for it', async () => {
    const path = place('a.ova');
    expect(await locateFile({ ...file, sizeBytes: 6 }, [folder])).toBeNull();
    expect(await locateFile({ ...file, modifiedAt: file.modifiedAt + 5000 }, [folder])).toBeNull();
    expect(await locateFile({ ...file, modifiedAt: file.modifiedAt + 1000 }, [folder])).toBe(path);
    expect(await locateFile({ ...file, name: 'b.ova' }, [folder])).toBeNull();
    mkdirSync(join(folder, 'b.ova'));
    const { size, mtimeMs } = statSync(join(folder, 'b.ova'));
    expect(await locateFile({ name: 'b.ova', sizeBytes: size, modifiedAt: mtimeMs }, [folder])).toBeNull();
  });

  it('does not look three below, behind links, or in hidden folders', async () => {
    place('one', 'two', 'three', 'a.ova');
    place('.hidden', 'a.ova');
    expect(await locateFile(file, [folder])).toBeNull();
    const other = mkdtempSync(join(scratch, 'locate-'));
    symlinkSync(join(folder, '.hidden'), join(other, 'link'));
    expect(await locateFile(file, [other])).toBeNull();
  });

  it('does not leave the folders by the name', async () => {
    place('a.ova');
    mkdirSync(join(folder, 'one'));
    for (const name of ['../a.ova', `${folder}/a.ova`, '..', '.']) {
      expect(await locateFile({ ...file, name }, [join(folder, 'one')])).toBeNull();
    }
  });

  it('gives up at its limits', async () => {
    for (let index = 0; index < 20; index++) place(`folder-${index}`, 'other');
    place('folder-5', 'below', 'a.ova');
    const limits = { depth: 2, entries: 1000, milliseconds: 1000 };
    const found = join(folder, 'folder-5', 'below', 'a.ova');
    expect(await locateFile(file, [folder], limits)).toBe(found);
    expect(await locateFile(file, [folder], { ...limits, depth: 1 })).toBeNull();
    expect(await locateFile(file, [folder], { ...limits, entries: 20 })).toBeNull();
    let time = 0;
    expect(await locateFile(file, [folder], limits, () => (time += 300))).toBeNull();
  });

  it('goes on after a folder that cannot be read', async () => {
    const path = place('a.ova');
    expect(await locateFile(file, [join(folder, 'missing'), path, folder])).toBe(path);
  });
});
