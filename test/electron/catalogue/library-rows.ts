/** A library in memory, and its entries as rows that a test puts into it. */
import type { LibraryQuery, SortKey } from '#shared/domain/library.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { recordReferences } from '../../../electron/catalogue/references.ts';
import type { PlainLink } from './plain-belonging.ts';

/** When the tests are. */
export const now = Date.parse('2025-06-01T12:00:00Z');

export interface Row {
  readonly path: string;
  readonly kind: string;
  readonly format: string;
  readonly virtual: number | null;
  readonly allocated: number;
  readonly added: number;
  readonly modified: number | null;
  readonly origin: string | null;
  readonly missing: 0 | 1;
  readonly fingerprint: string | null;
  readonly note: string | null;
  readonly rating: number | null;
  /** One of the tags that there are. */
  readonly tag: number | null;
  /** Of all that the guest sees; null where it was not read. */
  readonly root: string | null;
  readonly guest: string | null;
  readonly links: readonly PlainLink[];
}

/** What entries that have an origin come from. */
export const madeFrom = '/from/B1-é.raw';

/** An entry of which nothing but its path need be said. */
export const plain = {
  kind: 'disk',
  format: 'raw',
  virtual: 1,
  allocated: 1,
  added: now,
  modified: now,
  origin: null,
  missing: 0,
  fingerprint: null,
  note: null,
  rating: null,
  tag: null,
  root: null,
  guest: null,
  links: [],
} as const;

/** An empty one, with two tags. */
export function library(): Catalogue {
  const catalogue = openCatalogue(':memory:');
  catalogue.run("INSERT INTO tags (name, color) VALUES ('ab', 'red'), ('B-É', 'blue')");
  return catalogue;
}

/** Puts an entry into the catalogue, or changes the one of that path. */
export function put(catalogue: Catalogue, row: Row): void {
  const { path, kind, format, virtual, allocated, modified, missing, fingerprint, note, rating, guest } = row;
  catalogue.run(
    `INSERT INTO images (path, kind, format, virtual_size_bytes, file_size_bytes, allocated_bytes,
       modified_milliseconds, origin, added_at, missing, fingerprint, note, rating, guest)
     VALUES (@path, @kind, @format, @virtual, 1, @allocated, @modified, @origin, @added, @missing, @fingerprint,
       @note, @rating, @guest)
     ON CONFLICT (path) DO UPDATE SET format = excluded.format, missing = excluded.missing, note = excluded.note,
       rating = excluded.rating, guest = excluded.guest`,
    {
      path,
      kind,
      format,
      virtual,
      allocated,
      modified,
      missing,
      fingerprint,
      note,
      rating,
      guest,
      origin: row.origin && JSON.stringify({ kind: row.origin, sourcePath: madeFrom }),
      added: new Date(row.added).toISOString(),
    },
  );
  const references = row.links.map((link) => ({ ...link, name: link.target }));
  recordReferences(catalogue, path, { references, identities: [] });
  catalogue.run('DELETE FROM image_tags WHERE image_id = (SELECT id FROM images WHERE path = @path)', {
    path: row.path,
  });
  catalogue.run('DELETE FROM image_contents WHERE image_id = (SELECT id FROM images WHERE path = @path)', {
    path: row.path,
  });
  if (row.root !== null) {
    catalogue.run(
      `INSERT INTO image_contents (image_id, root, virtual_size_bytes, distinct_blocks, blocks, read_at)
       SELECT id, @root, 1, 0, x'', '2025-01-01T00:00:00.000Z' FROM images WHERE path = @path`,
      { root: row.root, path: row.path },
    );
  }
  if (row.tag === null) return;
  catalogue.run('INSERT INTO image_tags SELECT id, @tag FROM images WHERE path = @path', {
    tag: row.tag,
    path: row.path,
  });
}

/** The query for what a person typed. */
export const asked = (text: string, key: SortKey = 'added'): LibraryQuery => ({
  text,
  scope: '',
  sort: { key, direction: 'ascending' },
});
