import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 300)!;

describe('migration 300', () => {
  it('has every disk looked into, keeps what is known of them, and forgets looks with their entries', () => {
    const database = databaseAt(299);
    database
      .prepare(
        `INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at, guest)
         VALUES ('/a.raw', 'disk', 'raw', 1, 1, '2025-01-01T00:00:00.000Z', 'debian 12')`,
      )
      .run();
    step.up(database);
    expect(database.prepare('SELECT guest FROM images').all()).toEqual([{ guest: 'debian 12' }]);
    expect(database.prepare('SELECT * FROM guest_looks').all()).toEqual([]);
    database.prepare('INSERT INTO guest_looks SELECT id, 5 FROM images').run();
    database.prepare('DELETE FROM images').run();
    expect(database.prepare('SELECT * FROM guest_looks').all()).toEqual([]);
  });
});
