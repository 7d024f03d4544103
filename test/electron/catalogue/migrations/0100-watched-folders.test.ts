import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { columnsOf, databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 100)!;

describe('migration 100', () => {
  it('keeps the entries of every earlier library, with nothing known of where their files moved', () => {
    for (const { version } of migrations.filter((earlier) => earlier.version < 100)) {
      const database = databaseAt(version);
      database.exec(`INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at, sha256)
        VALUES ('/a.raw', 'disk', 'raw', 5, 4, '2025-01-01T00:00:00.000Z', '${'a'.repeat(64)}')`);
      step.up(database);
      expect(database.prepare('SELECT * FROM images').get()).toMatchObject({
        id: 1,
        path: '/a.raw',
        file_size_bytes: 5,
        sha256: 'a'.repeat(64),
        device: null,
        inode: null,
        born: null,
        fingerprint: null,
      });
    }
  });

  it('makes the folders and what was seen in them', () => {
    const database = databaseAt(100);
    expect(columnsOf(database, 'watched_folders')).toEqual([
      'id',
      'path',
      'added_at',
      'scanned_at',
      'failure',
    ]);
    expect(columnsOf(database, 'seen_folders')).toEqual(['path', 'parent', 'failure']);
    expect(columnsOf(database, 'seen_files')).toEqual([
      'folder',
      'name',
      'device',
      'inode',
      'size_bytes',
      'modified_milliseconds',
      'recogniser',
      'ignored',
      'failure',
    ]);
    const watch = database.prepare("INSERT INTO watched_folders (path, added_at) VALUES ('/a', 'now')");
    watch.run();
    expect(() => watch.run()).toThrow('UNIQUE');
  });
});
