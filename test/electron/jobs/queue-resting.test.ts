import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { partialSuffix } from '#engine/bytes/partial-file.ts';
import { unlimited, type JobEvent } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { insertJob, pauseJob, takeNextJob } from '../../../electron/catalogue/jobs.ts';
import { createGate, type FakeControl, type FakeOperation, type Gate } from './fake-thread.ts';
import {
  catalogue,
  conversionTo,
  createQueue,
  ended,
  folder,
  owner,
  runningIn,
  threads,
  waitingFor,
} from './queue-fixture.ts';

describe('JobQueue.pause and resume', () => {
  const partialOf = (name: string): string => join(folder, `.${name}.0a1b2c3d${partialSuffix}`);

  /** Writes a partial file with one record in the journal, then waits for the gate of its output's name. */
  function recording(gates: Readonly<Record<string, Gate>>, begun: FakeControl[] = []): FakeOperation {
    return async (kind, input, control) => {
      begun.push(control);
      const { outputPath } = input as { outputPath: string };
      const name = outputPath.slice(folder.length + 1);
      const partial = partialOf(name);
      control.partialCreated(partial);
      writeFileSync(partial, 'half');
      control.recorded(Buffer.from(`run ${begun.length}`));
      const result = await waitingFor(gates)(kind, input as never, control);
      control.partialGone(partial);
      return result;
    };
  }

  it('gives the place of a paused job to the next, and lets it go on when there is one', async () => {
    const gates = { a: createGate(), b: createGate() };
    const queue = createQueue(waitingFor(gates), { cores: 1 });
    const [first, second] = [queue.start(conversionTo('a')), queue.start(conversionTo('b'))];
    queue.pause(first.id);
    queue.pause(first.id);
    expect(queue.list().map((job) => job.state)).toEqual(['running', 'paused']);
    expect(runningIn(queue)).toEqual([second.id]);
    expect(threads.map((thread) => thread.asked)).toEqual([['pause'], []]);
    queue.resume(first.id);
    expect(queue.get(first.id).state).toBe('queued');
    gates.b.open();
    await vi.waitFor(() => expect(queue.get(first.id).state).toBe('running'));
    expect(threads[0]!.asked).toEqual(['pause', 'resume']);
    gates.a.open();
    expect((await ended(queue, first.id)).state).toBe('done');
    expect(threads).toHaveLength(2);
  });

  it('shows a paused job as far as it was, and measures none of the time that it rested', async () => {
    const gates = { a: createGate() };
    const reading = {
      phase: 'converting',
      item: 'a',
      totalBytes: 100,
      earlierBytes: 0,
      laterBytes: 0,
    } as const;
    const queue = createQueue(async (name, input, control) => {
      control.report({ ...reading, doneBytes: 40 });
      return waitingFor(gates)(name, input, control);
    });
    const { id } = queue.start(conversionTo('a'));
    await vi.waitFor(() => expect(queue.get(id).progress?.doneBytes).toBe(40));
    queue.pause(id);
    const events: JobEvent[] = [];
    queue.events.listen((event) => events.push(event));
    threads[0]!.progress = { ...reading, doneBytes: 60 };
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(queue.get(id)).toMatchObject({ state: 'paused', progress: { doneBytes: 40 } });
    expect(events).toEqual([]);
    queue.resume(id);
    await vi.waitFor(() => expect(queue.get(id).progress?.doneBytes).toBe(60));
    gates.a.open();
    await ended(queue, id);
  });

  it('can be cancelled while it rests', async () => {
    const queue = createQueue(recording({ a: createGate() }));
    const { id } = queue.start(conversionTo('a'));
    queue.pause(id);
    queue.cancel(id);
    expect((await ended(queue, id)).state).toBe('cancelled');
    expect(existsSync(partialOf('a'))).toBe(false);
  });

  it('lets one rest that waits, also one that slept and waits again', async () => {
    const gates = { a: createGate(), b: createGate() };
    const begun: FakeControl[] = [];
    const queue = createQueue(recording(gates, begun), { cores: 1 });
    const [first, second] = [queue.start(conversionTo('a')), queue.start(conversionTo('b'))];
    queue.pause(second.id);
    expect(queue.get(second.id).state).toBe('paused');
    queue.resume(second.id);
    queue.pause(first.id);
    expect(queue.get(second.id).state).toBe('running');
    queue.resume(first.id);
    expect(queue.get(first.id).state).toBe('queued');
    queue.pause(first.id);
    gates.b.open();
    await ended(queue, second.id);
    expect(queue.get(first.id).state).toBe('paused');
    queue.resume(first.id);
    gates.a.open();
    expect((await ended(queue, first.id)).state).toBe('done');
    expect(begun).toHaveLength(2);
  });

  it('refuses what does not run, and what another process runs', () => {
    const other = '2-bbbbbbbbbbbbbbbb';
    const queue = createQueue(() => new Promise(() => {}), {
      cores: 1,
      owner: { ...owner, isAlive: () => true },
    });
    queue.start(conversionTo('a'));
    const over = queue.start(conversionTo('b'));
    queue.cancel(over.id);
    expect(() => queue.pause(over.id)).toThrow('does not run');
    expect(() => queue.pause(99)).toThrow('there is no job 99');
    const createdAt = '2025-01-01T00:00:00.000Z';
    const work = conversionTo('c');
    const { id } = insertJob(catalogue, { title: 'x', work, limits: unlimited, owner: other, createdAt });
    takeNextJob(catalogue, other, createdAt);
    expect(() => queue.pause(id)).toThrow('another Platter');
    pauseJob(catalogue, id, other);
    expect(() => queue.resume(id)).toThrow('another Platter');
    expect(() => queue.cancel(id)).toThrow('another Platter');
  });

  it('rests on when Platter is closed, and goes on with its journal in the next one', async () => {
    const gates = { a: createGate(), b: createGate() };
    const begun: FakeControl[] = [];
    const before = createQueue(recording(gates, begun), { cores: 1 });
    const [paused, running] = [before.start(conversionTo('a')), before.start(conversionTo('b'))];
    before.pause(paused.id);
    await vi.waitFor(() => expect(begun).toHaveLength(2));
    await before.close();
    expect(before.get(paused.id)).toMatchObject({ state: 'paused', failure: null });
    expect(before.get(running.id)).toMatchObject({ state: 'interrupted', resumable: true });

    const after = createQueue(recording(gates, begun), { cores: 1 });
    await after.recover();
    expect([existsSync(partialOf('a')), existsSync(partialOf('b'))]).toEqual([true, true]);
    expect(after.list().map((job) => job.state)).toEqual(['interrupted', 'paused']);
    expect(begun).toHaveLength(2);
    gates.a.open();
    gates.b.open();
    after.resume(paused.id);
    expect((await ended(after, paused.id)).state).toBe('done');
    after.resume(running.id);
    expect(await ended(after, running.id)).toMatchObject({ state: 'done', resumable: false, failure: null });
    const journals = begun.map((control) =>
      control.options.journal?.map((record) => Buffer.from(record).toString()),
    );
    expect(journals).toEqual([[], [], ['run 1'], ['run 2']]);
    expect(() => after.resume(running.id)).toThrow('cannot go on');
  });

  it('keeps what a failed job can go on with, until it is discarded or forgotten', async () => {
    const operation: FakeOperation = (_, input, control) => {
      const name = (input as { outputPath: string }).outputPath.slice(folder.length + 1);
      control.partialCreated(partialOf(name));
      writeFileSync(partialOf(name), 'half');
      if (name !== 'none') control.recorded(Buffer.of(1));
      if (name === 'cleared') control.journalCleared();
      return Promise.reject(new Failure('io.no-space', { path: '/out' }));
    };
    const queue = createQueue(operation);
    const run = async (name: string): Promise<number> => {
      const { id } = queue.start(conversionTo(name));
      await ended(queue, id);
      return id;
    };
    const discarded = await run('discarded');
    expect(queue.get(discarded)).toMatchObject({ state: 'failed', resumable: true });
    expect(existsSync(partialOf('discarded'))).toBe(true);
    queue.cancel(discarded);
    expect(queue.get(discarded)).toMatchObject({ state: 'cancelled', resumable: false });
    await vi.waitFor(() => expect(existsSync(partialOf('discarded'))).toBe(false));
    const forgotten = await run('forgotten');
    queue.forget(forgotten);
    await vi.waitFor(() => expect(existsSync(partialOf('forgotten'))).toBe(false));
    for (const name of ['none', 'cleared']) {
      expect(queue.get(await run(name))).toMatchObject({ state: 'failed', resumable: false });
      expect(existsSync(partialOf(name))).toBe(false);
    }
  });

  it('keeps no journal of work that cannot go on', async () => {
    let journal: unknown = 'not asked';
    const queue = createQueue((_, __, control) => {
      journal = control.options.journal;
      return Promise.resolve({ sha256: '', virtualSizeBytes: 0 });
    });
    await ended(queue, queue.start({ kind: 'hash', request: { path: '/a' } }).id);
    expect(journal).toBeUndefined();
  });

  it('tells what an operation notes, at once', async () => {
    const gates = { a: createGate() };
    const note = { kind: 'deflate', codec: 'zlib' } as const;
    const queue = createQueue((name, input, control) => {
      control.noted(note);
      control.noted(note);
      return waitingFor(gates)(name, input, control);
    });
    const events: JobEvent[] = [];
    queue.events.listen((event) => events.push(event));
    const { id } = queue.start(conversionTo('a'));
    expect(queue.get(id).notes).toEqual([note]);
    expect(events.filter((event) => event.kind === 'changed' && event.job.notes.length > 0)).toHaveLength(1);
    gates.a.open();
    expect((await ended(queue, id)).notes).toEqual([note]);
  });
});

describe('JobQueue.limit', () => {
  const slow = { bytesPerSecond: 1000, workers: null, lowPriority: false };
  const gentle = { bytesPerSecond: 1000, workers: 1, lowPriority: true };

  it('starts a job with the limits of that moment, and changes the speed of one that runs', async () => {
    const gates = { a: createGate() };
    const limits: unknown[] = [];
    const queue = createQueue(
      (name, input, control) => {
        limits.push(control.options.limits);
        return waitingFor(gates)(name, input, control);
      },
      { limits: () => slow },
    );
    const { id } = queue.start(conversionTo('a'));
    expect(limits).toEqual([slow]);
    queue.limit(id, unlimited);
    expect(threads[0]!.speeds).toEqual([null]);
    expect(threads[0]!.asked).toEqual([]);
    expect(queue.get(id)).toMatchObject({ state: 'running', limits: unlimited });
    gates.a.open();
    await ended(queue, id);
    expect(() => queue.limit(id, slow)).toThrow('has ended');
  });

  it('puts a job off for a moment to change the rest', async () => {
    const gates = { a: createGate() };
    const runs: unknown[] = [];
    const queue = createQueue((name, input, control) => {
      runs.push([control.options.limits, control.options.journal?.length]);
      control.recorded(Buffer.of(1));
      return waitingFor(gates)(name, input, control);
    });
    const { id } = queue.start(conversionTo('a'));
    queue.limit(id, gentle);
    await vi.waitFor(() => expect(runs).toHaveLength(2));
    expect(runs).toEqual([
      [unlimited, 0],
      [gentle, 1],
    ]);
    expect(queue.get(id).state).toBe('running');
    gates.a.open();
    expect((await ended(queue, id)).state).toBe('done');
  });

  it('refuses to begin work again for that', () => {
    const queue = createQueue(() => new Promise(() => {}), { cores: 1 });
    const running = queue.start({ kind: 'hash', request: { path: '/a' } });
    const queued = queue.start({ kind: 'hash', request: { path: '/b' } });
    queue.limit(running.id, slow);
    expect(() => queue.limit(running.id, gentle)).toThrow('only before it begins');
    expect(queue.get(running.id).limits).toEqual(slow);
    queue.limit(queued.id, gentle);
    expect(queue.get(queued.id).limits).toEqual(gentle);
  });
});
