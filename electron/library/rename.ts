/** Renames a file in its folder so that no other file is ever replaced. */
import { link, lstat, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure, systemFailure } from '#shared/failure.ts';

/**
 * Gives the file at `path` another name in its folder and returns the new path.
 * @throws Failure `io.exists` when something has that name; `io.not-found`, `io.*`.
 */
export async function renameFile(path: string, fileName: string): Promise<string> {
  const newPath = join(dirname(path), fileName);
  if (newPath === path) return path;
  try {
    // link() refuses an existing name, where rename() would replace it.
    await link(path, newPath);
  } catch (error) {
    await renameWithoutLink(path, newPath, error);
    return newPath;
  }
  await unlink(path).catch(async (error: unknown) => {
    await unlink(newPath);
    throw systemFailure(error, path);
  });
  return newPath;
}

/** For file systems without links, and for a change of case on those that do not tell cases apart. */
async function renameWithoutLink(path: string, newPath: string, refusal: unknown): Promise<void> {
  const code = (refusal as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') throw systemFailure(refusal, path);
  if (await isOccupied(path, newPath)) throw new Failure('io.exists', { path: newPath }, refusal);
  try {
    await rename(path, newPath);
  } catch (error) {
    throw systemFailure(error, path);
  }
}

async function isOccupied(path: string, newPath: string): Promise<boolean> {
  const there = await lstat(newPath, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw systemFailure(error, newPath);
  });
  if (!there) return false;
  if (path.toLowerCase() !== newPath.toLowerCase()) return true;
  const own = await lstat(path, { bigint: true });
  return own.ino !== there.ino || own.dev !== there.dev;
}
