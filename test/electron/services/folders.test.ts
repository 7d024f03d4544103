import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listFolders, stampFiles } from '#engine/operations/list-folders.ts';
import type { FileLook, FolderRequest } from '#shared/domain/scan.ts';
import { lookAt } from '../catalogue/some-look.ts';
import { scratchFolder } from '../engine/scratch.ts';
import type { FakeOperation } from '../jobs/fake-thread.ts';
import { createPortPair, listed, failureOf, type PortPair } from './port-pair.ts';

const scratch = scratchFolder();
let folder: string;
let pair: PortPair;

/** Takes every file for a raw disk. */
const operation: FakeOperation = (name, input) => {
  const { folders, paths } = input as { folders: readonly FolderRequest[]; paths: readonly string[] };
  if (name === 'listFolders') return Promise.resolve(listFolders(folders));
  const stamps = stampFiles(paths);
  if (name === 'stampFiles') return Promise.resolve(stamps);
  const looks: FileLook[] = paths.map((path, index) => ({ ...lookAt(path), stamp: stamps[index] ?? null }));
  return Promise.resolve(looks);
};

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(scratch, 'watched-')));
  pair = createPortPair(scratch, { operation });
});
afterEach(() => pair.close());

describe('folders', () => {
  it('are watched by their real name, scanned, and told of', async () => {
    writeFileSync(join(folder, 'a.img'), 'content');
    const link = `${folder}-link`;
    symlinkSync(folder, link);
    const told: string[] = [];
    const watched = await pair.client.folders.watch();
    void (async () => {
      for await (const event of watched) told.push(event);
    })().catch(() => {});
    const added = await pair.client.folders.add({ path: link });
    expect(added).toMatchObject({ path: folder, imageCount: 0, failure: null });
    await vi.waitFor(
      async () => expect(await listed(pair.client)).toMatchObject([{ path: join(folder, 'a.img') }]),
      { timeout: 20_000 },
    );
    expect(await pair.client.folders.scan({ id: added.id })).toMatchObject({
      filesListed: 1,
      filesOpened: 0,
    });
    expect(await pair.client.folders.list()).toMatchObject([{ id: added.id, imageCount: 1, progress: null }]);
    expect(told.length).toBeGreaterThan(0);
    await pair.client.folders.remove({ id: added.id, forgetImages: true });
    expect([await pair.client.folders.list(), await listed(pair.client)]).toEqual([[], []]);
  });

  it('must be folders that are there, and not watched already', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, '');
    expect((await failureOf(pair.client.folders.add({ path }))).code).toBe('input.invalid');
    expect((await failureOf(pair.client.folders.add({ path: `${path}s` }))).code).toBe('io.not-found');
    await pair.client.folders.add({ path: folder });
    mkdirSync(join(folder, 'below'));
    expect(await failureOf(pair.client.folders.add({ path: join(folder, 'below') }))).toMatchObject({
      code: 'input.invalid',
      details: { problem: expect.stringContaining('lies in') as string },
    });
    expect((await failureOf(pair.client.folders.scan({ id: 99 }))).code).toBe('input.invalid');
  });
});
