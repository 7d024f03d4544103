/** A queue over a catalogue in memory and threads that do what the test says; fresh for each test. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { ConversionResult } from '#shared/domain/conversion.ts';
import { type JobRequest } from '#shared/domain/job.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { ThreadPool } from '../../../electron/jobs/pool.ts';
import { JobQueue, type JobQueueOptions } from '../../../electron/jobs/queue.ts';
import { MemorySecrets } from '../../../electron/services/secrets.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { FakeThread, type FakeOperation, type Gate } from './fake-thread.ts';

const scratch = scratchFolder();

export const owner = { id: '1-aaaaaaaaaaaaaaaa', isAlive: (id: string) => id === '1-aaaaaaaaaaaaaaaa' };

/** What the present test has. */
export let folder: string;
export let catalogue: Catalogue;
export let threads: FakeThread[];
export let log: string[];
export let changed: LibraryEntry[];
export let secrets: MemorySecrets;
const queues: JobQueue[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'queue-'));
  catalogue = openCatalogue(':memory:');
  threads = [];
  log = [];
  changed = [];
  secrets = new MemorySecrets();
});

afterEach(async () => {
  for (const queue of queues.splice(0)) await queue.close();
});

export function createQueue(operation: FakeOperation, options: Partial<JobQueueOptions> = {}): JobQueue {
  const pool = new ThreadPool(() => {
    const thread = new FakeThread(operation);
    threads.push(thread);
    return thread;
  });
  const queue = new JobQueue({
    catalogue,
    pool,
    owner,
    cores: 2,
    accessTo: () => Promise.reject(new Error('no cloud was expected')),
    openSecrets: () => secrets,
    libraryChanged: (entry) => changed.push(entry),
    log: (line) => log.push(line),
    sampleMilliseconds: 5,
    patienceMilliseconds: 50,
    ...options,
  });
  queues.push(queue);
  return queue;
}

export function conversionTo(name: string): JobRequest {
  return {
    kind: 'convert',
    request: {
      source: { path: '/images/a.vmdk' },
      outputPath: join(folder, name),
      target: { format: 'qcow2', options: { compress: true } },
    },
  };
}

export function resultAt(path: string): ConversionResult {
  const sizes = { virtualSizeBytes: 2 ** 30, fileSizeBytes: 4096, allocatedBytes: 8192 };
  return { path, format: 'qcow2', variant: 'v3', ...sizes, verified: true, sha256: 'c'.repeat(64) };
}

/** Converts by waiting for the gate of its output's name. */
export function waitingFor(gates: Readonly<Record<string, Gate>>, begun: string[] = []): FakeOperation {
  return async (_, input, control) => {
    const { outputPath } = input as { outputPath: string };
    const name = outputPath.slice(folder.length + 1);
    begun.push(name);
    await Promise.race([gates[name]!.opened, control.cancelled]);
    return resultAt(outputPath);
  };
}

export async function ended(queue: JobQueue, id: number): Promise<ReturnType<JobQueue['get']>> {
  await vi.waitFor(() => expect(queue.get(id).endedAt).not.toBeNull());
  return queue.get(id);
}

/** The ids of the jobs that run. Paused ones do not. */
export function runningIn(queue: JobQueue): number[] {
  return queue
    .list()
    .filter(({ state }) => state === 'running')
    .map(({ id }) => id);
}
