// Tests of the cache of what the tests fetch and compile: built once, whole or not at all, however many ask.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { cachedFolder, testCacheFolder, type CacheEntry } from './cache-folder.ts';

describe('testCacheFolder', () => {
  it.each([
    [{ XDG_CACHE_HOME: '/some/cache' }, '/some/cache/platter-test'],
    [{ XDG_CACHE_HOME: '' }, join(homedir(), '.cache/platter-test')],
    [{ XDG_CACHE_HOME: 'relative' }, join(homedir(), '.cache/platter-test')],
    [{}, join(homedir(), '.cache/platter-test')],
  ])('with %j is %s', (env, expected) => {
    expect(testCacheFolder(env)).toBe(expected);
  });
});

describe('cachedFolder', () => {
  let root: string;
  let builds: number;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'platter-cache-'));
    builds = 0;
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function entry(build?: CacheEntry['build']): CacheEntry {
    return {
      folder: join(root, 'deep/thing'),
      proof: 'proof',
      timeoutMs: 30_000,
      build: async (folder) => {
        builds++;
        await delay(20);
        writeFileSync(join(folder, 'proof'), 'whole');
        await build?.(folder);
      },
    };
  }

  it('builds once for many callers and leaves nothing beside the entry', async () => {
    const folders = await Promise.all(Array.from({ length: 8 }, () => cachedFolder(entry())));
    expect(new Set(folders)).toEqual(new Set([join(root, 'deep/thing')]));
    expect(builds).toBe(1);
    expect(readdirSync(join(root, 'deep'))).toEqual(['thing']);
  });

  it('leaves nothing behind when building fails, and builds the next time', async () => {
    const failing = entry(() => Promise.reject(new Error('no network')));
    await expect(cachedFolder(failing)).rejects.toThrow('no network');
    expect(readdirSync(join(root, 'deep'))).toEqual([]);
    await cachedFolder(entry());
    expect(builds).toBe(2);
  });

  it('refuses a build that did not make the proof', async () => {
    const empty = { ...entry(), build: () => Promise.resolve() };
    await expect(cachedFolder(empty)).rejects.toThrow('building thing did not make proof');
    expect(existsSync(empty.folder)).toBe(false);
  });

  it('builds a damaged entry again', async () => {
    mkdirSync(join(root, 'deep/thing'), { recursive: true });
    writeFileSync(join(root, 'deep/thing/half'), '');
    const folder = await cachedFolder(entry());
    expect(readdirSync(folder)).toEqual(['proof']);
  });

  it('takes over the lock of a process that has ended, and removes what it left', async () => {
    const lock = join(root, 'deep/thing.lock');
    mkdirSync(lock, { recursive: true });
    mkdirSync(join(root, 'deep/thing.building-dead'));
    // Above the largest process id that Linux gives.
    writeFileSync(join(lock, 'owner.json'), JSON.stringify({ host: hostname(), pid: 5_000_000, token: 'x' }));
    await cachedFolder(entry());
    expect(readdirSync(join(root, 'deep'))).toEqual(['thing']);
  });

  it('takes over a lock that is held longer than the limit', async () => {
    const lock = join(root, 'deep/thing.lock');
    mkdirSync(lock, { recursive: true });
    writeFileSync(
      join(lock, 'owner.json'),
      JSON.stringify({ host: hostname(), pid: process.pid, token: 'x' }),
    );
    await expect(cachedFolder({ ...entry(), timeoutMs: 300 })).resolves.toBeDefined();
    expect(builds).toBe(1);
  });
});
