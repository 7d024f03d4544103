import { existsSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratchFolder } from '../engine/scratch.ts';
import { createPortPair, failureOf, type PortPair } from './port-pair.ts';

const scratch = scratchFolder();
let folder: string;
let pair: PortPair;
beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'files-'));
  pair = createPortPair(scratch);
});
afterEach(() => pair.close());

describe('files.list', () => {
  it('shows a folder, the one above, and places to start from', async () => {
    writeFileSync(join(folder, 'a.ova'), 'content');
    const listing = await pair.client.files.list({ folder: `${folder}/.` });
    expect(listing).toMatchObject({ path: folder, parent: dirname(folder) });
    expect(listing.entries.map((entry) => entry.name)).toEqual(['a.ova']);
    expect(listing.places[0]).toEqual({ title: 'Home', path: homedir() });
  });

  it('begins at home', async () => {
    expect((await pair.client.files.list({})).path).toBe(homedir());
  });

  it('says why a folder cannot be shown', async () => {
    const missing = join(folder, 'missing');
    expect(await failureOf(pair.client.files.list({ folder: missing }))).toEqual({
      code: 'io.not-found',
      details: { path: missing },
    });
  });
});

describe('files.createFolder', () => {
  it('makes a folder, once', async () => {
    const path = await pair.client.files.createFolder({ folder, name: 'new' });
    expect(path).toBe(join(folder, 'new'));
    expect(statSync(path).isDirectory()).toBe(true);
    expect((await failureOf(pair.client.files.createFolder({ folder, name: 'new' }))).code).toBe('io.exists');
  });

  it('makes it in that folder and nowhere else', async () => {
    for (const name of ['..', '.', '../up', 'a/b', '/abs']) {
      expect((await failureOf(pair.client.files.createFolder({ folder, name }))).code).toBe('input.invalid');
    }
    expect(existsSync(join(dirname(folder), 'up'))).toBe(false);
  });
});

describe('files.locate', () => {
  it('finds a dropped file in a folder that was shown before', async () => {
    mkdirSync(join(folder, 'deep'));
    const path = join(folder, 'deep', 'dropped-into-the-window.ova');
    writeFileSync(path, 'content');
    const { size, mtimeMs } = statSync(path);
    const known = { name: 'dropped-into-the-window.ova', sizeBytes: size, modifiedAt: Math.floor(mtimeMs) };
    await pair.client.files.list({ folder });
    expect(await pair.client.files.locate(known)).toEqual({ path });
    expect(await pair.client.files.locate({ ...known, sizeBytes: size + 1 })).toBeNull();
    expect((await failureOf(pair.client.files.locate({ ...known, name: '../a' }))).code).toBe(
      'input.invalid',
    );
  });
});

describe('files.chooseFiles and chooseFolder', () => {
  it('open the dialogs of the host', async () => {
    const asked: unknown[] = [];
    const desktop = createPortPair(scratch, {
      host: {
        chooseFiles: () => Promise.resolve(['/a', '/b']),
        chooseFolder(start) {
          asked.push(start);
          return Promise.resolve(null);
        },
      },
    });
    expect(await desktop.client.files.chooseFiles()).toEqual(['/a', '/b']);
    expect(await desktop.client.files.chooseFolder({ startFolder: '/start' })).toBeNull();
    expect(await desktop.client.files.chooseFolder({})).toBeNull();
    expect(asked).toEqual(['/start', undefined]);
    expect((await desktop.client.application.info()).nativeDialogs).toBe(true);
    await desktop.close();
  });

  it('are refused where there are none', async () => {
    expect((await failureOf(pair.client.files.chooseFiles())).code).toBe('input.invalid');
    expect((await failureOf(pair.client.files.chooseFolder({}))).code).toBe('input.invalid');
  });
});
