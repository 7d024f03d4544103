/** list-folders: what is in folders, for scanning them: names and stamps, a bounded number at a time. */
import { lstatSync, readdirSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import type { FileStamp, FolderContent, FolderRequest, ListedFile } from '#shared/domain/scan.ts';
import { isFailure, systemFailure } from '#shared/failure.ts';
import { partialSuffix } from '../bytes/partial-file.ts';
import { stampOf } from './recognise.ts';

/** Names in one answer: more would hold up the thread that reads it. */
const answerLimit = 2000;

/**
 * What is in the folders, in their order, as far as one answer goes: those that it does not reach have no part in it.
 * A folder that cannot be read is part of the answer. Hidden names, links and what Platter itself is writing are left out.
 */
export function listFolders(requests: readonly FolderRequest[], limit = answerLimit): FolderContent[] {
  const contents: FolderContent[] = [];
  let left = limit;
  for (const request of requests) {
    if (left <= 0) break;
    const content = listFolder(request, left);
    contents.push(content);
    left -= content.files.length + content.folders.length + 1;
  }
  return contents;
}

function listFolder({ path, after }: FolderRequest, limit: number): FolderContent {
  const content = { path, identity: null, files: [], folders: [], more: null, failure: null };
  let identity: string;
  let entries: Dirent[];
  try {
    const { dev, ino } = lstatSync(path, { bigint: true });
    identity = `${dev}:${ino}`;
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    return { ...content, failure: systemFailure(error, path).toData() };
  }
  // In an order of its own, so that the next answer goes on where this one ends, whatever came or went meanwhile.
  const wanted = entries
    .filter(({ name }) => isListed(name) && (after === null || name > after))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shown = wanted.slice(0, limit);
  const files: ListedFile[] = [];
  for (const entry of shown) {
    if (!entry.isFile()) continue;
    const file = stampedFile(join(path, entry.name), entry.name);
    if (file !== null) files.push(file);
  }
  return {
    ...content,
    identity,
    files,
    folders: shown.filter((entry) => entry.isDirectory()).map(({ name }) => name),
    more: shown.length < wanted.length ? shown[shown.length - 1]!.name : null,
  };
}

/** The stamps of files wherever they are; null for what is not there or is no regular file. Others count as there. */
export function stampFiles(paths: readonly string[]): (FileStamp | null)[] {
  return paths.map((path) => stampedFile(path, ''));
}

function isListed(name: string): boolean {
  return !name.startsWith('.') && !name.startsWith('$') && !isOurs(name);
}

/** What Platter puts beside an image while it works, and what it keeps of an image that it repaired. */
function isOurs(name: string): boolean {
  return name.endsWith(partialSuffix) || name.endsWith('.platter-backup');
}

/** Null when the file has gone since the folder was read, or is none any more. */
function stampedFile(path: string, name: string): ListedFile | null {
  try {
    const status = lstatSync(path, { bigint: true });
    return status.isFile() ? { name, ...stampOf(status) } : null;
  } catch (error) {
    const failure = systemFailure(error, path);
    if (isFailure(failure, 'io.not-found')) return null;
    // The folder can be read and its files not even be asked for: opening it says why.
    return { name, device: '', inode: '', born: '', sizeBytes: 0, modifiedMilliseconds: 0 };
  }
}
