import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { columnsOf, databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 110)!;

describe('migration 110', () => {
  it('notes every entry that comes, changes or goes from then on, in every earlier library', () => {
    for (const { version } of migrations.filter((earlier) => earlier.version < 110)) {
      const database = databaseAt(version);
      const add = `INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at)
        VALUES (?, 'disk', 'raw', 5, 4, '2025-01-01T00:00:00.000Z')`;
      database.prepare(add).run('/before');
      step.up(database);
      expect(columnsOf(database, 'image_changes')).toEqual(['sequence', 'image_id']);
      database.prepare(add).run('/after');
      database.exec("UPDATE images SET missing = 1 WHERE path = '/before'");
      database.exec("DELETE FROM images WHERE path = '/after'");
      expect(database.prepare('SELECT image_id FROM image_changes ORDER BY sequence').pluck().all()).toEqual([
        2, 1, 2,
      ]);
    }
  });
});
