import { describe, expect, it } from 'vitest';
import { migration } from '../../../../electron/catalogue/migrations/0240-contents.ts';
import { databaseAt } from './step.ts';

const addImage = `INSERT INTO images (id, path, kind, format, file_size_bytes, allocated_bytes, modified_milliseconds, added_at)
  VALUES (?, ?, 'disk', 'raw', 10, 10, 1000, '2025-01-01T00:00:00.000Z')`;
const addContent = `INSERT INTO image_contents (image_id, root, virtual_size_bytes, distinct_blocks, blocks, failure, read_at)
  VALUES (@id, @root, 10, 1, @blocks, @failure, '2025-01-01T00:00:00.000Z')`;
const addFile = `INSERT INTO image_content_files VALUES (?, ?, ?, '1', '2', 10, 10, 1000)`;
const root = 'a'.repeat(64);
const blocks = new Uint8Array(8);

function databaseWithContent() {
  const database = databaseAt(230);
  database.prepare(addImage).run(1, '/base.raw');
  database.prepare(addImage).run(2, '/over.qcow2');
  migration.up(database);
  database.prepare(addContent).run({ id: 1, root, blocks, failure: null });
  database.prepare(addFile).run(1, '/base.raw', 'image');
  database.prepare(addContent).run({ id: 2, root, blocks, failure: null });
  database.prepare(addFile).run(2, '/over.qcow2', 'image');
  database.prepare(addFile).run(2, '/base.raw', 'parent');
  const known = (): unknown => database.prepare('SELECT image_id FROM image_contents').pluck().all();
  return { database, known };
}

describe('migration 240', () => {
  it('keeps the images, of which nothing is known yet', () => {
    const database = databaseAt(230);
    database.prepare(addImage).run(1, '/a.raw');
    migration.up(database);
    expect(database.prepare('SELECT id FROM images').pluck().all()).toEqual([1]);
    expect(database.prepare('SELECT count(*) FROM image_contents').pluck().get()).toBe(0);
  });

  it('has a digest or a failure, never both or none', () => {
    const database = databaseAt(240);
    database.prepare(addImage).run(1, '/a.raw');
    const put = (values: object): void => {
      database.prepare(addContent).run({ id: 1, root: null, blocks: null, failure: null, ...values });
    };
    expect(() => put({})).toThrow('CHECK');
    expect(() => put({ root, blocks, failure: '{}' })).toThrow('CHECK');
    expect(() => put({ root })).toThrow('CHECK');
    expect(() => put({ root: 'abc', blocks })).toThrow('CHECK');
    put({ failure: '{}' });
  });

  it('forgets a content when any of its files is another, and only then', () => {
    const { database, known } = databaseWithContent();
    database.exec('UPDATE images SET file_size_bytes = 10, modified_milliseconds = 1000.4, missing = 1');
    expect(known()).toEqual([1, 2]);
    database.exec('UPDATE images SET modified_milliseconds = 5000 WHERE id = 2');
    expect(known()).toEqual([1]);
    const other = databaseWithContent();
    other.database.exec('UPDATE images SET file_size_bytes = 11 WHERE id = 1');
    expect(other.known()).toEqual([]);
    expect(other.database.prepare('SELECT count(*) FROM image_content_files').pluck().get()).toBe(0);
  });

  it('goes with a file that moves, and tells of every change', () => {
    const { database, known } = databaseWithContent();
    database.exec('DELETE FROM image_changes');
    database.exec("UPDATE images SET path = '/moved.raw' WHERE id = 1");
    expect(database.prepare('SELECT path FROM image_content_files WHERE image_id = 1').pluck().all()).toEqual(
      ['/moved.raw'],
    );
    expect(known()).toEqual([1, 2]);
    database.exec('DELETE FROM images WHERE id = 2');
    expect(known()).toEqual([1]);
    expect(database.prepare('SELECT DISTINCT image_id FROM image_changes ORDER BY 1').pluck().all()).toEqual([
      1, 2,
    ]);
  });
});
