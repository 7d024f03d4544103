import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { Failure } from '#shared/failure.ts';
import { lendStore } from '../../../electron/jobs/lent-store.ts';
import { MemorySecrets } from '../../../electron/services/secrets.ts';

it('gives a thread the store of another one: it reads, writes, removes, and fails as that does', async () => {
  const store = new MemorySecrets();
  store.write('there', 'already');
  let opened = 0;
  const { port1, port2 } = new MessageChannel();
  const memory = new SharedArrayBuffer(4);
  lendStore({ port: port1, memory }, () => {
    opened++;
    return {
      read: (name) => store.read(name),
      write: (name, secret) => {
        if (secret === '') throw new Failure('io.denied', { path: '/keychain' });
        store.write(name, secret);
      },
      remove: (name) => store.remove(name),
    };
  });
  expect(opened).toBe(0);
  const steps = [
    ['read', 'there'],
    ['read', 'not there'],
    ['write', 'new', 'secret'],
    ['write', 'refused', ''],
    ['read', 'new'],
    ['remove', 'there'],
    ['read', 'there'],
  ];
  const thread = new Worker(new URL('./borrowing-thread.ts', import.meta.url), {
    workerData: { lent: { port: port2, memory }, steps },
    transferList: [port2],
  });
  const [answers] = (await once(thread, 'message')) as [unknown];
  expect(answers).toEqual(['already', null, null, 'io.denied', 'secret', null, null]);
  expect([store.read('there'), store.read('new'), opened]).toEqual([null, 'secret', steps.length]);
  await thread.terminate();
  port1.close();
});
