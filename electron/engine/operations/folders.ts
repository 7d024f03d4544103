/** Folders that an operation makes on its way, and removes again when it fails. */
import { mkdirSync, rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { systemFailure } from '#shared/failure.ts';

/** Makes the folder and those above it; those that were not there before, the outermost first. @throws Failure `io.*`. */
export function makeFolders(path: string): string[] {
  let first: string | undefined;
  try {
    first = mkdirSync(path, { recursive: true });
  } catch (error) {
    throw systemFailure(error, path);
  }
  if (first === undefined) return [];
  const made: string[] = [];
  const outermost = resolve(first);
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    made.unshift(folder);
    if (folder === outermost || folder === dirname(folder)) return made;
  }
}

/** Removes the folders that makeFolders() made, as far as nothing else lies in them. */
export function removeFolders(made: readonly string[]): void {
  for (const folder of [...made].reverse()) {
    try {
      rmdirSync(folder);
    } catch {
      // Somebody else's file lies in it, or it is gone already.
    }
  }
}
