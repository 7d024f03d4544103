import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { inWords } from '#shared/text/in-words.ts';
import { partialSuffix } from '#engine/bytes/partial-file.ts';
import { unlimited, type JobEvent } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { listImages, rememberImage } from '../../../electron/catalogue/images.ts';
import { insertJob, takeNextJob } from '../../../electron/catalogue/jobs.ts';
import { listPartialFiles, recordPartialFile } from '../../../electron/catalogue/partial-files.ts';
import { ThreadPool } from '../../../electron/jobs/pool.ts';
import { createGate } from './fake-thread.ts';
import {
  catalogue,
  changed,
  conversionTo,
  createQueue,
  ended,
  folder,
  log,
  owner,
  resultAt,
  runningIn,
  threads,
  waitingFor,
} from './queue-fixture.ts';

const packagePath = '/packages/web.ova';

describe('JobQueue', () => {
  it('runs jobs in order, as many at a time as there are cores', async () => {
    const gates = { a: createGate(), b: createGate(), c: createGate(), d: createGate() };
    const begun: string[] = [];
    const queue = createQueue(waitingFor(gates, begun));
    const jobs = Object.keys(gates).map((name) => queue.start(conversionTo(name)));
    expect(jobs.map((job) => job.state)).toEqual(['running', 'running', 'queued', 'queued']);
    expect(begun).toEqual(['a', 'b']);
    gates.b.open();
    await ended(queue, jobs[1]!.id);
    await vi.waitFor(() => expect(begun).toEqual(['a', 'b', 'c']));
    expect(queue.list().map((job) => job.state)).toEqual(['queued', 'running', 'done', 'running']);
    for (const gate of Object.values(gates)) gate.open();
    for (const job of jobs) expect((await ended(queue, job.id)).state).toBe('done');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    expect(runningIn(queue)).toEqual([]);
  });

  it('stores the outcome and adds the result to the library, in one step', async () => {
    const gates = { 'a.qcow2': createGate() };
    const queue = createQueue(waitingFor(gates));
    const job = queue.start(conversionTo('a.qcow2'));
    expect(inWords(job.title)).toBe('Convert a.vmdk to qcow2');
    expect(job).toMatchObject({ state: 'running', progress: null });
    expect(listImages(catalogue)).toEqual([]);
    gates['a.qcow2'].open();
    const done = await ended(queue, job.id);
    expect(done.outcome).toEqual({ kind: 'convert', result: resultAt(join(folder, 'a.qcow2')) });
    expect(done.failure).toBeNull();
    expect(changed).toEqual(listImages(catalogue));
    expect(changed).toMatchObject([
      {
        path: join(folder, 'a.qcow2'),
        kind: 'disk',
        format: 'qcow2',
        variant: 'v3',
        virtualSizeBytes: 2 ** 30,
        sha256: 'c'.repeat(64),
        addedAt: done.endedAt,
        origin: {
          kind: 'converted',
          sourcePath: '/images/a.vmdk',
          disk: null,
          format: 'qcow2',
          options: { compress: true },
        },
      },
    ]);
  });

  it('has failed, and the library is as it was, when the result cannot be stored', async () => {
    catalogue.run(`CREATE TRIGGER full BEFORE INSERT ON images WHEN new.path LIKE '%disk2%'
      BEGIN SELECT RAISE(ABORT, 'full'); END`);
    const files = ['disk1', 'disk2'].map((disk) => ({ ...resultAt(join(folder, disk)), disk }));
    const queue = createQueue(() => Promise.resolve({ files }));
    const work = { kind: 'extract', request: { packagePath, outputFolder: folder, disks: [] } } as const;
    const job = await ended(queue, queue.start(work).id);
    expect(job).toMatchObject({ state: 'failed', outcome: null, failure: { code: 'io.failed' } });
    expect(listImages(catalogue)).toEqual([]);
    expect(changed).toEqual([]);
  });

  it('tells its watchers of an end that cannot be stored at all', async () => {
    const gates = { a: createGate() };
    const queue = createQueue(waitingFor(gates));
    const events: JobEvent[] = [];
    queue.events.listen((event) => events.push(event));
    const { id } = queue.start(conversionTo('a'));
    catalogue.run(`CREATE TRIGGER full BEFORE UPDATE ON jobs BEGIN SELECT RAISE(ABORT, 'full'); END`);
    gates.a.open();
    await vi.waitFor(() =>
      expect(events[events.length - 1]).toMatchObject({ kind: 'changed', job: { id, state: 'failed' } }),
    );
    expect(log).toHaveLength(2);
  });

  it('tells of each extracted disk which one of the package it is', async () => {
    const files = ['disk1', 'disk2'].map((disk) => ({ ...resultAt(join(folder, `${disk}.qcow2`)), disk }));
    const queue = createQueue(() => Promise.resolve({ files }));
    const disks = [{ name: 'disk2', target: { format: 'qcow2', options: { clusterSize: 65_536 } } }];
    const work = { kind: 'extract', request: { packagePath, outputFolder: folder, disks } } as const;
    const job = await ended(queue, queue.start(work).id);
    expect(inWords(job.title)).toBe('Extract web.ova');
    expect(job.state).toBe('done');
    const origins = changed.map((entry) => entry.origin);
    const origin = { kind: 'extracted', sourcePath: packagePath, format: 'qcow2' };
    expect(origins).toEqual([
      { ...origin, disk: 'disk1', options: {} },
      { ...origin, disk: 'disk2', options: { clusterSize: 65_536 } },
    ]);
  });

  it('keeps the digest of a file that stayed as it was, and not that of one that changed meanwhile', async () => {
    const path = join(folder, 'a.raw');
    writeFileSync(path, 'content');
    const known = { kind: 'disk', format: 'raw', variant: null, virtualSizeBytes: 7 } as const;
    const sizes = { fileSizeBytes: 7, allocatedBytes: 4096, modifiedMilliseconds: null };
    rememberImage(catalogue, { path, ...known, ...sizes }, '2025-01-01T00:00:00.000Z');
    let touch = false;
    const queue = createQueue(() => {
      if (touch) utimesSync(path, 1000, 1000);
      return Promise.resolve({ sha256: (touch ? 'e' : 'd').repeat(64), virtualSizeBytes: 7 });
    });
    const work = { kind: 'hash', request: { path } } as const;
    expect((await ended(queue, queue.start(work).id)).state).toBe('done');
    expect(listImages(catalogue)[0]!.sha256).toBe('d'.repeat(64));
    touch = true;
    const second = await ended(queue, queue.start(work).id);
    expect(second.outcome).toEqual({ kind: 'hash', result: { sha256: 'e'.repeat(64), virtualSizeBytes: 7 } });
    expect(listImages(catalogue)[0]!.sha256).toBe('d'.repeat(64));
  });

  it('stores why a job failed', async () => {
    const queue = createQueue(() =>
      Promise.reject(new Failure('io.no-space', { path: '/out', freeBytes: 5 })),
    );
    const failed = await ended(queue, queue.start(conversionTo('a')).id);
    expect(failed).toMatchObject({
      state: 'failed',
      outcome: null,
      failure: { code: 'io.no-space', details: { path: '/out', freeBytes: 5 } },
    });
    expect(listImages(catalogue)).toEqual([]);
  });

  it('ends a job as interrupted when its thread dies', async () => {
    const queue = createQueue(() => new Promise(() => {}));
    const { id } = queue.start(conversionTo('a'));
    await threads[0]!.terminate();
    expect((await ended(queue, id)).state).toBe('interrupted');
  });

  it('goes on when a thread cannot be started', async () => {
    const pool = new ThreadPool(() => {
      throw new Error('no more threads');
    });
    const queue = createQueue(() => Promise.resolve({}), { pool });
    const failed = await ended(queue, queue.start(conversionTo('a')).id);
    expect(failed.failure).toEqual({ code: 'internal', details: { problem: 'no more threads' } });
  });

  it('tells its watchers every change and the progress', async () => {
    const gates = { a: createGate() };
    const report = {
      phase: 'converting',
      item: 'a.vmdk',
      totalBytes: 100,
      earlierBytes: 0,
      laterBytes: 0,
    } as const;
    const queue = createQueue(async (name, input, control) => {
      control.report({ ...report, doneBytes: 40 });
      return waitingFor(gates)(name, input, control);
    });
    const events: JobEvent[] = [];
    queue.events.listen((event) => events.push(event));
    const { id } = queue.start(conversionTo('a'));
    await vi.waitFor(() => expect(events.some((event) => event.kind === 'progressed')).toBe(true));
    const progress = { ...report, doneBytes: 40, bytesPerSecond: null, secondsLeft: null };
    expect(queue.get(id).progress).toEqual(progress);
    expect(runningIn(queue)).toEqual([id]);
    gates.a.open();
    await ended(queue, id);
    queue.forget(id);
    const kinds = events.map((event) => (event.kind === 'changed' ? event.job.state : event.kind));
    // How often the progress is told depends on how busy the machine is.
    const order = kinds.filter((kind, index) => kind !== kinds[index - 1]);
    expect(order).toEqual(['queued', 'running', 'progressed', 'done', 'forgotten']);
    expect(events).toContainEqual({ kind: 'progressed', id, progress });
    expect(() => queue.get(id)).toThrow('there is no job');
  });

  it('queues the work of an ended job again, as a new one', async () => {
    let attempts = 0;
    const queue = createQueue((_, input) =>
      ++attempts === 1
        ? Promise.reject(new Failure('io.no-space', { path: '/out' }))
        : Promise.resolve(resultAt((input as { outputPath: string }).outputPath)),
    );
    const first = await ended(queue, queue.start(conversionTo('a')).id);
    const second = queue.retry(first.id);
    expect(second.id).not.toBe(first.id);
    expect((await ended(queue, second.id)).state).toBe('done');
    expect(queue.list()).toMatchObject([
      { id: second.id, state: 'done', work: first.work },
      { id: first.id, state: 'failed' },
    ]);
  });

  it('neither forgets nor repeats what has not ended, nor what there never was', () => {
    const queue = createQueue(() => new Promise(() => {}), { cores: 1 });
    const [running, queued] = [queue.start(conversionTo('a')), queue.start(conversionTo('b'))];
    for (const { id } of [running, queued]) {
      expect(() => queue.forget(id)).toThrow('has not ended');
      expect(() => queue.retry(id)).toThrow('has not ended');
    }
    for (const call of [queue.forget, queue.retry, queue.cancel]) {
      expect(() => call.call(queue, 99)).toThrow('there is no job 99');
    }
  });
});

describe('JobQueue.cancel', () => {
  it('stops a running job and starts the next', async () => {
    const gates = { a: createGate(), b: createGate() };
    const queue = createQueue(waitingFor(gates), { cores: 1 });
    const [first, second] = [queue.start(conversionTo('a')), queue.start(conversionTo('b'))];
    queue.cancel(first.id);
    expect(await ended(queue, first.id)).toMatchObject({ state: 'cancelled', failure: null });
    await vi.waitFor(() => expect(queue.get(second.id).state).toBe('running'));
    queue.cancel(first.id);
    expect(queue.get(first.id).state).toBe('cancelled');
  });

  it('takes a queued job out of the queue', async () => {
    const gates = { a: createGate(), b: createGate() };
    const begun: string[] = [];
    const queue = createQueue(waitingFor(gates, begun), { cores: 1 });
    const [first, second] = [queue.start(conversionTo('a')), queue.start(conversionTo('b'))];
    queue.cancel(second.id);
    expect(queue.get(second.id)).toMatchObject({ state: 'cancelled', startedAt: null });
    gates.a.open();
    await ended(queue, first.id);
    expect(begun).toEqual(['a']);
  });

  it('ends the thread of a job that does not heed it, and removes what it wrote', async () => {
    const partial = join(folder, `.a.0a1b2c3d${partialSuffix}`);
    const queue = createQueue((_, __, control) => {
      control.partialCreated(partial);
      writeFileSync(partial, 'half');
      return new Promise(() => {});
    });
    const { id } = queue.start(conversionTo('a'));
    expect(listPartialFiles(catalogue, id)).toEqual([partial]);
    queue.cancel(id);
    expect((await ended(queue, id)).state).toBe('cancelled');
    expect(threads[0]!.alive).toBe(false);
    expect(existsSync(partial)).toBe(false);
    expect(listPartialFiles(catalogue, id)).toEqual([]);
  });

  it('leaves alone what another process runs', () => {
    const other = '2-bbbbbbbbbbbbbbbb';
    const queue = createQueue(() => new Promise(() => {}), { owner: { ...owner, isAlive: () => true } });
    const createdAt = '2025-01-01T00:00:00.000Z';
    const { id } = insertJob(catalogue, {
      title: 'x',
      work: conversionTo('a'),
      limits: unlimited,
      owner: other,
      createdAt,
    });
    takeNextJob(catalogue, other, createdAt);
    expect(() => queue.cancel(id)).toThrow('another Platter');
    expect(queue.get(id).state).toBe('running');
  });
});

describe('partial files', () => {
  it('are on record while they are there', async () => {
    const partial = join(folder, `.a.0a1b2c3d${partialSuffix}`);
    const gates = { a: createGate() };
    const queue = createQueue(async (name, input, control) => {
      control.partialCreated(partial);
      const result = await waitingFor(gates)(name, input, control);
      control.partialGone(partial);
      return result;
    });
    const { id } = queue.start(conversionTo('a'));
    expect(listPartialFiles(catalogue, id)).toEqual([partial]);
    gates.a.open();
    await ended(queue, id);
    expect(listPartialFiles(catalogue, id)).toEqual([]);
  });

  it('do not end the process when they cannot be recorded', async () => {
    const queue = createQueue((_, input, control) => {
      control.partialCreated({ not: 'a path' } as never);
      return Promise.resolve(resultAt((input as { outputPath: string }).outputPath));
    });
    expect((await ended(queue, queue.start(conversionTo('a')).id)).state).toBe('done');
    expect(log).toHaveLength(1);
    expect(log[0]).toContain('could not be put on record');
  });
});

describe('JobQueue.close', () => {
  it('interrupts what runs, leaves nothing behind, and keeps what is queued', async () => {
    const partial = join(folder, `.a.0a1b2c3d${partialSuffix}`);
    const queue = createQueue(
      (_, __, control) => {
        control.partialCreated(partial);
        writeFileSync(partial, 'half');
        return control.cancelled;
      },
      { cores: 1 },
    );
    const [running, queued] = [queue.start(conversionTo('a')), queue.start(conversionTo('b'))];
    await queue.close();
    expect(queue.get(running.id)).toMatchObject({
      state: 'interrupted',
      failure: { code: 'operation.interrupted', details: { reason: 'Platter was closed' } },
    });
    expect(queue.get(queued.id).state).toBe('queued');
    expect(existsSync(partial)).toBe(false);
    expect(() => queue.start(conversionTo('c'))).toThrow('operation.interrupted');
  });
});

describe('JobQueue.recover', () => {
  const other = '2-bbbbbbbbbbbbbbbb';
  const createdAt = '2025-01-01T00:00:00.000Z';

  /** What another process leaves when it is killed: a job that ran, one that waited, and half a file. */
  function leaveBehind(): { ran: number; waited: number; partial: string } {
    const ran = insertJob(catalogue, {
      title: 'x',
      work: conversionTo('a'),
      limits: unlimited,
      owner: other,
      createdAt,
    }).id;
    takeNextJob(catalogue, other, createdAt);
    const waited = insertJob(catalogue, {
      title: 'y',
      work: conversionTo('b'),
      limits: unlimited,
      owner: other,
      createdAt,
    }).id;
    const partial = join(folder, `.a.0a1b2c3d${partialSuffix}`);
    writeFileSync(partial, 'half');
    recordPartialFile(catalogue, ran, partial);
    return { ran, waited, partial };
  }

  it('interrupts what a dead process ran, removes its partial file, and takes over its queue', async () => {
    const { ran, waited, partial } = leaveBehind();
    const precious = join(folder, 'precious.qcow2');
    writeFileSync(precious, 'precious');
    recordPartialFile(catalogue, ran, precious);
    const gates = { b: createGate() };
    const queue = createQueue(waitingFor(gates));
    const events: JobEvent[] = [];
    queue.events.listen((event) => events.push(event));
    await queue.recover();
    expect(queue.get(ran)).toMatchObject({
      state: 'interrupted',
      failure: { code: 'operation.interrupted' },
    });
    expect(existsSync(partial)).toBe(false);
    expect(existsSync(precious)).toBe(true);
    expect(listPartialFiles(catalogue, ran)).toEqual([]);
    expect(queue.get(waited).state).toBe('running');
    const kinds = events.map((event) =>
      event.kind === 'changed' ? [event.job.id, event.job.state] : event.kind,
    );
    expect(kinds).toEqual([
      [ran, 'interrupted'],
      [waited, 'queued'],
      [waited, 'running'],
    ]);
    gates.b.open();
    expect((await ended(queue, waited)).state).toBe('done');
  });

  it('leaves a living process its jobs and its partial files', async () => {
    const { ran, waited, partial } = leaveBehind();
    const queue = createQueue(() => new Promise(() => {}), { owner: { ...owner, isAlive: () => true } });
    await queue.recover();
    expect(queue.get(ran).state).toBe('running');
    expect(queue.get(waited).state).toBe('queued');
    expect(existsSync(partial)).toBe(true);
    expect(listPartialFiles(catalogue, ran)).toEqual([partial]);
  });

  it('notices at the next listing that another process has died', () => {
    const { ran } = leaveBehind();
    let alive = true;
    const queue = createQueue(() => new Promise(() => {}), {
      owner: { ...owner, isAlive: (id) => id === owner.id || alive },
    });
    expect(queue.list().find((job) => job.id === ran)?.state).toBe('running');
    alive = false;
    expect(queue.list().find((job) => job.id === ran)?.state).toBe('interrupted');
  });

  it('runs again what was queued when Platter was closed', async () => {
    const gates = { a: createGate(), b: createGate() };
    const before = createQueue(waitingFor(gates), { cores: 1 });
    const [first, second] = [before.start(conversionTo('a')), before.start(conversionTo('b'))];
    await before.close();
    gates.b.open();
    const after = createQueue(waitingFor(gates), { owner: { id: other, isAlive: (id) => id === other } });
    await after.recover();
    expect((await ended(after, second.id)).state).toBe('done');
    expect(after.get(first.id).state).toBe('interrupted');
  });
});
