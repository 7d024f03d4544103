import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 270)!;

describe('migration 270', () => {
  it('begins with the order of names, whatever their case, and loses no search', () => {
    const database = databaseAt(240);
    const add = database.prepare('INSERT INTO saved_searches (name, query) VALUES (?, ?)');
    for (const name of ['web', 'Archive', 'build', 'Zulu']) add.run(name, `tag:${name}`);
    step.up(database);
    expect(
      database.prepare('SELECT name, query, position FROM saved_searches ORDER BY position').all(),
    ).toEqual([
      { name: 'Archive', query: 'tag:Archive', position: 0 },
      { name: 'build', query: 'tag:build', position: 1 },
      { name: 'web', query: 'tag:web', position: 2 },
      { name: 'Zulu', query: 'tag:Zulu', position: 3 },
    ]);
  });
});
