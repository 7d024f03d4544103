import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 340)!;

describe('migration 340', () => {
  it('makes room for one index', () => {
    const database = databaseAt(339);
    step.up(database);
    const insert = database.prepare(
      'INSERT INTO kept_index (id, format, sequence, data) VALUES (@id, 1, 7, @data)',
    );
    insert.run({ id: 1, data: Buffer.from('index') });
    expect(() => insert.run({ id: 2, data: Buffer.from('another') })).toThrow('CHECK');
  });
});
