import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { partialSuffix } from '#engine/bytes/partial-file.ts';
import type { JobRequest } from '#shared/domain/job.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { listPartialFiles } from '../../../electron/catalogue/partial-files.ts';
import { ThreadPool } from '../../../electron/jobs/pool.ts';
import { JobQueue } from '../../../electron/jobs/queue.ts';
import { MemorySecrets } from '../../../electron/services/secrets.ts';
import { WorkerThread } from '../../../electron/worker/client.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const worker = fileURLToPath(new URL('./fixture-worker.ts', import.meta.url));

let folder: string;
let catalogue: Catalogue;
let pool: ThreadPool;
let queue: JobQueue;

beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'threads-'));
  catalogue = openCatalogue(':memory:');
  pool = new ThreadPool(() => new WorkerThread({ worker, computer: worker }));
  queue = new JobQueue({
    catalogue,
    pool,
    owner: { id: '1-aaaaaaaaaaaaaaaa', isAlive: () => true },
    cores: 2,
    accessTo: () => Promise.reject(new Error('no cloud was expected')),
    openSecrets: () => new MemorySecrets(),
    libraryChanged: () => {},
    log: (line) => {
      throw new Error(line);
    },
    sampleMilliseconds: 10,
  });
});

afterEach(async () => {
  await queue.close();
  await pool.close();
});

const conversionTo = (name: string): JobRequest => ({
  kind: 'convert',
  request: { source: { path: '/images/a' }, outputPath: join(folder, name), target: { format: 'raw' } },
});

describe('a job in a real worker thread', () => {
  it('ends with its output in place, and its next one in the same thread', async () => {
    for (const name of ['quick-1', 'quick-2']) {
      const { id } = queue.start(conversionTo(name));
      await vi.waitFor(() => expect(queue.get(id).state).toBe('done'), 5000);
      expect(statSync(join(folder, name)).size).toBe(8);
      expect(listPartialFiles(catalogue, id)).toEqual([]);
    }
    expect(readdirSync(folder)).toEqual(['quick-1', 'quick-2']);
  });

  it('has its partial file on record before it is there, shows progress, and leaves nothing when cancelled', async () => {
    const { id } = queue.start(conversionTo('slow'));
    await vi.waitFor(() => expect(queue.get(id).progress?.doneBytes).toBeGreaterThan(2), 5000);
    const [partial, ...others] = listPartialFiles(catalogue, id);
    expect(others).toEqual([]);
    expect(partial?.endsWith(partialSuffix)).toBe(true);
    expect(existsSync(partial!)).toBe(true);
    expect(queue.get(id).progress).toMatchObject({
      phase: 'converting',
      item: 'disk1',
      totalBytes: 1_000_000,
    });
    queue.cancel(id);
    await vi.waitFor(() => expect(queue.get(id).state).toBe('cancelled'), 5000);
    expect(readdirSync(folder)).toEqual([]);
    expect(listPartialFiles(catalogue, id)).toEqual([]);
  });

  it('fails with the failure that crossed the port', async () => {
    const first = queue.start(conversionTo('quick'));
    await vi.waitFor(() => expect(queue.get(first.id).state).toBe('done'), 5000);
    const second = queue.start(conversionTo('quick'));
    await vi.waitFor(() => expect(queue.get(second.id).state).toBe('failed'), 5000);
    expect(queue.get(second.id).failure).toEqual({
      code: 'io.exists',
      details: { path: join(folder, 'quick') },
    });
  });

  it('leaves a thread for calls', async () => {
    queue.start(conversionTo('slow-1'));
    queue.start(conversionTo('slow-2'));
    expect(await pool.call((client) => client.formats())).toEqual([]);
  });
});
