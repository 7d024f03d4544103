import { describe, expect, it } from 'vitest';
import { columnsOf, databaseAt } from './step.ts';

const insert = `INSERT INTO jobs (title, state, owner, work, created_at, ended_at)
  VALUES ('A job', @state, @owner, @work, '2025-01-01T00:00:00.000Z', @endedAt)`;
const queued = { state: 'queued', owner: '1-a', work: '{}', endedAt: null };

describe('migration 20', () => {
  it('makes the jobs and their partial files', () => {
    const database = databaseAt(20);
    expect(columnsOf(database, 'jobs')).toEqual([
      'id',
      'title',
      'state',
      'owner',
      'work',
      'outcome',
      'failure',
      'created_at',
      'started_at',
      'ended_at',
    ]);
    expect(columnsOf(database, 'partial_files')).toEqual(['path', 'job_id']);
  });

  it('has an owner for what is queued or runs, and an end for the rest', () => {
    const database = databaseAt(20);
    const statement = database.prepare(insert);
    statement.run(queued);
    statement.run({ ...queued, state: 'done', owner: null, endedAt: '2025-01-02T00:00:00.000Z' });
    expect(() => statement.run({ ...queued, owner: null })).toThrow('CHECK');
    expect(() => statement.run({ ...queued, state: 'failed' })).toThrow('CHECK');
    expect(() => statement.run({ ...queued, state: 'asleep' })).toThrow('CHECK');
    expect(() => statement.run({ ...queued, work: '{' })).toThrow('CHECK');
  });

  it('keeps a partial file on record when its job is forgotten', () => {
    const database = databaseAt(20);
    const id = database.prepare(insert).run(queued).lastInsertRowid;
    database.prepare('INSERT INTO partial_files (path, job_id) VALUES (?, ?)').run('/out/.a.partial', id);
    database.exec('DELETE FROM jobs');
    expect(database.prepare('SELECT path, job_id FROM partial_files').all()).toEqual([
      { path: '/out/.a.partial', job_id: null },
    ]);
  });
});
