import { describe, expect, it } from 'vitest';
import { ThreadPool } from '../../../electron/jobs/pool.ts';
import { createGate, FakeThread, type FakeOperation } from './fake-thread.ts';

function createPool(operation: FakeOperation): { pool: ThreadPool; threads: FakeThread[] } {
  const threads: FakeThread[] = [];
  const pool = new ThreadPool(() => {
    const thread = new FakeThread(operation);
    threads.push(thread);
    return thread;
  });
  return { pool, threads };
}

const answer: FakeOperation = () => Promise.resolve([]);

describe('ThreadPool for calls', () => {
  it('answers from a thread that was warmed, again and again', async () => {
    const { pool, threads } = createPool(answer);
    pool.warm();
    pool.warm();
    expect(threads).toHaveLength(1);
    expect(await pool.call((client) => client.formats())).toEqual([]);
    await pool.call((client) => client.formats());
    expect(threads).toHaveLength(1);
  });

  it('answers two at a time, the others in turn', async () => {
    const gates = [createGate(), createGate(), createGate(), createGate()];
    let begun = 0;
    const { pool, threads } = createPool(async () => {
      const own = begun++;
      await gates[own]!.opened;
      return own;
    });
    const calls = gates.map(() => pool.call<unknown>((client) => client.formats()));
    await Promise.resolve();
    expect(begun).toBe(2);
    gates[1]!.open();
    expect(await calls[1]).toBe(1);
    gates[2]!.open();
    expect(await calls[2]).toBe(2);
    gates[3]!.open();
    expect(await calls[3]).toBe(3);
    gates[0]!.open();
    expect(await calls[0]).toBe(0);
    expect(threads).toHaveLength(2);
  });

  it('does not wait for a job', async () => {
    const { pool } = createPool((name) => (name === 'convert' ? new Promise(() => {}) : Promise.resolve([])));
    for (let count = 0; count < 4; count++) {
      const job = pool.acquire();
      void job.run((client) => client.convert({} as never)).catch(() => {});
    }
    expect(await pool.call((client) => client.formats())).toEqual([]);
    await pool.close();
  });

  it('stops a call that nobody waits for', async () => {
    const { pool, threads } = createPool((_, __, control) => control.cancelled);
    const abort = new AbortController();
    const call = pool.call((client) => client.formats(), abort.signal);
    await Promise.resolve();
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 'operation.cancelled' });
    await expect(pool.call((client) => client.formats(), abort.signal)).rejects.toMatchObject({
      code: 'operation.cancelled',
    });
    expect(threads).toHaveLength(1);
    expect(threads[0]!.cancels).toBe(1);
  });

  it('replaces a thread that died', async () => {
    const { pool, threads } = createPool(answer);
    pool.warm();
    await threads[0]!.terminate();
    expect(await pool.call((client) => client.formats())).toEqual([]);
    expect(threads).toHaveLength(2);
  });

  it('tells those who wait when it is closed', async () => {
    const { pool, threads } = createPool(() => new Promise(() => {}));
    const calls = [1, 2, 3, 4].map(() => pool.call((client) => client.formats()));
    const ends = Promise.allSettled(calls);
    await Promise.resolve();
    await pool.close();
    for (const end of await ends) {
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'operation.interrupted' } });
    }
    expect(threads.map((thread) => thread.alive)).toEqual([false, false]);
  });
});

describe('ThreadPool for jobs', () => {
  it('keeps one thread ready and ends the others', () => {
    const { pool, threads } = createPool(answer);
    const [first, second] = [pool.acquire(), pool.acquire()];
    pool.release(first);
    pool.release(second);
    expect(threads.map((thread) => thread.alive)).toEqual([true, false]);
    expect(pool.acquire()).toBe(first);
  });

  it('does not keep a thread that died', async () => {
    const { pool, threads } = createPool(answer);
    const thread = pool.acquire();
    await thread.terminate();
    pool.release(thread);
    expect(pool.acquire()).not.toBe(thread);
    expect(threads).toHaveLength(2);
  });
});
