import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Failure } from '#shared/failure.ts';
import { clientOver, serveCalls, type ClientOf } from '../../../electron/worker/calls.ts';

const methods = {
  double: (input: { number: number }) => Promise.resolve(input.number * 2),
  later: async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return 'later';
  },
  fail: (): Promise<void> => Promise.reject(new Failure('io.not-found', { path: '/a' })),
  explode: (): Promise<void> => Promise.reject(new TypeError('odd')),
};
let channel: MessageChannel;
let client: ClientOf<typeof methods>;

beforeEach(() => {
  channel = new MessageChannel();
  serveCalls(channel.port2, methods);
  client = clientOver<typeof methods>(channel.port1);
});
afterEach(() => channel.port1.close());

it('answers each call with its own result, whichever ends first', async () => {
  expect(await Promise.all([client.later(), client.double({ number: 21 })])).toEqual(['later', 42]);
});

it('hands a Failure over as it is, anything else as an internal one', async () => {
  await expect(client.fail()).rejects.toMatchObject({ code: 'io.not-found', details: { path: '/a' } });
  await expect(client.explode()).rejects.toMatchObject({ code: 'internal' });
});

it('fails for what is not served', async () => {
  const other = client as unknown as { missing(): Promise<void> };
  await expect(other.missing()).rejects.toMatchObject({ code: 'internal' });
});

it('may be what a promise resolves to', async () => {
  expect(await Promise.resolve(client)).toBe(client);
});
