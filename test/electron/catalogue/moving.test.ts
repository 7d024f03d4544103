import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUp, listBackups } from '../../../electron/catalogue/backups.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { listImages } from '../../../electron/catalogue/images.ts';
import { problemsIn } from '../../../electron/catalogue/integrity.ts';
import { libraryLocation } from '../../../electron/catalogue/location.ts';
import { askedMove, askForMove, currentLocation, openInPlace } from '../../../electron/catalogue/moving.ts';
import { takeProcessLock } from '../../../electron/catalogue/process-lock.ts';
import { readRescue } from '../../../electron/catalogue/recovery.ts';
import { addEntry } from './some-content.ts';

let root: string;
let home: string;
let logged: string[];
const now = Date.parse('2026-01-02T03:04:05.678Z');
const log = (line: string): number => logged.push(line);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'platter-moving-'));
  home = join(root, 'home');
  logged = [];
  const catalogue = openCatalogue(libraryLocation(home).databasePath);
  addEntry(catalogue, '/images/a.raw');
  catalogue.close();
});
afterEach(() => rmSync(root, { recursive: true }));

/** A start of Platter: where it finds the library, what is in it, and what it tells. */
function start(): { folder: string; paths: string[]; told: string | undefined; keptAt: string | undefined } {
  const { catalogue, location } = openInPlace(home, log, now);
  const rescue = readRescue(catalogue);
  const paths = listImages(catalogue).map(({ path }) => path);
  catalogue.close();
  return { folder: location.folder, paths, told: rescue?.kind, keptAt: rescue?.keptAt };
}

const paths = ['/images/a.raw'];

describe('moving the library', () => {
  it('happens with the next start, and what was there before is kept', () => {
    const folder = join(root, 'new/place');
    askForMove(folder, home);
    expect([askedMove(home), currentLocation(home).folder]).toEqual([folder, home]);
    const keptAt = join(home, 'library.sqlite.moved-20260102T030405678Z');
    expect(start()).toEqual({ folder, paths, told: 'moved', keptAt });
    expect(existsSync(join(home, 'library.sqlite'))).toBe(false);
    const kept = openCatalogue(keptAt);
    expect(listImages(kept)).toHaveLength(1);
    kept.close();
    expect(start()).toMatchObject({ folder, paths });
    expect([askedMove(home), currentLocation(home).folder]).toEqual([null, folder]);
    expect(logged).toEqual([]);
  });

  it('goes on from the new place, and back', () => {
    askForMove(join(root, 'second'), home);
    start();
    askForMove(join(root, 'third'), home);
    expect(start().folder).toBe(join(root, 'third'));
    askForMove(home, home);
    expect(start()).toMatchObject({ folder: home, paths });
    expect(readdirSync(home)).not.toContain('library-place.json');
  });

  it('takes its backups along, and none over another one', () => {
    const { databasePath, backupsFolder } = libraryLocation(home);
    const first = backUp(databasePath, backupsFolder, now - 86_400_000);
    const second = backUp(databasePath, backupsFolder, now, 'before-change');
    writeFileSync(join(backupsFolder, 'mine.txt'), 'a letter');
    const folder = join(root, 'new');
    mkdirSync(join(folder, 'backups'), { recursive: true });
    writeFileSync(join(folder, 'backups', second.name), 'theirs');
    askForMove(folder, home);
    expect(start().folder).toBe(folder);
    expect(listBackups(join(folder, 'backups')).map(({ name }) => name)).toEqual([second.name, first.name]);
    expect(problemsIn(join(folder, 'backups', first.name))).toEqual([]);
    expect(readFileSync(join(folder, 'backups', second.name), 'utf8')).toBe('theirs');
    expect(readdirSync(backupsFolder).sort()).toEqual([second.name, 'mine.txt']);
    expect(logged).toEqual([expect.stringContaining(second.name)]);
  });

  it('can be taken back before', () => {
    askForMove(join(root, 'new'), home);
    askForMove(null, home);
    expect(start()).toMatchObject({ folder: home, told: undefined });
  });

  it('is refused where it is, and where another library is', () => {
    expect(() => askForMove(home, home)).toThrow(/already/);
    openCatalogue(join(root, 'other/library.sqlite')).close();
    expect(() => askForMove(join(root, 'other'), home)).toThrow(
      expect.objectContaining({ code: 'io.exists' }),
    );
    writeFileSync(join(root, 'file'), '');
    expect(() => askForMove(join(root, 'file/below'), home)).toThrow();
    expect(askedMove(home)).toBeNull();
  });

  it('leaves everything as it was when it fails, and says so', () => {
    const folder = join(root, 'new');
    askForMove(folder, home);
    // Somebody else puts a library there meanwhile: it is not replaced.
    writeFileSync(join(folder, 'library.sqlite'), 'theirs');
    expect(start()).toEqual({ folder: home, paths, told: 'not-moved', keptAt: folder });
    expect(readFileSync(join(folder, 'library.sqlite'), 'utf8')).toBe('theirs');
    expect(askedMove(home)).toBeNull();
    expect(logged).toHaveLength(1);
  });

  it('does not happen while another Platter writes to the library', () => {
    const other = takeProcessLock(libraryLocation(home).locksFolder);
    try {
      askForMove(join(root, 'new'), home);
      expect(start()).toMatchObject({ folder: home, told: 'not-moved' });
    } finally {
      other.release();
    }
  });

  it('begins no new library where the moved one is not there', () => {
    const folder = join(root, 'drive');
    askForMove(folder, home);
    start();
    rmSync(folder, { recursive: true });
    expect(() => start()).toThrow(expect.objectContaining({ code: 'io.not-found' }));
    expect(existsSync(folder)).toBe(false);
  });

  it('takes a note that makes no sense for none', () => {
    for (const text of ['', 'null', '[]', '{"folder": "relative"}', '{"folder": 7, "asked": {}}']) {
      mkdirSync(home, { recursive: true });
      writeFileSync(join(home, 'library-place.json'), text);
      expect(currentLocation(home).folder).toBe(home);
    }
  });
});
