import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { columnsOf, databaseAt } from './step.ts';

describe('migration 190', () => {
  it('adds a place for presets to the library of the step before it', () => {
    const index = migrations.findIndex(({ version }) => version === 190);
    const database = databaseAt(migrations[index - 1]!.version);
    migrations[index]!.up(database);
    expect(columnsOf(database, 'metadata_presets')).toEqual(['cloud', 'name', 'settings']);
    const add = database.prepare('INSERT INTO metadata_presets VALUES (?, ?, ?)');
    add.run('openstack', 'servers', '{}');
    expect(() => add.run('openstack', 'servers', '{}')).toThrow('UNIQUE');
    expect(() => add.run('azure', 'servers', 'no JSON')).toThrow('CHECK');
  });
});
