/** Removes partial files that a job left behind, and nothing else. */
import { lstat, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { partialSuffix } from '#engine/bytes/partial-file.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import { clearPartialFile } from '../catalogue/partial-files.ts';

/** Whether a name is one that only an output which is not complete has. */
export function isPartialName(name: string): boolean {
  return name.startsWith('.') && name.endsWith(partialSuffix) && name.length > partialSuffix.length + 1;
}

/**
 * Removes the files and takes them off the record once they are known to be gone. One that cannot be removed now, or
 * whose folder is not there (a drive that is not plugged in), stays on record for the next start.
 */
export async function removePartialFiles(
  catalogue: Catalogue,
  paths: readonly string[],
  log: Log,
): Promise<void> {
  for (const path of paths) {
    try {
      if (await removePartialFile(path)) clearPartialFile(catalogue, path);
    } catch (error) {
      log(`a partial file stays for now: ${path}: ${String(error)}`);
    }
  }
}

/**
 * Removes one file, if its name and kind are those of a partial output.
 * @returns whether it need not be looked for again.
 */
export async function removePartialFile(path: string): Promise<boolean> {
  if (!isPartialName(basename(path))) return true;
  try {
    const status = await lstat(path);
    if (!status.isFile()) return true;
    await unlink(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return folderExists(dirname(path));
  }
}

async function folderExists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
