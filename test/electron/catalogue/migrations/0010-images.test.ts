import { describe, expect, it } from 'vitest';
import { columnsOf, databaseAt } from './step.ts';

const insert = `INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at, sha256, origin)
  VALUES (@path, 'disk', 'raw', @size, 0, '2025-01-01T00:00:00.000Z', @sha256, @origin)`;
const image = { path: '/a.raw', size: 1, sha256: null, origin: null };

describe('migration 10', () => {
  it('makes the images', () => {
    expect(columnsOf(databaseAt(10), 'images')).toEqual([
      'id',
      'path',
      'kind',
      'format',
      'variant',
      'virtual_size_bytes',
      'file_size_bytes',
      'allocated_bytes',
      'modified_milliseconds',
      'sha256',
      'origin',
      'added_at',
      'missing',
    ]);
  });

  it('holds one entry per path, and never gives an id twice', () => {
    const database = databaseAt(10);
    const first = database.prepare(insert).run(image).lastInsertRowid;
    expect(() => database.prepare(insert).run(image)).toThrow('UNIQUE');
    database.exec('DELETE FROM images');
    expect(database.prepare(insert).run(image).lastInsertRowid).toBe(Number(first) + 1);
  });

  it('refuses what cannot be', () => {
    const database = databaseAt(10);
    const refused = (change: object): void => {
      expect(() => database.prepare(insert).run({ ...image, ...change })).toThrow(/constraint|cannot store/);
    };
    refused({ size: -1 });
    refused({ size: 'many' });
    refused({ sha256: 'abc' });
    refused({ origin: '{' });
  });
});
