/** Taking back what a person changed in the library, also the names of files. */
import { basename } from 'node:path';
import { isFailure } from '#shared/failure.ts';
import { applyEdit, forgetEdit, nextEdit, type Direction, type Edit } from '../catalogue/edits.ts';
import { moveReferences } from '../catalogue/references.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { renameFile } from './rename.ts';

/**
 * Takes the last edit back, or does the next one again. A file that was renamed gets its other name first: where that
 * cannot be, nothing is changed. An edit that never can be taken back is forgotten. @returns the edit; null when there was none. @throws Failure `io.*`, `input.invalid`.
 */
export async function turnEdit(catalogue: Catalogue, direction: Direction): Promise<Edit | null> {
  const edit = nextEdit(catalogue, direction);
  if (edit === null) return null;
  const renamed: { readonly from: string; readonly to: string }[] = [];
  try {
    for (const { table, before, after } of edit.changes) {
      if (table !== 'file') continue;
      const [from, to] = direction === 'undo' ? [after, before] : [before, after];
      const names = { from: String(from?.['path']), to: String(to?.['path']) };
      await renameFile(names.from, basename(names.to));
      renamed.push(names);
    }
    applyEdit(catalogue, edit, direction);
    for (const { from, to } of renamed) moveReferences(catalogue, from, to);
  } catch (error) {
    for (const { from, to } of renamed.reverse()) await renameFile(to, basename(from));
    // It never can be: what it changed is not there any more. It must not stand before the others for ever.
    if (isFailure(error, 'input.invalid') || isFailure(error, 'io.not-found')) forgetEdit(catalogue, edit);
    throw error;
  }
  return edit;
}
