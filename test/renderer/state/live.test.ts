/** Following events: nothing is missed between the subscription and the fetch, and all is fetched again after a loss. */
import { describe, expect, it } from 'vitest';
import { Failure } from '#shared/failure.ts';
import { follow } from '../../../renderer/state/live.ts';

async function* events(...values: (number | Error)[]): AsyncGenerator<number> {
  for (const value of values) {
    if (value instanceof Error) throw value;
    yield value;
  }
}

describe('follow', () => {
  it('subscribes, then fetches, then applies what came', async () => {
    const steps: string[] = [];
    await follow<number>(
      {
        opened: async () => void steps.push('opened'),
        subscribe: async () => {
          steps.push('subscribed');
          return events(1, 2);
        },
        refetch: async () => void steps.push('fetched'),
        apply: (event) => steps.push(`event ${event}`),
        failed: () => steps.push('failed'),
        pause: async () => void steps.push('paused'),
      },
      () => !steps.includes('paused'),
    );
    expect(steps).toEqual(['opened', 'subscribed', 'fetched', 'event 1', 'event 2', 'paused']);
  });

  it('starts afresh after a stream ends, breaks, or cannot be had', async () => {
    const streams = [
      () => Promise.resolve(events(1)),
      () => Promise.resolve(events(2, new Failure('operation.interrupted', { reason: 'lost' }))),
      () => Promise.reject(new Error('no stream')),
      () => Promise.resolve(events(3)),
    ];
    const applied: number[] = [];
    const failures: string[] = [];
    let fetched = 0;
    await follow<number>(
      {
        opened: () => Promise.resolve(),
        subscribe: () => streams.shift()!(),
        refetch: async () => void (fetched += 1),
        apply: (event) => applied.push(event),
        failed: (failure) => failures.push(failure.code),
        pause: () => Promise.resolve(),
      },
      () => streams.length > 0,
    );
    expect(applied).toEqual([1, 2, 3]);
    expect(fetched).toBe(3);
    expect(failures).toEqual(['operation.interrupted', 'internal']);
  });

  it('does not apply events to a list that could not be fetched', async () => {
    const applied: number[] = [];
    let tries = 0;
    await follow<number>(
      {
        opened: () => Promise.resolve(),
        subscribe: () => Promise.resolve(events(1)),
        refetch: () => Promise.reject(new Failure('io.denied', { path: '/library' })),
        apply: (event) => applied.push(event),
        failed: (failure) => expect(failure.code).toBe('io.denied'),
        pause: async () => void (tries += 1),
      },
      () => tries < 2,
    );
    expect(applied).toEqual([]);
    expect(tries).toBe(2);
  });
});
