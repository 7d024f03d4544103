import { afterEach, describe, expect, it } from 'vitest';
import { factsWith } from '../clouds/facts.ts';
import { scratchFolder } from '../engine/scratch.ts';
import type { FakeOperation } from '../jobs/fake-thread.ts';
import { createPortPair, failureOf, type PortPair } from './port-pair.ts';

const scratch = scratchFolder();
let pair: PortPair;
const create = (operation: FakeOperation): PortPair['client'] => {
  pair = createPortPair(scratch, { operation });
  return pair.client;
};
afterEach(() => pair.close());

describe('clouds', () => {
  it('hold the facts of the worker against all rules, with the path spelled in one way', async () => {
    const calls: unknown[] = [];
    const client = create((name, input) => {
      calls.push([name, input]);
      return Promise.resolve(factsWith({ format: 'vhd', variant: 'fixed' }));
    });
    const { clouds } = await client.clouds.preflight({ path: '/p/../images//disk' });
    expect(calls).toEqual([['preflightFacts', { source: { path: '/images/disk' } }]]);
    const listed = await client.clouds.list();
    expect(clouds.map(({ id }) => id)).toEqual(listed.map(({ id }) => id));
    expect(clouds.find(({ id }) => id === 'azure')).toMatchObject({ verdict: 'ready' });
    expect(clouds.find(({ id }) => id === 'google')).toMatchObject({ verdict: 'fixable' });
  });

  it('take absolute paths only', async () => {
    const client = create(() => Promise.resolve(null));
    expect(await failureOf(client.clouds.preflight({ path: 'disk.raw' }))).toMatchObject({
      code: 'input.invalid',
    });
  });
});
