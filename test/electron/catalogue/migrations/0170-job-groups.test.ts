import { expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';
import { databaseAt } from './step.ts';

it('keeps the jobs, each on its own and in the order in which they were queued', () => {
  const step = migrations.find(({ version }) => version === 170)!;
  for (const { version } of migrations.filter((earlier) => earlier.version >= 40 && earlier.version < 170)) {
    const database = databaseAt(version);
    database.exec(`INSERT INTO jobs (title, state, owner, work, limits, created_at)
      VALUES ('Convert a', 'queued', '1-a', '{}', '{}', '2026-01-01T00:00:00.000Z')`);
    step.up(database);
    expect(database.prepare('SELECT id, title, state, group_id, place FROM jobs').all()).toEqual([
      { id: 1, title: 'Convert a', state: 'queued', group_id: null, place: null },
    ]);
  }
});
