import { describe, expect, it } from 'vitest';
import type { Job, JobEvent, JobProgress } from '#shared/domain/job.ts';
import type { LibraryEvent } from '#shared/domain/library.ts';
import { createJobEvents, createLibraryEvents } from '../../../electron/jobs/events.ts';

const job = (id: number, state: Job['state']): JobEvent => ({ kind: 'changed', job: { id, state } as Job });
const progressed = (id: number, doneBytes: number): JobEvent => ({
  kind: 'progressed',
  id,
  progress: { doneBytes } as JobProgress,
});
const log = (line: string): void => {
  throw new Error(line);
};

describe('createJobEvents', () => {
  it('spares a slow watcher: the newest state and the newest progress of each job', () => {
    const events = createJobEvents(log);
    const watch = events.watch();
    const all = [job(1, 'queued'), job(1, 'running'), job(2, 'queued'), progressed(1, 1), progressed(1, 2)];
    for (const event of all) events.publish(event);
    expect(watch.unread).toEqual([job(1, 'running'), job(2, 'queued'), progressed(1, 2)]);
    events.publish(job(1, 'done'));
    expect(watch.unread).toEqual([job(2, 'queued'), job(1, 'done')]);
    events.publish({ kind: 'forgotten', id: 1 });
    expect(watch.unread).toEqual([job(2, 'queued'), { kind: 'forgotten', id: 1 }]);
  });
});

describe('createLibraryEvents', () => {
  it('spares a slow watcher: each entry is told of once', () => {
    const events = createLibraryEvents(log);
    const watch = events.watch();
    for (const id of [1, 2, 1]) events.publish({ changed: [id] });
    expect(watch.unread).toEqual([{ changed: [2] }, { changed: [1] }]);
  });

  it('keeps what is told of many at once, in its order', () => {
    const events = createLibraryEvents(log);
    const watch = events.watch();
    const batch: LibraryEvent = { changed: [1, 2] };
    for (const event of [batch, batch, { changed: null }, { changed: null }]) events.publish(event);
    expect(watch.unread).toEqual([batch, batch, { changed: null }]);
  });
});
