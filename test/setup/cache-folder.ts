// The cache of what the tests fetch and compile: each entry is built beside its final name, once, and renamed into place.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The folder of all entries: `$XDG_CACHE_HOME/platter-test`, or `~/.cache/platter-test`. */
export function testCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME'];
  // The XDG Base Directory Specification has relative paths ignored.
  return join(base && isAbsolute(base) ? base : join(homedir(), '.cache'), 'platter-test');
}

export interface CacheEntry {
  /** The entry's folder, which exists only when it is whole. */
  readonly folder: string;
  /** A file inside it without which the entry counts as damaged and is built again. */
  readonly proof: string;
  /** How long building may take, and therefore how long another process is waited for. */
  readonly timeoutMs: number;
  /** Fills the empty folder it is given. */
  readonly build: (folder: string) => Promise<void>;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

interface LockOwner {
  readonly host: string;
  readonly pid: number;
  readonly token: string;
}

async function readOwner(lock: string): Promise<LockOwner | null> {
  try {
    return JSON.parse(await readFile(join(lock, 'owner.json'), 'utf8')) as LockOwner;
  } catch {
    return null;
  }
}

async function isAbandoned(lock: string, timeoutMs: number): Promise<boolean> {
  const made = await stat(lock).catch(() => null);
  if (made === null) return false;
  if (Date.now() - made.mtimeMs > timeoutMs) return true;
  const owner = await readOwner(lock);
  if (owner === null || owner.host !== hostname()) return false;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Takes the lock by renaming a folder that already names its owner, so that no lock is ever without one. */
async function takeLock(lock: string, owner: LockOwner): Promise<boolean> {
  const own = `${lock}.${owner.token}`;
  await mkdir(own);
  await writeFile(join(own, 'owner.json'), JSON.stringify(owner));
  try {
    await rename(own, lock);
    return true;
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EPERM') return false;
    throw error;
  }
}

/**
 * Renamed away first: between the removal of its owner and of the folder it would be an empty one, over which another
 * caller may rename its own.
 */
async function removeLock(lock: string): Promise<void> {
  const gone = `${lock}.${randomBytes(8).toString('hex')}`;
  try {
    await rename(lock, gone);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(gone, { recursive: true, force: true });
}

async function withLock(
  lock: string,
  timeoutMs: number,
  done: () => Promise<boolean>,
  work: () => Promise<void>,
) {
  const owner: LockOwner = { host: hostname(), pid: process.pid, token: randomBytes(8).toString('hex') };
  const giveUpAt = Date.now() + timeoutMs;
  while (!(await takeLock(lock, owner))) {
    if (await done()) return;
    if (await isAbandoned(lock, timeoutMs)) {
      // Two waiters may both see it abandoned; at worst the entry is built twice, and the first rename wins.
      await removeLock(lock);
      continue;
    }
    if (Date.now() > giveUpAt) throw new Error(`still locked after ${timeoutMs / 1000} s: ${lock}`);
    await delay(200);
  }
  try {
    if (!(await done())) await work();
  } finally {
    if ((await readOwner(lock))?.token === owner.token) await removeLock(lock);
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  const prefix = `${basename(folder)}.building-`;
  for (const name of await readdir(dirname(folder))) {
    if (name.startsWith(prefix)) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

async function buildBeside(entry: CacheEntry): Promise<void> {
  await removeLeftovers(entry.folder);
  const building = `${entry.folder}.building-${randomBytes(4).toString('hex')}`;
  await mkdir(building);
  try {
    await entry.build(building);
    if (!(await exists(join(building, entry.proof)))) {
      throw new Error(`building ${basename(entry.folder)} did not make ${entry.proof}`);
    }
    await rm(entry.folder, { recursive: true, force: true });
    await rename(building, entry.folder);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/**
 * Returns the entry's folder, building it first when it is not there. Any number of processes may call this at once: one
 * builds and the others wait. A failed build leaves nothing behind.
 */
export async function cachedFolder(entry: CacheEntry): Promise<string> {
  const done = (): Promise<boolean> => exists(join(entry.folder, entry.proof));
  if (await done()) return entry.folder;
  await mkdir(dirname(entry.folder), { recursive: true });
  await withLock(`${entry.folder}.lock`, entry.timeoutMs, done, () => buildBeside(entry));
  return entry.folder;
}
