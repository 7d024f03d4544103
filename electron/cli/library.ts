/** The command line's commands on the library's entries: list, add, remove, locate, annotate, undo. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Annotation, LibraryEntry } from '#shared/domain/library.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { parseQuery } from '#shared/query/parse.ts';
import { inWords } from '#shared/text/in-words.ts';
import { openCatalogue, type Catalogue } from '../catalogue/database.ts';
import { findImage, findImageByPath, knownImageOf, findImages, rememberImage } from '../catalogue/images.ts';
import { annotate, forgetImages } from '../catalogue/annotations.ts';
import type { Direction } from '../catalogue/edits.ts';
import { LibraryIndex } from '../catalogue/library-index.ts';
import { locateEntry } from '../catalogue/locate.ts';
import { currentLocation } from '../catalogue/moving.ts';
import { Presence } from '../library/presence.ts';
import { turnEdit } from '../library/undo.ts';
import { describeLibrary, describeParts } from './describe.ts';
import { inThisThread, readHere } from './here.ts';
import { answer, type ExitCode } from './session.ts';

interface JsonOption {
  readonly json?: boolean;
}

/** Opens the library for as long as `use` takes. */
export async function withCatalogue<T>(use: (catalogue: Catalogue) => Promise<T>): Promise<T> {
  const catalogue = openCatalogue(currentLocation().databasePath);
  try {
    return await use(catalogue);
  } finally {
    catalogue.close();
  }
}

const newestFirst = { key: 'added', direction: 'descending' } as const;

/** `platter library list [QUERY]`: what is wrong with the query is an error here, since nobody is still typing. */
export async function libraryList(words: readonly string[], options: JsonOption): Promise<ExitCode> {
  const text = words.join(' ');
  const [problem] = parseQuery(text).problems;
  if (problem !== undefined) throw new Failure('input.invalid', { problem: problem.text });
  const { entries, corrections } = await withCatalogue(async (catalogue) => {
    await new Presence(catalogue).refresh();
    const index = new LibraryIndex(catalogue);
    const query = { text, scope: '', sort: newestFirst };
    const { total } = index.page(query, 0, 0, null);
    const page = index.page(query, 0, total, null);
    return { corrections: page.corrections, entries: page.entries };
  });
  answer(options.json ?? false, { entries, corrections }, () => [
    ...corrections.map(({ word, instead }) => `Nothing holds "${word}"; shown is "${instead.join('", "')}".`),
    ...describeLibrary(entries),
  ]);
  return 0;
}

/** `platter library add FILE…`: looks at each by content; all that can be added are. */
export async function libraryAdd(files: readonly string[], options: JsonOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const entries: LibraryEntry[] = [];
  const failures: Failure[] = [];
  const { inspect } = await import('#engine/operations/inspect.ts');
  await withCatalogue(async (catalogue) => {
    for (const path of files.map((file) => resolve(file))) {
      try {
        const { mtimeMs } = statFile(path);
        const info = readHere(json, inThisThread, (control) => inspect({ path }, control, false));
        entries.push(rememberImage(catalogue, knownImageOf(info, mtimeMs), new Date().toISOString()));
      } catch (error) {
        failures.push(Failure.from(error));
      }
    }
  });
  if (failures[0] !== undefined) throw failures[0];
  answer(json, { entries }, () => describeLibrary(entries));
  return 0;
}

function statFile(path: string): { readonly mtimeMs: number } {
  try {
    return statSync(path);
  } catch (error) {
    throw systemFailure(error, path);
  }
}

/** `platter library parts IMAGE`: what belongs to it, and what it belongs to. */
export async function libraryParts(image: string, options: JsonOption): Promise<ExitCode> {
  const found = await withCatalogue(async (catalogue) => {
    const { id } = findEntry(catalogue, image);
    return new LibraryIndex(catalogue).belongings(id)!;
  });
  answer(options.json ?? false, found, () => describeParts(found));
  return 0;
}

/** `platter library remove IMAGE…`, by number or path, with all that belongs to them alone; the files stay. */
export async function libraryRemove(images: readonly string[], options: JsonOption): Promise<ExitCode> {
  const removed = await withCatalogue(async (catalogue) => {
    // All are found before any is removed: a word that names nothing changes nothing.
    const entries = images.map((image) => findEntry(catalogue, image));
    const ids = entries.map(({ id }) => id);
    const all = new LibraryIndex(catalogue).withParts(ids);
    const removed = findImages(catalogue, all);
    forgetImages(catalogue, all, ids);
    return removed;
  });
  answer(options.json ?? false, { removed }, () => describeLibrary(removed));
  return 0;
}

/** `platter library locate IMAGE FILE`: the file of an entry is this one now. */
export async function libraryLocate(image: string, file: string, options: JsonOption): Promise<ExitCode> {
  const json = options.json ?? false;
  const { inspect } = await import('#engine/operations/inspect.ts');
  const entry = await withCatalogue(async (catalogue) => {
    const before = findEntry(catalogue, image);
    const path = resolve(file);
    const { mtimeMs } = statFile(path);
    const info = readHere(json, inThisThread, (control) => inspect({ path }, control, false));
    return locateEntry(catalogue, before, { ...knownImageOf(info, mtimeMs), path }).entry;
  });
  answer(json, { entry }, () => describeLibrary([entry]));
  return 0;
}

/** `platter library tag`, `note` and `rate`: says something of images, by number or path. */
export async function libraryAnnotate(
  images: readonly string[],
  annotation: Annotation,
  options: JsonOption,
): Promise<ExitCode> {
  const entries = await withCatalogue((catalogue) => {
    const ids = images.map((image) => findEntry(catalogue, image).id);
    annotate(catalogue, ids, annotation);
    return Promise.resolve(findImages(catalogue, ids));
  });
  answer(options.json ?? false, { entries }, () => describeLibrary(entries));
  return 0;
}

/** `platter library undo` and `redo`: 1 when there is nothing. */
export async function libraryTurn(direction: Direction, options: JsonOption): Promise<ExitCode> {
  const edit = await withCatalogue((catalogue) => turnEdit(catalogue, direction));
  const done = edit?.label ?? null;
  const word = direction === 'undo' ? 'Undone' : 'Done again';
  answer(options.json ?? false, { [direction]: done }, () => [
    done === null ? `There is nothing to ${direction}.` : `${word}: ${inWords(done)}`,
  ]);
  return done === null ? 1 : 0;
}

function findEntry(catalogue: Catalogue, image: string): LibraryEntry {
  const entry =
    findImageByPath(catalogue, resolve(image)) ??
    (/^\d+$/.test(image) ? findImage(catalogue, Number(image)) : null);
  if (entry === null) throw new Failure('input.invalid', { problem: `the library has no image "${image}"` });
  return entry;
}
