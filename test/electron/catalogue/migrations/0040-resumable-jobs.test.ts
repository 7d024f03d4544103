import { describe, expect, it } from 'vitest';
import { migration } from '../../../../electron/catalogue/migrations/0040-resumable-jobs.ts';
import { columnsOf, databaseAt } from './step.ts';

const at = '2025-01-01T00:00:00.000Z';
const insert = `INSERT INTO jobs (title, state, owner, work, limits, created_at, ended_at)
  VALUES ('A job', @state, @owner, '{}', @limits, '${at}', @endedAt)`;
const paused = { state: 'paused', owner: null, limits: '{}', endedAt: null };

describe('migration 40', () => {
  it('keeps the jobs, their partial files, and which ids were given', () => {
    const database = databaseAt(30);
    const before = `INSERT INTO jobs (title, state, owner, work, failure, created_at, ended_at)
      VALUES (?, ?, ?, '{"kind":"hash"}', ?, '${at}', ?)`;
    database.prepare(before).run('ran', 'running', '1-a', null, null);
    database.prepare(before).run('failed', 'failed', null, '{"code":"internal"}', at);
    database.prepare(before).run('forgotten', 'done', null, null, at);
    database.exec(`DELETE FROM jobs WHERE title = 'forgotten'`);
    database.exec(`INSERT INTO partial_files VALUES ('/out/.a', 1), ('/out/.b', NULL)`);
    migration.up(database);
    const unlimited = '{"bytesPerSecond":null,"workers":null,"lowPriority":false}';
    const common = { work: '{"kind":"hash"}', outcome: null, limits: unlimited, notes: '[]', progress: null };
    expect(database.prepare('SELECT * FROM jobs ORDER BY id').all()).toEqual([
      {
        ...common,
        id: 1,
        title: 'ran',
        state: 'running',
        owner: '1-a',
        failure: null,
        created_at: at,
        started_at: null,
        ended_at: null,
      },
      {
        ...common,
        id: 2,
        title: 'failed',
        state: 'failed',
        owner: null,
        failure: '{"code":"internal"}',
        created_at: at,
        started_at: null,
        ended_at: at,
      },
    ]);
    expect(database.prepare('SELECT * FROM partial_files ORDER BY path').all()).toEqual([
      { path: '/out/.a', job_id: 1 },
      { path: '/out/.b', job_id: null },
    ]);
    expect(database.prepare(insert).run(paused).lastInsertRowid).toBe(4);
    expect(database.pragma('foreign_key_check')).toEqual([]);
  });

  it('has a paused state, with or without a process that holds the job', () => {
    const database = databaseAt(40);
    const statement = database.prepare(insert);
    statement.run(paused);
    statement.run({ ...paused, owner: '1-a' });
    expect(() => statement.run({ ...paused, endedAt: at })).toThrow('CHECK');
    expect(() => statement.run({ ...paused, state: 'running' })).toThrow('CHECK');
    expect(() => statement.run({ ...paused, state: 'done', owner: '1-a', endedAt: at })).toThrow('CHECK');
    expect(() => statement.run({ ...paused, limits: '{' })).toThrow('CHECK');
  });

  it('keeps a journal with its job, and no longer', () => {
    const database = databaseAt(40);
    expect(columnsOf(database, 'job_journals')).toEqual(['job_id', 'sequence', 'record']);
    const id = database.prepare(insert).run(paused).lastInsertRowid;
    const append = database.prepare('INSERT INTO job_journals VALUES (?, ?, ?)');
    append.run(id, 1, Buffer.of(1));
    expect(() => append.run(id, 1, Buffer.of(2))).toThrow('UNIQUE');
    expect(() => append.run(99, 1, Buffer.of(2))).toThrow('FOREIGN KEY');
    database.exec('DELETE FROM jobs');
    expect(database.prepare('SELECT * FROM job_journals').all()).toEqual([]);
  });
});
