import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 280)!;

describe('migration 280', () => {
  it('has the words of all entries taken in again, whatever was in the index', () => {
    const database = databaseAt(270);
    const add = database.prepare(
      `INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at)
       VALUES (?, 'disk', 'raw', 1, 1, '2026-01-01T00:00:00.000Z')`,
    );
    for (const name of ['one', 'two']) add.run(`/images/${name}.raw`);
    database.exec(`
      INSERT INTO entry_words (rowid, path, note, rest) VALUES (1, 'images one raw', '', '');
      INSERT INTO entry_trigrams (rowid, path, note, rest) VALUES (1, '/images/one.raw', '', '');
      UPDATE text_index SET sequence = 2;
    `);
    step.up(database);
    const column = (sql: string): unknown[] => database.prepare(sql).pluck().all();
    expect(column('SELECT rowid FROM entry_words')).toEqual([]);
    expect(column('SELECT rowid FROM entry_trigrams')).toEqual([]);
    expect(
      column(
        `SELECT DISTINCT image_id FROM image_changes
         WHERE sequence > (SELECT sequence FROM text_index) ORDER BY image_id`,
      ),
    ).toEqual([1, 2]);
    database.exec("INSERT INTO entry_words (rowid, name, note, rest) VALUES (1, 'one raw', '', '')");
    expect(column('SELECT term FROM entry_vocabulary')).toEqual(['one', 'raw']);
  });
});
