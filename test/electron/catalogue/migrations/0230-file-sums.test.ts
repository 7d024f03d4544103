import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 230)!;

describe('migration 230', () => {
  it('notes the entry that a checksum is about, and forgets checksums with their file', () => {
    const database = databaseAt(220);
    database.exec(`INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at)
      VALUES ('/a/disk.img', 'disk', 'raw', 5, 4, '2025-01-01T00:00:00.000Z')`);
    step.up(database);
    const changes = (): unknown[] => {
      const ids = database.prepare('SELECT image_id FROM image_changes').pluck().all();
      database.exec('DELETE FROM image_changes');
      return ids;
    };
    changes();
    database.exec(`INSERT INTO seen_files (folder, name, device, inode, size_bytes, modified_milliseconds, recogniser)
      VALUES ('/a', 'SHA256SUMS', '1', '1', 5, 1, 1)`);
    database.exec("INSERT INTO file_sums VALUES ('/a/SHA256SUMS', '/a/disk.img', 'sha256', 'aa')");
    expect(changes()).toEqual([1]);
    database.exec("INSERT INTO sum_checks VALUES ('/a/disk.img', 'sha256', 'aa', '2025', 5, 1)");
    expect(changes()).toEqual([1]);
    database.exec('DELETE FROM seen_files');
    expect(database.prepare('SELECT count(*) FROM file_sums').pluck().get()).toBe(0);
    expect(changes()).toEqual([1]);
  });
});
