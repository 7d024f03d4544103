import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobEvent } from '#shared/domain/job.ts';
import { createGate, type Gate } from '../jobs/fake-thread.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { createPortPair, failureOf, type PortPair } from './port-pair.ts';

const scratch = scratchFolder();
let pair: PortPair;
let gate: Gate;

beforeEach(() => {
  gate = createGate();
  pair = createPortPair(scratch, {
    operation: async (_, __, control) => {
      control.report({
        phase: 'hashing',
        item: null,
        doneBytes: 1,
        totalBytes: 2,
        earlierBytes: 0,
        laterBytes: 0,
      });
      await Promise.race([gate.opened, control.cancelled]);
      return { state: 'valid', entries: [] };
    },
  });
});
afterEach(() => pair.close());

const work = { kind: 'verify-package', request: { packagePath: '/p/a.ova' } } as const;

async function collect(events: AsyncIterable<JobEvent>, into: JobEvent[]): Promise<void> {
  for await (const event of events) into.push(event);
}

describe('jobs', () => {
  it('are watched from start to end by every window', async () => {
    const other = pair.connect();
    const [mine, theirs]: [JobEvent[], JobEvent[]] = [[], []];
    const abort = new AbortController();
    void collect(await pair.client.jobs.watch(undefined, { signal: abort.signal }), mine).catch(() => {});
    void collect(await other.client.jobs.watch(), theirs).catch(() => {});
    const job = await pair.client.jobs.start(work);
    expect(job).toMatchObject({ title: 'Verify a.ova', state: 'running', work });
    await vi.waitFor(() => expect(mine.some((event) => event.kind === 'progressed')).toBe(true));
    gate.open();
    await vi.waitFor(() =>
      expect(mine[mine.length - 1]).toMatchObject({ kind: 'changed', job: { state: 'done' } }),
    );
    await vi.waitFor(() => expect(theirs[theirs.length - 1]).toEqual(mine[mine.length - 1]));
    expect(await other.client.jobs.list()).toEqual([(mine[mine.length - 1] as { job: unknown }).job]);
    await other.client.jobs.forget({ id: job.id });
    await vi.waitFor(() => expect(mine[mine.length - 1]).toEqual({ kind: 'forgotten', id: job.id }));
    abort.abort();
  });

  it('have no watcher left when the windows are gone', async () => {
    const { client, disconnect } = pair.connect();
    const abort = new AbortController();
    const own = await pair.client.jobs.watch(undefined, { signal: abort.signal });
    const other = await client.jobs.watch();
    void own.next().catch(() => {});
    void other.next().catch(() => {});
    expect(pair.backend.jobEvents.size).toBe(2);
    abort.abort();
    disconnect();
    await vi.waitFor(() => expect(pair.backend.jobEvents.size).toBe(0));
  });

  it('have no watcher left when one stops to read', async () => {
    const watch = await pair.client.jobs.watch();
    expect(pair.backend.jobEvents.size).toBe(1);
    await watch.return?.();
    await vi.waitFor(() => expect(pair.backend.jobEvents.size).toBe(0));
  });

  it('are cancelled and tried again', async () => {
    const { id } = await pair.client.jobs.start(work);
    await pair.client.jobs.cancel({ id });
    const state = async (job: number): Promise<string | undefined> =>
      (await pair.client.jobs.list()).find((listed) => listed.id === job)?.state;
    await vi.waitFor(async () => expect(await state(id)).toBe('cancelled'));
    const again = await pair.client.jobs.retry({ id });
    gate.open();
    await vi.waitFor(async () => expect(await state(again.id)).toBe('done'));
    expect((await failureOf(pair.client.jobs.forget({ id: 99 }))).code).toBe('input.invalid');
  });
});
