/** A real worker thread, driven over its real port. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { threadBundles } from '../../setup/thread-bundles.ts';
import { WorkerThread } from '../../../electron/worker/client.ts';
import { noise, writeRawDisk } from '../engine/pattern.ts';
import { scratchFolder } from '../engine/scratch.ts';

const folder = scratchFolder();
const data = noise(40 << 20);
const source = writeRawDisk(join(folder, 'source.raw'), data.length, [{ at: 0, bytes: data }]);
const thread = new WorkerThread(threadBundles);
afterAll(() => thread.terminate());

describe('WorkerThread', () => {
  it('runs one operation after the other', async () => {
    const sha256 = createHash('sha256').update(data).digest('hex');
    expect(await thread.run((client) => client.hash({ source: { path: source } }))).toMatchObject({ sha256 });
    const info = await thread.run((client) => client.inspect({ source: { path: source } }));
    expect(info).toMatchObject({ format: 'raw', virtualSizeBytes: data.length });
  });

  it('hands a Failure over with its code and details', async () => {
    const path = join(folder, 'absent');
    await expect(thread.run((client) => client.inspect({ source: { path } }))).rejects.toMatchObject({
      name: 'Failure',
      code: 'io.not-found',
      details: { path },
    });
  });

  it('tells of partial files before they are there, shows progress, and heeds a cancel', async () => {
    const outputPath = join(folder, 'out.qcow2');
    const request = { source: { path: source }, outputPath, target: { format: 'qcow2', variant: 'zlib' } };
    const partials = new Set<string>();
    let existedWhenTold = true;
    const done = thread.run((client) => client.convert(request), {
      listeners: {
        partialCreated(path) {
          existedWhenTold = existsSync(path);
          partials.add(path);
        },
        partialGone: (path) => partials.delete(path),
      },
    });
    const seen: number[] = [];
    const timer = setInterval(() => {
      const { progress } = thread;
      if (progress?.phase === 'converting') seen.push(progress.doneBytes);
      if (seen.some((bytes) => bytes > 4 << 20)) thread.cancel();
    }, 5);
    await expect(done).rejects.toMatchObject({ code: 'operation.cancelled' });
    clearInterval(timer);
    expect(existedWhenTold).toBe(false);
    expect(seen.every((bytes, index) => index === 0 || bytes >= seen[index - 1]!)).toBe(true);
    expect(partials.size).toBe(0);
    expect(readdirSync(folder)).toEqual(['source.raw']);
    // The thread is fit for the next one.
    expect(await thread.run((client) => client.hash({ source: { path: source } }))).toHaveProperty('sha256');
  });

  it('ends what runs with words when it dies', async () => {
    const other = new WorkerThread(threadBundles);
    const done = other.run((client) => client.hash({ source: { path: source } }));
    const ended = expect(done).rejects.toMatchObject({ code: 'operation.interrupted' });
    await other.terminate();
    await ended;
    expect(other.alive).toBe(false);
    await expect(other.run((client) => client.formats())).rejects.toMatchObject({
      code: 'operation.interrupted',
    });
  });
});
