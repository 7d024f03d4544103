/** The content of a folder, for the in-app picker. */
import { opendir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FolderEntry } from '#shared/domain/files.ts';
import { systemFailure } from '#shared/failure.ts';
import { mapBounded } from '../library/bounded.ts';

/** A picker with more lines than this helps nobody. */
const entryLimit = 10_000;
const width = 4;

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/**
 * The folders and files in `folder`, folders first, by name; links are followed, hidden ones and what is neither a
 * folder nor a file are left out, and what cannot be looked at is listed without its size.
 * @throws Failure `io.*` when the folder itself cannot be read.
 */
export async function listFolder(folder: string): Promise<FolderEntry[]> {
  const names = await readNames(folder);
  const entries = await mapBounded(names, width, (name) => entryOf(folder, name));
  return entries
    .filter((entry) => entry !== null)
    .sort((a, b) => (a.kind === b.kind ? byName.compare(a.name, b.name) : a.kind === 'folder' ? -1 : 1));
}

/** The folder above, null at the top. */
export function parentOf(folder: string): string | null {
  const parent = dirname(folder);
  return parent === folder ? null : parent;
}

async function readNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (isHidden(entry.name)) continue;
      names.push(entry.name);
      if (names.length === entryLimit) break;
    }
  } catch (error) {
    throw systemFailure(error, folder);
  }
  return names;
}

/** Hidden by the customs of Unix; `$Recycle.Bin` and its like by those of Windows. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('$');
}

async function entryOf(folder: string, name: string): Promise<FolderEntry | null> {
  const path = join(folder, name);
  try {
    const status = await stat(path);
    const modifiedAt = status.mtime.toISOString();
    if (status.isDirectory()) return { name, path, kind: 'folder', sizeBytes: null, modifiedAt };
    if (status.isFile()) return { name, path, kind: 'file', sizeBytes: status.size, modifiedAt };
    return null;
  } catch {
    return { name, path, kind: 'file', sizeBytes: null, modifiedAt: null };
  }
}
