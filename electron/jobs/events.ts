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

/** That something about the watched folders is other than before; once is enough for who has not looked yet. */
export function createFolderEvents(log: Log): Broadcast<'changed'> {
  return new Broadcast<'changed'>({ key: (event) => event }, log);
}

/** That contents are read, or duplicates may be others. */
export function createContentEvents(log: Log): Broadcast<'changed'> {
  return new Broadcast<'changed'>({ key: (event) => event }, log);
}

/** That something about the library file is other than before. */
export function createUpkeepEvents(log: Log): Broadcast<'changed'> {
  return new Broadcast<'changed'>({ key: (event) => event }, log);
}

/** A slow watcher hears once of each entry that is told of by itself; what a scan tells stays in its order. */
export function createLibraryEvents(log: Log): Broadcast<LibraryEvent> {
  let batches = 0;
  return new Broadcast<LibraryEvent>(
    {
      key: ({ changed }) =>
        changed === null ? 'all' : changed.length === 1 ? String(changed[0]) : `batch ${++batches}`,
    },
    log,
  );
}
