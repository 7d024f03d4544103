import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { databaseAt } from './step.ts';

const step = migrations.find(({ version }) => version === 310)!;

describe('migration 310', () => {
  it('tells of no job that nobody asked to be told of', () => {
    const database = databaseAt(309);
    database
      .prepare(
        `INSERT INTO jobs (title, state, work, limits, created_at, ended_at)
         VALUES ('old', 'done', '{}', '{}', '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:01.000Z')`,
      )
      .run();
    step.up(database);
    expect(database.prepare('SELECT title, notify FROM jobs').all()).toEqual([{ title: 'old', notify: 0 }]);
  });
});
