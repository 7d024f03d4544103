/** Keeps the jobs: the queue as calls with one input each, so that they may be answered in another thread. */
import type { CloudObject } from '#shared/domain/cloud-image.ts';
import type { Job, JobEvent, JobLimits, JobRequest } from '#shared/domain/job.ts';
import type { Message } from '#shared/in-english.ts';
import { readSettings } from '../catalogue/settings.ts';
import { JobQueue, type JobQueueOptions } from './queue.ts';

/** What the keeper tells without being asked. */
export type JobKeeperEvent =
  | { readonly kind: 'job'; readonly event: JobEvent }
  /** A job has added or changed an entry of the library. */
  | { readonly kind: 'library'; readonly changed: readonly number[] }
  | { readonly kind: 'log'; readonly line: string };

export interface JobKeeperParts extends Omit<JobQueueOptions, 'limits' | 'libraryChanged' | 'log'> {
  readonly tell: (event: JobKeeperEvent) => void;
}

export type JobKeeper = ReturnType<typeof keepJobs>;

export function keepJobs({ tell, ...options }: JobKeeperParts) {
  const log = (line: string): void => tell({ kind: 'log', line });
  const queue = new JobQueue({
    ...options,
    limits: () => readSettings(options.catalogue).limits,
    libraryChanged: ({ id }) => tell({ kind: 'library', changed: [id] }),
    log,
  });
  queue.events.listen((event) => tell({ kind: 'job', event }));
  let recovered: Promise<void> = Promise.resolve();
  return {
    /** Settles what a crash left, and starts what was queued. */
    recover: async (): Promise<void> => {
      recovered = queue.recover().catch((error: unknown) => log(`recovery failed: ${String(error)}`));
      await recovered;
    },
    start: async (work: JobRequest): Promise<Job> => queue.start(work),
    startGroup: async (group: { title: Message; works: readonly JobRequest[] }): Promise<Job[]> =>
      queue.startGroup(group.title, group.works),
    list: async (): Promise<Job[]> => queue.list(),
    underWay: async (): Promise<boolean> => queue.underWay,
    askGroup: async (asked: { id: number; what: 'pause' | 'resume' | 'cancel' }): Promise<void> =>
      queue.askGroup(asked.id, asked.what),
    move: async (asked: { id: number; before: number | null }): Promise<void> =>
      queue.move(asked.id, asked.before),
    pause: async ({ id }: { id: number }): Promise<void> => queue.pause(id),
    resume: async ({ id }: { id: number }): Promise<void> => queue.resume(id),
    limit: async (asked: { id: number; limits: JobLimits }): Promise<void> =>
      queue.limit(asked.id, asked.limits),
    notify: async (asked: { id: number; notify: boolean }): Promise<void> =>
      queue.notify(asked.id, asked.notify),
    cancel: async ({ id }: { id: number }): Promise<void> => queue.cancel(id),
    retry: async ({ id }: { id: number }): Promise<Job> => queue.retry(id),
    forget: async ({ id }: { id: number }): Promise<void> => queue.forget(id),
    takePermission: async (object: CloudObject): Promise<string | null> => queue.takePermission(object),
    close: async (): Promise<void> => {
      await queue.close();
      await recovered;
    },
  };
}
