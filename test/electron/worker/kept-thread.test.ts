/** A thread that is kept may begin later: what is asked of it before waits, and closing does not wait for it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { keptInThread } from '../../../electron/worker/kept-thread.ts';
import { scratchFolder } from '../engine/scratch.ts';

const entry = join(scratchFolder(), 'thread.cjs');
writeFileSync(
  entry,
  `const { parentPort, workerData: { calls } } = require('node:worker_threads');
parentPort.postMessage('began');
calls.on('message', ({ id, input }) => calls.postMessage({ id, result: input }));
`,
);

interface Echo {
  echo(input: string): Promise<string>;
  close(): Promise<void>;
}

function keep(after: Promise<unknown>) {
  const tell = vi.fn<(event: unknown) => void>();
  const thread = keptInThread<Echo, unknown>({
    entry,
    after,
    begin: () => ({ data: {} }),
    tell,
    ended: () => 'it ended',
    log: () => {},
    again: () => {},
    closeMilliseconds: 1000,
  });
  return { thread, tell };
}

/** A promise that is settled from outside. */
function settledLater() {
  let settle = { resolve: (): void => {}, reject: (_error: Error): void => {} };
  const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
}

it.each(['resolves', 'rejects'])('begins when what it waits for %s, and answers in order', async (how) => {
  const start = settledLater();
  const { thread, tell } = keep(start.promise);
  const answers = Promise.all([thread.echo('first'), thread.echo('second')]);
  await delay(50);
  expect(tell).not.toHaveBeenCalled();
  if (how === 'resolves') start.resolve();
  else start.reject(new Error('no'));
  await expect(answers).resolves.toEqual(['first', 'second']);
  expect(tell).toHaveBeenCalledWith('began');
  await thread.close();
});

it('never begins once it is closed, and says so to who waits', async () => {
  const start = settledLater();
  const { thread, tell } = keep(start.promise);
  const waiting = expect(thread.echo('first')).rejects.toMatchObject({ code: 'operation.interrupted' });
  await thread.close();
  start.resolve();
  await waiting;
  await delay(50);
  expect(tell).not.toHaveBeenCalled();
});
