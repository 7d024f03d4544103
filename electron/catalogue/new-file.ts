/** A file that is whole or not there: it grows beside its name, is synced, and then gets the name, never another's. */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure, systemFailure } from '#shared/failure.ts';

/**
 * Has `write` make a file at the path it is given, which then becomes `path`.
 * @throws Failure `io.*`; `io.exists` when there is something with that name; what `write` throws.
 */
export function makeNewFile(path: string, write: (temporaryPath: string) => void): void {
  if (existsSync(path)) throw new Failure('io.exists', { path });
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.partial`);
  try {
    write(temporary);
    sync(temporary);
    giveName(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    throw systemFailure(error, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A link never replaces anything; file systems without links are asked first. */
function giveName(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || existsSync(path)) throw error;
    renameSync(temporary, path);
  }
}

/** Folders cannot be synced everywhere; the name is there all the same. */
export function syncFolder(path: string): void {
  try {
    sync(path);
  } catch {
    try {
      const folder = openSync(path, 'r');
      fsyncSync(folder);
      closeSync(folder);
    } catch {
      return;
    }
  }
}
