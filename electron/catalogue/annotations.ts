/** What a person says of the library's entries: tags, notes, ratings, searches to keep. All of it can be undone. */
import { basename, dirname } from 'node:path';
import {
  tagColors,
  type Annotation,
  type SavedSearch,
  type Tag,
  type TagChange,
  type TagColor,
} from '#shared/domain/library.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, type Phrase } from '#shared/in-english.ts';
import type { Catalogue } from './database.ts';
import { edit, type EditChanges } from './edits.ts';
import { moveReferences } from './references.ts';

/** Says something of all these entries; those that are gone are left out. */
export function annotate(catalogue: Catalogue, ids: readonly number[], annotation: Annotation): void {
  edit(catalogue, labelOf(catalogue, ids, annotation), (changes) => {
    for (const name of annotation.addTags ?? []) {
      const tag = findTag(catalogue, name) ?? makeTag(catalogue, changes, name);
      for (const id of ids) {
        const key = { image_id: id, tag_id: tag.id };
        if (!hasTag(catalogue, key) && hasImage(catalogue, id)) changes.insert('image_tags', key);
      }
    }
    for (const name of annotation.removeTags ?? []) {
      const tag = findTag(catalogue, name);
      if (tag !== null) for (const id of ids) changes.delete('image_tags', { image_id: id, tag_id: tag.id });
    }
    const { note, rating } = annotation;
    for (const id of ids) {
      if (note !== undefined) changes.update('images', { id }, { note: note?.trim() ? note : null });
      if (rating !== undefined) changes.update('images', { id }, { rating });
    }
  });
}

function labelOf(catalogue: Catalogue, ids: readonly number[], annotation: Annotation): Message {
  const what = subjectOf(catalogue, ids);
  const { addTags = [], removeTags = [], note, rating } = annotation;
  if (addTags.length > 0) return inEnglish('Tag {what} “{tags}”', { what, tags: addTags.join('”, “') });
  if (removeTags.length > 0)
    return inEnglish('Take tag “{tags}” from {what}', { what, tags: removeTags.join('”, “') });
  if (note !== undefined) return inEnglish('Change the note of {what}', { what });
  return rating === null
    ? inEnglish('Take the rating from {what}', { what })
    : inEnglish('Rate {what}', { what });
}

/** `“debian.qcow2”`, `3 items`. */
function subjectOf(catalogue: Catalogue, ids: readonly number[]): Phrase {
  return ids.length === 1
    ? inEnglish('“{name}”', { name: nameOf(catalogue, ids[0]!) })
    : inEnglish('{count, plural, one {# item} other {# items}}', { count: ids.length });
}

function nameOf(catalogue: Catalogue, id: number): string {
  const row = catalogue.get<{ path: string }>('SELECT path FROM images WHERE id = @id', { id });
  if (row === undefined)
    throw new Failure('input.invalid', { problem: inEnglish('the library has no entry {id}', { id }) });
  return basename(row.path);
}

const hasImage = (catalogue: Catalogue, id: number): boolean =>
  catalogue.get('SELECT 1 FROM images WHERE id = @id', { id }) !== undefined;
const hasTag = (catalogue: Catalogue, key: { readonly image_id: number; readonly tag_id: number }): boolean =>
  catalogue.get('SELECT 1 FROM image_tags WHERE image_id = @image_id AND tag_id = @tag_id', key) !==
  undefined;

/**
 * Forgets entries, whose files stay; in a watched folder they do not come back by themselves. `asked`: those that a person
 * named, where others go with them. @throws Failure `input.invalid`.
 */
export function forgetImages(
  catalogue: Catalogue,
  ids: readonly number[],
  asked: readonly number[] = ids,
): void {
  const what = subjectOf(catalogue, asked);
  edit(catalogue, inEnglish('Remove {what} from the library', { what }), (changes) => {
    for (const id of ids) {
      const row = catalogue.get<{ path: string }>('SELECT path FROM images WHERE id = @id', { id });
      if (row === undefined) continue;
      const { path } = row;
      changes.update('seen_files', { folder: dirname(path), name: basename(path) }, { ignored: 1 });
      changes.delete('images', { id });
    }
  });
}

/**
 * Gives an entry another path; one that has that path already is dropped, since its file was not there any more.
 * `renamed`: the file was renamed for it. @returns the dropped one's id.
 */
export function relocateImage(
  catalogue: Catalogue,
  id: number,
  path: string,
  renamed: boolean,
): number | null {
  const before = catalogue.get<{ path: string }>('SELECT path FROM images WHERE id = @id', { id });
  if (before === undefined)
    throw new Failure('input.invalid', { problem: inEnglish('the library has no entry {id}', { id }) });
  const label = renamed
    ? inEnglish('Rename “{before}” to “{name}”', { before: basename(before.path), name: basename(path) })
    : inEnglish('Locate “{name}”', { name: basename(before.path) });
  return edit(catalogue, label, (changes) => {
    const other = catalogue.get<{ id: number }>('SELECT id FROM images WHERE path = @path AND id <> @id', {
      path,
      id,
    });
    if (other !== undefined) changes.delete('images', { id: other.id });
    changes.update('images', { id }, { path, missing: 0 });
    if (renamed && before.path !== path) {
      changes.renamedFile(before.path, path);
      moveReferences(catalogue, before.path, path);
    }
    return other?.id ?? null;
  });
}

interface TagRow {
  id: number;
  name: string;
  color: string;
  count: number;
}

/** All tags, by name, with how many entries have each. */
export function listTags(catalogue: Catalogue): Tag[] {
  return catalogue
    .all<TagRow>(
      `SELECT id, name, color, (SELECT count(*) FROM image_tags WHERE tag_id = tags.id) AS count
       FROM tags ORDER BY name COLLATE NOCASE`,
    )
    .map((row) => ({ ...row, color: colorOf(row.color) }));
}

/** A colour of a newer Platter is shown as grey. */
export function colorOf(color: string): TagColor {
  return tagColors.find((one) => one === color) ?? 'gray';
}

function findTag(catalogue: Catalogue, name: string): { readonly id: number } | null {
  return (
    catalogue.get<{ id: number }>('SELECT id FROM tags WHERE name = @name', { name: name.trim() }) ?? null
  );
}

/** The colours go round, so that new tags can be told from each other. */
function makeTag(catalogue: Catalogue, changes: EditChanges, name: string): { readonly id: number } {
  const { count } = catalogue.get<{ count: number }>('SELECT count(*) AS count FROM tags')!;
  return changes.insert<{ id: number }>('tags', {
    name: name.trim(),
    color: tagColors[1 + (count % (tagColors.length - 1))]!,
  });
}

/** Gives a tag another name or colour. @throws Failure `input.invalid` when another one has the name. */
export function changeTag(catalogue: Catalogue, id: number, { name, color }: TagChange): void {
  const other = name === undefined ? null : findTag(catalogue, name);
  if (other !== null && other.id !== id) {
    throw new Failure('input.invalid', {
      problem: inEnglish('there is a tag “{name}” already', { name: name ?? '' }),
    });
  }
  edit(
    catalogue,
    name === undefined ? inEnglish('Colour a tag') : inEnglish('Rename a tag to “{name}”', { name }),
    (changes) =>
      changes.update('tags', { id }, { ...(name && { name: name.trim() }), ...(color && { color }) }),
  );
}

/** Takes a tag from all entries, and forgets it. */
export function removeTag(catalogue: Catalogue, id: number): void {
  edit(catalogue, inEnglish('Remove a tag'), (changes) => changes.delete('tags', { id }));
}

/** The searches that were kept, in the order that the person gave them. */
export function listSavedSearches(catalogue: Catalogue): SavedSearch[] {
  return catalogue.all<SavedSearch>(
    'SELECT id, name, query FROM saved_searches ORDER BY position, name COLLATE NOCASE',
  );
}

/** Keeps a search under a name, or (with `id`) changes one. @throws Failure `input.invalid` when the name is taken. */
export function saveSearch(
  catalogue: Catalogue,
  search: { readonly id?: number | undefined; readonly name: string; readonly query: string },
): SavedSearch {
  const name = search.name.trim();
  const { query } = search;
  const taken = catalogue.get<{ id: number }>('SELECT id FROM saved_searches WHERE name = @name', { name });
  if (taken !== undefined && taken.id !== search.id) {
    throw new Failure('input.invalid', {
      problem: inEnglish('there is a collection “{name}” already', { name }),
    });
  }
  const { id } = search;
  if (id === undefined) {
    const { position } = catalogue.get<{ position: number }>(
      'SELECT coalesce(max(position) + 1, 0) AS position FROM saved_searches',
    )!;
    const made = edit(catalogue, inEnglish('Save the search “{name}”', { name }), (changes) =>
      changes.insert<SavedSearch>('saved_searches', { name, query, position }),
    );
    return { id: made.id, name, query };
  }
  edit(catalogue, inEnglish('Change the collection “{name}”', { name }), (changes) =>
    changes.update('saved_searches', { id }, { name, query }),
  );
  return { id, name, query };
}

export function removeSavedSearch(catalogue: Catalogue, id: number): void {
  edit(catalogue, inEnglish('Remove a collection'), (changes) => changes.delete('saved_searches', { id }));
}

/** Puts saved searches into this order, before those that are not named. */
export function orderSavedSearches(catalogue: Catalogue, ids: readonly number[]): void {
  const others = listSavedSearches(catalogue).filter(({ id }) => !ids.includes(id));
  edit(catalogue, inEnglish('Move a collection'), (changes) => {
    for (const [position, id] of [...ids, ...others.map((other) => other.id)].entries()) {
      changes.update('saved_searches', { id }, { position });
    }
  });
}
