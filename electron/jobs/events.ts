/** The events that jobs and the library send to their watchers. */
import type { JobEvent } from '#shared/domain/job.ts';
import type { LibraryEvent } from '#shared/domain/library.ts';
import type { Log } from '../catalogue/database.ts';
import { Broadcast } from './broadcast.ts';

/** A slow watcher gets the newest state of each job, and the newest progress. */
export function createJobEvents(log: Log): Broadcast<JobEvent> {
  const key = (kind: JobEvent['kind'], id: number): string => `${kind} ${id}`;
  return new Broadcast<JobEvent>(
    {
      key: (event) => key(event.kind, event.kind === 'changed' ? event.job.id : event.id),
      replaces(event) {
        if (event.kind === 'changed') return [key('progressed', event.job.id)];
        if (event.kind === 'forgotten') return [key('changed', event.id), key('progressed', event.id)];
        return [];
      },
    },
    log,
  );
}

/** A slow watcher gets the newest state of each entry. */
export function createLibraryEvents(log: Log): Broadcast<LibraryEvent> {
  return new Broadcast<LibraryEvent>(
    { key: (event) => String(event.kind === 'changed' ? event.entry.id : event.id) },
    log,
  );
}
