import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { columnsOf, databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 111)!;
const add = `INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at)
  VALUES (?, 'disk', 'raw', 5, 4, '2025-01-01T00:00:00.000Z')`;

describe('migration 111', () => {
  it('keeps the entries of every earlier library, and has their words put into the index', () => {
    for (const { version } of migrations.filter((earlier) => earlier.version === 110)) {
      const database = databaseAt(version);
      database.prepare(add).run('/a.raw');
      step.up(database);
      expect(database.prepare('SELECT * FROM images').get()).toMatchObject({
        id: 1,
        path: '/a.raw',
        rating: null,
        note: null,
        guest: null,
      });
      const behind = 'SELECT image_id FROM image_changes WHERE sequence > (SELECT sequence FROM text_index)';
      expect(database.prepare(behind).pluck().all()).toEqual([1]);
    }
  });

  it('notes an entry whose tags come, go or are renamed, and takes tags away with what has them', () => {
    const database = databaseAt(111);
    database.prepare(add).run('/a.raw');
    database.exec(`INSERT INTO tags (name, color) VALUES ('prod', 'red');
      INSERT INTO image_tags VALUES (1, 1); DELETE FROM image_changes;
      UPDATE tags SET name = 'production'`);
    const changes = database.prepare('SELECT image_id FROM image_changes').pluck();
    expect(changes.all()).toEqual([1]);
    expect(() => database.exec("INSERT INTO tags (name, color) VALUES ('PRODUCTION', 'blue')")).toThrow(
      'UNIQUE',
    );
    database.exec('DELETE FROM tags');
    expect(changes.all()).toEqual([1, 1]);
    expect(database.prepare('SELECT * FROM image_tags').all()).toEqual([]);
    expect(columnsOf(database, 'edits')).toEqual(['id', 'label', 'made_at', 'undone']);
    expect(columnsOf(database, 'edit_changes')).toEqual(['edit_id', 'sequence', 'table', 'before', 'after']);
    expect(columnsOf(database, 'saved_searches')).toEqual(['id', 'name', 'query']);
  });
});
