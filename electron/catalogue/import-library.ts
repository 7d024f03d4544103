/** Reads a catalogue from JSON into the library: all of it or nothing, added to what is there or in its place. */
import { readFileSync, statSync } from 'node:fs';
import type { ExchangeCounts, ImportMode } from '#shared/domain/upkeep.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { Catalogue } from './database.ts';
import { exchangeFile, exchangeVersion, type ExchangedImage, type ExchangeFile } from './exchange.ts';
import { addWatchedFolder, listWatchedPaths } from './folders.ts';
import { changeSettings, validSettings } from './settings.ts';

/** What was said of entries goes with them. */
const replaced = [
  'images',
  'tags',
  'saved_searches',
  'metadata_presets',
  'edits',
  'seen_files',
  'file_references',
  'file_identities',
  'file_sums',
  'seen_folders',
  'watched_folders',
] as const;
/** What one text of JavaScript can hold. */
const largestBytes = 500 * 2 ** 20;
const problemsNamed = 3;

/**
 * `merge`: entries, tags and folders that are not there are added; what is there keeps what a person said of it, and gets
 * what nobody said. `replace`: the library has what the file has, and nothing else.
 * @throws Failure `input.invalid` for what is no catalogue of a version that is known; `io.*`.
 */
export function importLibrary(catalogue: Catalogue, path: string, mode: ImportMode): ExchangeCounts {
  const file = readExchange(path);
  catalogue.durably(() => {
    if (mode === 'replace') clear(catalogue);
    addTags(catalogue, file);
    for (const image of file.images) addImage(catalogue, image);
    addFolders(catalogue, file);
    for (const search of file.searches) {
      catalogue.run(
        `INSERT OR IGNORE INTO saved_searches (name, query, position)
         VALUES (@name, @query, (SELECT coalesce(max(position) + 1, 0) FROM saved_searches))`,
        search,
      );
    }
    for (const { cloud, name, values } of file.presets) {
      catalogue.run(
        'INSERT OR IGNORE INTO metadata_presets (cloud, name, settings) VALUES (@cloud, @name, @values)',
        { cloud, name, values: JSON.stringify(values) },
      );
    }
    if (mode === 'replace') changeSettings(catalogue, validSettings(file.settings));
  });
  return {
    path,
    images: file.images.length,
    folders: file.folders.length,
    tags: file.tags.length,
    searches: file.searches.length,
  };
}

/** The content of an exported file. @throws Failure `input.invalid`, `io.*` */
export function readExchange(path: string): ExchangeFile {
  const value = parse(path);
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > exchangeVersion) {
    throw invalid(inEnglish('{path} was written by a newer Platter', { path }));
  }
  const checked = exchangeFile.safeParse(value);
  if (checked.success) return checked.data;
  const issues = checked.error.issues
    .slice(0, problemsNamed)
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw invalid(
    inEnglish('{path} is not a catalogue of Platter ({issues})', { path, issues: issues.join('; ') }),
  );
}

function parse(path: string): unknown {
  try {
    const { size } = statSync(path);
    if (size > largestBytes) throw invalid(inEnglish('{path} is too large to be a catalogue', { path }));
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw invalid(inEnglish('{path} is not JSON: {message}', { path, message: error.message }));
    throw systemFailure(error, path);
  }
}

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}

/** What was seen of files goes, too: everything in the watched folders is looked at again. */
function clear(catalogue: Catalogue): void {
  for (const table of replaced) catalogue.run(`DELETE FROM ${table}`);
}

function addTags(catalogue: Catalogue, { tags, images }: ExchangeFile): void {
  const put = 'INSERT OR IGNORE INTO tags (name, color) VALUES (@name, @color)';
  for (const tag of tags) catalogue.run(put, tag);
  const named = new Set(images.flatMap((image) => image.tags));
  for (const name of named) catalogue.run(put, { name, color: tags[0]?.color ?? 'gray' });
}

function addImage(catalogue: Catalogue, { tags, origin, missing, ...image }: ExchangedImage): void {
  const row = catalogue.get<{ id: number }>(
    `INSERT INTO images (path, kind, format, variant, virtual_size_bytes, file_size_bytes, allocated_bytes,
       modified_milliseconds, sha256, origin, added_at, missing, rating, note, guest)
     VALUES (@path, @kind, @format, @variant, @virtualSizeBytes, @fileSizeBytes, @allocatedBytes,
       @modifiedMilliseconds, @sha256, @origin, @addedAt, @missing, @rating, @note, @guest)
     ON CONFLICT (path) DO UPDATE SET rating = coalesce(rating, excluded.rating), note = coalesce(note, excluded.note),
       origin = coalesce(origin, excluded.origin), guest = coalesce(guest, excluded.guest),
       added_at = min(added_at, excluded.added_at)
     RETURNING id`,
    { ...image, missing: missing ? 1 : 0, origin: origin && JSON.stringify(origin) },
  );
  for (const name of tags) {
    catalogue.run(
      'INSERT OR IGNORE INTO image_tags (image_id, tag_id) SELECT @id, id FROM tags WHERE name = @name',
      { id: row!.id, name },
    );
  }
}

/** A folder that is watched already, as a part of another one, stays so. */
function addFolders(catalogue: Catalogue, { folders }: ExchangeFile): void {
  for (const { path, addedAt } of folders) {
    if (listWatchedPaths(catalogue).some((one) => one.path === path)) continue;
    try {
      addWatchedFolder(catalogue, path, addedAt);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'input.invalid') throw error;
    }
  }
}
