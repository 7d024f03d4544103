/** Jobs that were started together, and the order of those that wait. */
import { describe, expect, it, vi } from 'vitest';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { createGate } from './fake-thread.ts';
import { catalogue, conversionTo, createQueue, ended, waitingFor } from './queue-fixture.ts';

const names = ['a', 'b', 'c', 'd', 'e'];
const gatesOf = () => Object.fromEntries(names.map((name) => [name, createGate()]));
const groupCount = () => catalogue.get<{ n: number }>('SELECT count(*) AS n FROM job_groups')!.n;

describe('a group', () => {
  it('is queued as a whole, survives a restart, and is gone with the last of its jobs', async () => {
    const gates = gatesOf();
    const queue = createQueue(waitingFor(gates));
    const title = inEnglish('Hash {count, plural, one {# image} other {# images}}', { count: 3 });
    const jobs = queue.startGroup(title, ['a', 'b', 'c'].map(conversionTo));
    const [first] = jobs;
    expect(jobs.map(({ state }) => state)).toEqual(['running', 'running', 'queued']);
    expect(new Set(jobs.map(({ group }) => group?.id)).size).toBe(1);
    expect(queue.start(conversionTo('d')).group).toBeNull();
    for (const gate of Object.values(gates)) gate.open();
    for (const { id } of jobs) await ended(queue, id);
    const again = createQueue(waitingFor(gates));
    expect(again.get(first!.id).group).toEqual({ id: first!.group!.id, title });
    const retried = again.retry(first!.id);
    expect(retried.group).toEqual(first!.group);
    await ended(again, retried.id);
    for (const { id } of [...jobs, retried]) {
      expect(groupCount()).toBe(1);
      again.forget(id);
    }
    expect(groupCount()).toBe(0);
  });

  it('pauses what runs and what waits, so that others get the places, and goes on in its order', async () => {
    const gates = gatesOf();
    const begun: string[] = [];
    const queue = createQueue(waitingFor(gates, begun));
    const jobs = queue.startGroup('g', ['a', 'b', 'c', 'd'].map(conversionTo));
    const other = queue.start(conversionTo('e'));
    const groupId = jobs[0]!.group!.id;
    queue.askGroup(groupId, 'pause');
    expect(jobs.map(({ id }) => queue.get(id).state)).toEqual(['paused', 'paused', 'paused', 'paused']);
    await vi.waitFor(() => expect(begun).toEqual(['a', 'b', 'e']));
    queue.askGroup(groupId, 'pause');
    queue.askGroup(groupId, 'resume');
    // One of the two places is the other job's.
    expect(jobs.map(({ id }) => queue.get(id).state)).toEqual(['running', 'queued', 'queued', 'queued']);
    for (const gate of Object.values(gates)) gate.open();
    for (const { id } of [...jobs, other]) expect((await ended(queue, id)).state).toBe('done');
    expect(begun).toEqual(['a', 'b', 'e', 'c', 'd']);
  });

  it('is cancelled as a whole without beginning what waited; what has ended stays as it is', async () => {
    const gates = gatesOf();
    const begun: string[] = [];
    const queue = createQueue(waitingFor(gates, begun));
    const jobs = queue.startGroup('g', ['a', 'b', 'c', 'd'].map(conversionTo));
    gates['a']!.open();
    await ended(queue, jobs[0]!.id);
    await vi.waitFor(() => expect(begun).toHaveLength(3));
    queue.askGroup(jobs[0]!.group!.id, 'cancel');
    const states = await Promise.all(jobs.map(async ({ id }) => (await ended(queue, id)).state));
    expect(states).toEqual(['done', 'cancelled', 'cancelled', 'cancelled']);
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('is not queued at all when one of its jobs cannot be stored', () => {
    const queue = createQueue(waitingFor(gatesOf()));
    catalogue.run(`CREATE TRIGGER full BEFORE INSERT ON jobs WHEN new.work LIKE '%/b"%'
      BEGIN SELECT RAISE(ABORT, 'full'); END`);
    expect(() => queue.startGroup('g', ['a', 'b'].map(conversionTo))).toThrow();
    expect(queue.list()).toEqual([]);
    expect(groupCount()).toBe(0);
  });
});

describe('the order of those that wait', () => {
  it('is changed by moving one in front of another or to the end, and holds', async () => {
    const gates = gatesOf();
    const begun: string[] = [];
    const queue = createQueue(waitingFor(gates, begun), { cores: 1 });
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => queue.start(conversionTo(name)).id);
    queue.move(d!, b!);
    queue.move(b!, null);
    queue.move(a!, null);
    queue.start(conversionTo('e'));
    expect(() => queue.move(99, null)).toThrow(Failure);
    for (const gate of Object.values(gates)) gate.open();
    await vi.waitFor(() => expect(queue.list().every(({ state }) => state === 'done')).toBe(true));
    expect(begun).toEqual(['a', 'd', 'c', 'b', 'e']);
    expect(c).toBeGreaterThan(b!);
  });
});
