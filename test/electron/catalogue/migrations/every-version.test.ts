// A library of each earlier Platter, with data in all of its tables, opened by this one: nothing is lost, and it works.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openCatalogue } from '../../../../electron/catalogue/database.ts';
import { listWatchedFolders } from '../../../../electron/catalogue/folders.ts';
import { findImageByPath, listImages } from '../../../../electron/catalogue/images.ts';
import { problemsIn } from '../../../../electron/catalogue/integrity.ts';
import { listJobs } from '../../../../electron/catalogue/jobs.ts';
import { LibraryIndex } from '../../../../electron/catalogue/library-index.ts';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { readSettings } from '../../../../electron/catalogue/settings.ts';
import { scratchFolder } from '../../engine/scratch.ts';

const scratch = scratchFolder();
const when = '2025-01-01T00:00:00.000Z';
const digest = 'a'.repeat(64);
const work = JSON.stringify({
  kind: 'convert',
  request: { source: { path: '/images/a.raw' }, outputPath: '/images/b.qcow2', target: { format: 'qcow2' } },
});
const failure = JSON.stringify({ code: 'operation.interrupted', details: { reason: 'ended' } });

/** What each version's Platter has written by then: two rows a table, where two can differ. */
const data: Readonly<Record<number, string>> = {
  10: `INSERT INTO images (path, kind, format, variant, virtual_size_bytes, file_size_bytes, allocated_bytes,
         modified_milliseconds, sha256, origin, added_at, missing)
       VALUES ('/images/a.raw', 'disk', 'raw', 'sparse', 1048576, 1048576, 4096, 1000.5, '${digest}', NULL, '${when}', 0),
         ('/images/b.qcow2', 'disk', 'qcow2', NULL, NULL, 200, 4096, NULL, NULL,
          '{"kind":"converted","sourcePath":"/images/a.raw","disk":null,"format":"qcow2","options":{}}', '${when}', 1)`,
  20: `INSERT INTO jobs (title, state, owner, work, failure, created_at, started_at, ended_at)
       VALUES ('Convert a', 'done', NULL, '${work}', NULL, '${when}', '${when}', '${when}'),
         ('Convert again', 'interrupted', NULL, '${work}', '${failure}', '${when}', '${when}', '${when}'),
         ('Convert later', 'queued', 'somebody', '${work}', NULL, '${when}', NULL, NULL);
       INSERT INTO partial_files VALUES ('/images/.b.partial', 2), ('/images/.c.partial', NULL)`,
  30: `INSERT INTO settings VALUES ('theme', '"dark"')`,
  40: `INSERT INTO job_journals VALUES (2, 1, x'0102'), (2, 2, x'03')`,
  100: `INSERT INTO watched_folders (path, added_at, scanned_at) VALUES ('/images', '${when}', '${when}');
        INSERT INTO seen_folders VALUES ('/images', NULL, NULL), ('/images/deep', '/images', '${failure}');
        INSERT INTO seen_files VALUES ('/images', 'a.raw', '1', '2', 1048576, 1000.5, 1, 0, NULL),
          ('/images', 'letter.txt', '1', '3', 10, 1000.5, 1, 1, NULL);
        UPDATE images SET device = '1', inode = '2', born = '3', fingerprint = '${digest}' WHERE path = '/images/a.raw'`,
  111: `INSERT INTO tags (name, color) VALUES ('prod', 'red'), ('lab', 'blue');
        INSERT INTO image_tags VALUES (1, 1), (2, 1);
        INSERT INTO saved_searches (name, query) VALUES ('Zebra', 'format:raw'), ('Ant', 'tag:prod');
        INSERT INTO edits (label, made_at) VALUES ('Rate', '${when}');
        INSERT INTO edit_changes VALUES (1, 1, 'images', '{"id":1,"rating":null}', '{"id":1,"rating":4}');
        UPDATE images SET rating = 4, note = 'kept' WHERE id = 1; UPDATE images SET guest = 'Debian 12' WHERE id = 2`,
  170: `INSERT INTO job_groups (title) VALUES ('Convert 2 images'); UPDATE jobs SET group_id = 1, place = 2 WHERE id = 3`,
  190: `INSERT INTO metadata_presets VALUES ('openstack', 'mine', '{}')`,
  210: `INSERT INTO cloud_accounts VALUES ('lab', 'openstack', '{}', NULL, NULL), ('work', 'openstack', NULL, '/clouds.yaml', 'w');
        INSERT INTO cloud_objects VALUES ('lab', 'image', '1', 'buoy', 0, NULL, '${when}')`,
  220: `INSERT INTO file_references VALUES ('/images/b.qcow2', 0, 'parent', 'a.raw', '/images/a.raw', 1, 1);
        INSERT INTO file_identities VALUES ('/images/a.raw', 'vhd:1')`,
  230: `INSERT INTO file_sums VALUES ('/images/SHA256SUMS', '/images/a.raw', 'sha256', '${digest}');
        INSERT INTO sum_checks VALUES ('/images/a.raw', 'sha256', '${digest}', '${when}', 1048576, 1000.5)`,
  240: `INSERT INTO image_contents VALUES (1, '${digest}', 1048576, 1, x'0000000000000001', NULL, '${when}'),
          (2, NULL, NULL, NULL, NULL, '${failure}', '${when}');
        INSERT INTO image_content_files VALUES (1, '/images/a.raw', 'image', '1', '2', 1048576, 4096, 1000.5)`,
  300: `INSERT INTO guest_looks VALUES (1, 1000.5)`,
  340: `INSERT INTO kept_index VALUES (1, 1, 7, x'00')`,
};

type Rows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** All tables that hold something of their own: words are read again, and changes come and go. */
function tablesIn(database: Database.Database): string[] {
  return database
    .prepare<[], { name: string }>(
      `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
         AND name NOT LIKE 'sqlite_%' AND name NOT IN ('image_changes', 'text_index')`,
    )
    .all()
    .map(({ name }) => name)
    .sort();
}

const rowsIn = (database: Database.Database): Rows =>
  Object.fromEntries(
    tablesIn(database).map((table) => [
      table,
      database.prepare<[], Record<string, unknown>>(`SELECT * FROM ${table}`).all(),
    ]),
  );

/** Every table, index and trigger, as they are written down. */
function schemaOf(path: string): unknown {
  const database = new Database(path, { readonly: true });
  const found = database
    .prepare<[], { sql: string }>('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL')
    .all()
    // A renamed table stands in quotation marks.
    .map(({ sql }) => sql.replace(/\s+/g, ' ').replaceAll('"', ''))
    .sort();
  database.close();
  return found;
}

function libraryOf(version: number): { readonly path: string; readonly before: Rows } {
  const path = join(mkdtempSync(join(scratch, 'version-')), 'library.sqlite');
  const database = new Database(path);
  database.pragma('foreign_keys = ON');
  for (const migration of migrations.filter((one) => one.version <= version)) {
    migration.up(database);
    database.exec(data[migration.version] ?? '');
  }
  database.pragma(`user_version = ${version}`);
  const before = rowsIn(database);
  expect(
    Object.entries(before).flatMap(([table, rows]) => (rows.length === 0 ? table : [])),
    'tables without data: give them some above',
  ).toEqual([]);
  database.close();
  return { path, before };
}

describe.each(migrations.map(({ version }) => version))('a library of version %i', (version) => {
  it('keeps all that it holds, and becomes what a new one is', () => {
    const { path, before } = libraryOf(version);
    openCatalogue(path).close();
    expect(problemsIn(path)).toEqual([]);
    const database = new Database(path, { readonly: true });
    expect(database.pragma('foreign_key_check')).toEqual([]);
    const after = rowsIn(database);
    database.close();
    for (const [table, rows] of Object.entries(before)) {
      expect(after[table], table).toMatchObject(rows);
      expect(after[table], table).toHaveLength(rows.length);
    }
    const fresh = join(mkdtempSync(join(scratch, 'fresh-')), 'library.sqlite');
    openCatalogue(fresh).close();
    expect(schemaOf(path)).toEqual(schemaOf(fresh));
  });

  it('is read, searched and written to', () => {
    const catalogue = openCatalogue(libraryOf(version).path);
    expect(
      listImages(catalogue)
        .map((image) => image.path)
        .sort(),
    ).toEqual(['/images/a.raw', '/images/b.qcow2']);
    const index = new LibraryIndex(catalogue);
    const found = (text: string): number =>
      index.ids({ text, scope: '', sort: { key: 'name', direction: 'ascending' } }, 0, 10).length;
    expect([found('images'), found('format:qcow2'), found('is:missing'), found('origin:converted')]).toEqual(
      version >= 220 ? [1, 1, 1, 1] : [2, 1, 1, 1],
    );
    expect(found('tag:prod')).toBe(version < 111 ? 0 : version >= 220 ? 1 : 2);
    expect(listJobs(catalogue).map(({ state }) => state)).toEqual(
      version < 20 ? [] : ['queued', 'interrupted', 'done'],
    );
    expect(listJobs(catalogue).map(({ resumable }) => resumable)).toEqual(
      version < 20 ? [] : [false, version >= 40, false],
    );
    expect(readSettings(catalogue).theme).toBe(version < 30 ? 'system' : 'dark');
    expect(listWatchedFolders(catalogue)).toHaveLength(version < 100 ? 0 : 1);
    catalogue.run("UPDATE images SET missing = 0, file_size_bytes = 300 WHERE path = '/images/b.qcow2'");
    expect(findImageByPath(catalogue, '/images/b.qcow2')).toMatchObject({
      missing: false,
      fileSizeBytes: 300,
    });
    expect(found('is:missing')).toBe(0);
    catalogue.run("DELETE FROM images WHERE path = '/images/a.raw'");
    expect(found('images')).toBe(1);
    catalogue.close();
  });
});
