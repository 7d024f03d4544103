/** The main thread's side of the thread of the jobs: the keeper's calls, answered over there. */
import { MessageChannel } from 'node:worker_threads';
import { inEnglish } from '#shared/in-english.ts';
import { serveCalls } from '../worker/calls.ts';
import { keptInThread } from '../worker/kept-thread.ts';
import type { JobKeeper, JobKeeperEvent } from './keeper.ts';
import { lendStore, type LentStore } from './lent-store.ts';
import type { PermissionStore } from './secrets.ts';
import type { JobThreadHost, JobThreadStart } from './thread.ts';
import type { AccessTo } from './work.ts';

export interface JobThreadParts extends Omit<JobThreadStart, 'host' | 'secrets'> {
  /** The thread's script: an absolute path. */
  readonly entry: string;
  /** The thread is started when this is settled. */
  readonly after?: Promise<unknown>;
  readonly accessTo: AccessTo;
  readonly openSecrets: () => PermissionStore;
  readonly tell: (event: JobKeeperEvent) => void;
}

/** Twice the queue's patience with a thread that does not heed, and what ending takes. */
const closeMilliseconds = 8000;

/** Starts the thread. What is asked of a thread that dies fails with `operation.interrupted`, and so do its jobs. */
export function jobsInThread(parts: JobThreadParts): JobKeeper {
  const { entry, after, accessTo, openSecrets, tell, ...data } = parts;
  const log = (line: string): void => tell({ kind: 'log', line });
  return keptInThread<JobKeeper, JobKeeperEvent>({
    entry,
    ...(after === undefined ? {} : { after }),
    begin: () => {
      const host = new MessageChannel();
      serveCalls(host.port1, { accessTo } satisfies JobThreadHost);
      const lent = new MessageChannel();
      const memory = new SharedArrayBuffer(4);
      lendStore({ port: lent.port1, memory }, openSecrets);
      const secrets: LentStore = { port: lent.port2, memory };
      return {
        data: { ...data, host: host.port2, secrets } satisfies JobThreadStart,
        ports: [host.port2, lent.port2],
      };
    },
    tell,
    ended: (error) =>
      error === null
        ? inEnglish('the thread of the jobs ended')
        : inEnglish('the thread of the jobs failed: {error}', { error }),
    log,
    again: (jobs) => {
      jobs.recover().catch((error: unknown) => log(`the jobs are not taken up: ${String(error)}`));
    },
    closeMilliseconds,
  });
}
