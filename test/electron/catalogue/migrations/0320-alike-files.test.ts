import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 320)!;

describe('migration 320', () => {
  it('keeps what entries are known by, and finds those that are alike by their time alone', () => {
    const database = databaseAt(319);
    database
      .prepare(
        `INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at, fingerprint, modified_milliseconds)
         VALUES ('/a.raw', 'disk', 'raw', 1, 1, '2025-01-01T00:00:00.000Z', @digest, 5)`,
      )
      .run({ digest: 'a'.repeat(64) });
    step.up(database);
    const sql =
      'SELECT path FROM images WHERE fingerprint = @digest AND modified_milliseconds BETWEEN 4 AND 6';
    expect(database.prepare(sql).all({ digest: 'a'.repeat(64) })).toEqual([{ path: '/a.raw' }]);
    const [plan] = database
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all({ digest: 'a' });
    expect(plan!.detail).toContain(
      'images_by_fingerprint (fingerprint=? AND modified_milliseconds>? AND modified_milliseconds<?)',
    );
  });
});
