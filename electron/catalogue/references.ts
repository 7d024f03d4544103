/** Queries about what files say of each other: which part of which entry is where. */
import { basename, dirname, isAbsolute } from 'node:path';
import type { FileBelongings, ReferenceRole } from '#shared/domain/parts.ts';
import type { Catalogue } from './database.ts';
import { listWatchedPaths } from './folders.ts';
import { isBelow } from './path-range.ts';

/** What an entry says of a part, or a file of the entry that it is a part of. */
export interface Link {
  readonly role: ReferenceRole;
  /** As the file spells it; the path of what names itself. */
  readonly name: string;
  /** Null for what is no file of this machine, or is known by an identity that no entry has. */
  readonly path: string | null;
  /** The part's entry; null for a file that is none. */
  readonly id: number | null;
  readonly required: boolean;
  readonly state: 'present' | 'missing' | 'unknown';
  /** Of a file that is no entry, as far as it is known. */
  readonly fileBytes: number;
}

/** Stores what the file at `path` says of others, in place of what it said before. */
export function recordReferences(
  catalogue: Catalogue,
  path: string,
  belongings: Pick<FileBelongings, 'references' | 'identities'> | undefined,
): void {
  catalogue.run('DELETE FROM file_references WHERE path = @path', { path });
  catalogue.run('DELETE FROM file_identities WHERE path = @path', { path });
  for (const [ordinal, reference] of belongings?.references.entries() ?? []) {
    const { role, name, target, required, found } = reference;
    catalogue.run(
      `INSERT INTO file_references (path, ordinal, role, name, target, required, found)
       VALUES (@path, @ordinal, @role, @name, @target, @required, @found)`,
      {
        path,
        ordinal,
        role,
        name,
        target,
        required: Number(required),
        found: found === null ? null : Number(found),
      },
    );
  }
  for (const identity of belongings?.identities ?? []) {
    catalogue.run('INSERT OR IGNORE INTO file_identities (path, identity) VALUES (@path, @identity)', {
      path,
      identity,
    });
  }
}

/** The file was given another name in its folder: what it says of others goes with it. */
export function moveReferences(catalogue: Catalogue, from: string, to: string): void {
  for (const table of ['file_references', 'file_identities']) {
    catalogue.run(`DELETE FROM ${table} WHERE path = @to`, { to });
    catalogue.run(`UPDATE ${table} SET path = @to WHERE path = @from`, { from, to });
  }
}

/** The entries that may have parts: all that say something, and all that something says it is a part of. */
export function listWholes(catalogue: Catalogue): number[] {
  return catalogue.column<number>(
    // Few files say something: with joins, SQLite goes through all entries instead.
    `SELECT id FROM images WHERE path IN (
       SELECT path FROM file_references
       UNION SELECT path FROM file_identities WHERE identity IN (SELECT target FROM file_references)
     ) ORDER BY id`,
  );
}

/** The entries that say something of those, or of which those say that they are parts. */
export function listWholesAround(catalogue: Catalogue, ids: readonly number[]): number[] {
  return catalogue.column<number>(
    `WITH asked (path) AS (SELECT path FROM images WHERE id IN (SELECT value FROM json_each(@ids)))
     SELECT images.id FROM asked JOIN file_references AS said ON said.target = asked.path
       JOIN images ON images.path = said.path
     UNION SELECT images.id FROM asked JOIN file_identities AS named ON named.path = asked.path
       JOIN file_references AS said ON said.target = named.identity JOIN images ON images.path = said.path
     UNION SELECT images.id FROM asked JOIN file_references AS said ON said.path = asked.path
       JOIN file_identities AS named ON named.identity = said.target JOIN images ON images.path = named.path`,
    { ids: JSON.stringify(ids) },
  );
}

/** The files that wait for one of `paths`: entries that say it is a part, and could not be opened without it. */
export function listWaitingFor(catalogue: Catalogue, paths: readonly string[]): string[] {
  return catalogue.column<string>(
    `SELECT DISTINCT images.path FROM file_references AS said JOIN images ON images.path = said.path
     WHERE said.target IN (SELECT value FROM json_each(@paths)) AND said.role = 'extent'
       AND images.virtual_size_bytes IS NULL AND images.missing = 0`,
    { paths: JSON.stringify(paths) },
  );
}

type LinkRow = [
  whole: number,
  wholePath: string,
  role: ReferenceRole,
  name: string,
  target: string | null,
  required: number,
  found: number | null,
  id: number | null,
  missing: number | null,
];

const rowsAtATime = 5000;

/** The links of these entries, by the whole's id. */
export function readLinks(catalogue: Catalogue, ids: readonly number[]): Map<number, Link[]> {
  const links = new Map<number, Link[]>();
  const places = new Places(catalogue);
  for (let start = 0; start < ids.length; start += rowsAtATime) {
    const asked = { ids: JSON.stringify(ids.slice(start, start + rowsAtATime)) };
    const rows = catalogue.rows<LinkRow>(
      `SELECT whole.id, whole.path, role, name, target, required, found, part.id, part.missing
       FROM json_each(@ids) AS asked JOIN images AS whole ON whole.id = asked.value
       JOIN file_references AS said ON said.path = whole.path
       LEFT JOIN images AS part ON part.path = said.target
       WHERE role NOT IN ('piece-of', 'kernel-of', 'ramdisk-of') ORDER BY whole.id, ordinal`,
      asked,
    );
    for (const row of rows) add(links, row[0], places.linkOf(row));
    // What says of itself that it is a part: of one entry, or nobody knows of which.
    const pieces = catalogue.rows<[number, ReferenceRole, string, number | null, number | null]>(
      `SELECT whole.id, role, said.path, part.id, part.missing
       FROM json_each(@ids) AS asked JOIN images AS whole ON whole.id = asked.value
       JOIN file_identities AS named ON named.path = whole.path
       JOIN file_references AS said ON said.target = named.identity
       LEFT JOIN images AS part ON part.path = said.path
       WHERE role IN ('piece-of', 'kernel-of', 'ramdisk-of')
         AND NOT EXISTS (SELECT 1 FROM file_identities AS other JOIN images ON images.path = other.path
           WHERE other.identity = named.identity AND other.path <> whole.path)
       ORDER BY whole.id, said.path`,
      asked,
    );
    for (const [whole, role, path, id, missing] of pieces) {
      add(links, whole, places.linkOf([whole, '', role, basename(path), path, 1, 1, id, missing]));
    }
  }
  return links;
}

function add(links: Map<number, Link[]>, whole: number, link: Link): void {
  const own = links.get(whole);
  if (own === undefined) links.set(whole, [link]);
  else own.push(link);
}

/** Where files are that are no entries. */
class Places {
  readonly #catalogue: Catalogue;
  readonly #watched: readonly string[];

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
    this.#watched = listWatchedPaths(catalogue).map(({ path }) => path);
  }

  linkOf([, wholePath, role, name, target, required, found, id, missing]: LinkRow): Link {
    const link = { role, name, path: target, required: required !== 0, fileBytes: 0 };
    if (id !== null) return { ...link, id, state: missing === 0 ? 'present' : 'missing' };
    if (target === null) return { ...link, id: null, state: 'unknown' };
    if (!isAbsolute(target)) return { ...link, ...this.#named(target, wholePath) };
    const seen = this.#catalogue.get<{ size_bytes: number }>(
      'SELECT size_bytes FROM seen_files WHERE folder = @folder AND name = @name',
      { folder: dirname(target), name: basename(target) },
    );
    if (seen !== undefined) return { ...link, id: null, state: 'present', fileBytes: seen.size_bytes };
    if (this.#watched.some((folder) => isBelow(target, folder)))
      return { ...link, id: null, state: 'missing' };
    return { ...link, id: null, state: found === null ? 'unknown' : found !== 0 ? 'present' : 'missing' };
  }

  /** The entry with that identity: of copies the one beside the file, then the only one. */
  #named(identity: string, wholePath: string): Pick<Link, 'id' | 'state'> & { path: string | null } {
    const entries = this.#catalogue.all<{ id: number; path: string; missing: number }>(
      `SELECT images.id, images.path, missing FROM file_identities AS named JOIN images ON images.path = named.path
       WHERE identity = @identity AND images.path <> @wholePath ORDER BY missing, images.path LIMIT 100`,
      { identity, wholePath },
    );
    const folder = dirname(wholePath);
    const found =
      entries.find(({ path }) => dirname(path) === folder) ??
      entries.find(({ path }) => dirname(path) === dirname(folder)) ??
      entries[0];
    if (found === undefined) return { id: null, state: 'unknown', path: null };
    return { id: found.id, state: found.missing === 0 ? 'present' : 'missing', path: found.path };
  }
}
