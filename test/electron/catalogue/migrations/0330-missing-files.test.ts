import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 330)!;

describe('migration 330', () => {
  it('finds what is missing in a folder without the entries that are there', () => {
    const database = databaseAt(329);
    const insert = database.prepare(
      `INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at, missing)
       VALUES (@path, 'disk', 'raw', 1, 1, '2025-01-01T00:00:00.000Z', @missing)`,
    );
    insert.run({ path: '/a/here', missing: 0 });
    insert.run({ path: '/a/gone', missing: 1 });
    step.up(database);
    const sql = "SELECT path FROM images WHERE path >= '/a/' AND path < '/a0' AND missing = 1";
    expect(database.prepare(sql).all()).toEqual([{ path: '/a/gone' }]);
    const [plan] = database.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all();
    expect(plan!.detail).toContain('images_missing');
  });
});
