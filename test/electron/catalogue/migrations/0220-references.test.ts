import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 220)!;

describe('migration 220', () => {
  it('notes whose parts come and go, in every earlier library that has watched folders', () => {
    for (const { version } of migrations.filter(
      (earlier) => earlier.version >= 111 && earlier.version < 220,
    )) {
      const database = databaseAt(version);
      database.exec(`INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at)
        VALUES ('/a/disk.vmdk', 'disk', 'vmdk', 5, 4, '2025-01-01T00:00:00.000Z'),
               ('/a/cut.001', 'disk', 'raw', 5, 4, '2025-01-01T00:00:00.000Z')`);
      step.up(database);
      const changes = (): unknown[] => {
        const ids = database.prepare('SELECT image_id FROM image_changes ORDER BY sequence').pluck().all();
        database.exec('DELETE FROM image_changes');
        return ids;
      };
      changes();
      const refer =
        database.prepare(`INSERT INTO file_references (path, ordinal, role, name, target, required)
        VALUES (?, 0, ?, '', ?, 1)`);
      refer.run('/a/disk.vmdk', 'extent', '/a/disk-flat.vmdk');
      database.exec("INSERT INTO file_identities (path, identity) VALUES ('/a/cut.001', 'pieces:/a/cut')");
      expect(changes()).toEqual([]);
      refer.run('/a/cut.002', 'piece-of', 'pieces:/a/cut');
      expect(changes()).toEqual([2]);
      const see = database.prepare(`INSERT INTO seen_files (folder, name, device, inode, size_bytes,
        modified_milliseconds, recogniser) VALUES ('/a', ?, '1', ?, 5, 1, 1)`);
      see.run('disk-flat.vmdk', '1');
      see.run('other.vmdk', '2');
      see.run('cut.002', '3');
      expect(changes()).toEqual([1, 2]);
      database.exec('DELETE FROM seen_files');
      expect(changes().sort()).toEqual([1, 2]);
      expect(() => refer.run('/a/disk.vmdk', 'extent', '/twice')).toThrow();
    }
  });
});
