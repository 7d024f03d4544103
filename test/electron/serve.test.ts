import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Contract } from '#shared/contract/app.ts';
import { openCatalogue } from '../../electron/catalogue/database.ts';
import { listJobs } from '../../electron/catalogue/jobs.ts';
import { main, startServer, type RunningServer } from '../../electron/serve.ts';
import { scratchFolder } from './engine/scratch.ts';
import { jobsBundle, libraryBundle } from '../setup/thread-bundles.ts';

const scratch = scratchFolder();
const worker = fileURLToPath(new URL('./jobs/fixture-worker.ts', import.meta.url));
const script = fileURLToPath(new URL('./serving-process.ts', import.meta.url));
const children: ChildProcess[] = [];
let home: string;
let rendererFolder: string;

beforeEach(() => {
  home = mkdtempSync(join(scratch, 'home-'));
  rendererFolder = mkdtempSync(join(scratch, 'renderer-'));
  writeFileSync(join(rendererFolder, 'index.html'), 'the window');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const start = (port = 0): Promise<RunningServer> =>
  startServer({
    home,
    rendererFolder,
    port,
    version: '1.0.0',
    workerEntries: { worker, computer: worker },
    libraryEntry: libraryBundle,
    jobsEntry: jobsBundle,
  });

interface Window {
  readonly client: ContractRouterClient<Contract>;
  readonly page: string;
  close(): void;
}

/** What a browser does with the address that is printed. */
async function openWindow(url: string): Promise<Window> {
  const { origin } = new URL(url);
  const arrival = await fetch(url, { redirect: 'manual' });
  const cookie = arrival.headers.get('set-cookie')!.split(';')[0]!;
  const page = await (await fetch(`${origin}/`, { headers: { cookie } })).text();
  const websocket = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, { origin, headers: { cookie } });
  return {
    page,
    client: createORPCClient(new RPCLink({ websocket: websocket as never })),
    close: () => websocket.close(),
  };
}

describe('startServer', () => {
  it('serves the window and what is behind it, until it is closed', async () => {
    const server = await start();
    const window = await openWindow(server.url);
    expect(window.page).toBe('the window');
    expect(await window.client.application.info()).toMatchObject({
      version: '1.0.0',
      host: 'web',
      libraryPath: join(home, 'library.sqlite'),
      nativeDialogs: false,
    });
    server.backend.inbox.put({ kind: 'open', paths: ['/a.ova'] });
    const requests = await window.client.application.requests();
    expect((await requests.next()).value).toEqual({ kind: 'open', paths: ['/a.ova'] });
    await server.close();
    await expect(fetch(server.origin)).rejects.toThrow();
    expect(readdirSync(join(home, 'running'))).toEqual([]);
  });

  it('lets two servers share a library', async () => {
    const [one, other] = [await start(), await start()];
    const [first, second] = [await openWindow(one.url), await openWindow(other.url)];
    const job = await first.client.jobs.start({ kind: 'hash', request: { path: '/nowhere' } });
    await vi.waitFor(
      async () => expect(await second.client.jobs.list()).toMatchObject([{ id: job.id, state: 'failed' }]),
      { timeout: 20_000, interval: 100 },
    );
    await one.close();
    await other.close();
  });

  it('leaves nothing open when the port is taken', async () => {
    const server = await start();
    // Each of its threads that owns something has its lock once it answers.
    await server.backend.jobs.list();
    const before = readdirSync(join(home, 'running'));
    await expect(start(Number(new URL(server.origin).port))).rejects.toMatchObject({
      code: 'io.failed',
      details: { reason: 'EADDRINUSE' },
    });
    expect(readdirSync(join(home, 'running'))).toEqual(before);
    await server.close();
  });

  it('says that the window was not built', async () => {
    rendererFolder = join(rendererFolder, 'missing');
    await expect(start()).rejects.toMatchObject({ code: 'io.not-found', details: { path: rendererFolder } });
  });
});

describe('main', () => {
  it('refuses words that it does not know', async () => {
    for (const words of [
      ['--prot', '1'],
      ['--port', '65536'],
      ['--port', '-1'],
      ['--port', '1x'],
      ['here'],
    ]) {
      await expect(main(words, { home, rendererFolder })).rejects.toMatchObject({ code: 'input.invalid' });
    }
    expect(readdirSync(home)).toEqual([]);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`prints one line, and ends cleanly with ${signal}`, { timeout: 20_000 }, async () => {
      const child = spawn(process.execPath, [script, home, rendererFolder, '--port', '0'], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.push(child);
      let output = '';
      let complaints = '';
      child.stdout.on('data', (data: Buffer) => (output += data.toString()));
      child.stderr.on('data', (data: Buffer) => (complaints += data.toString()));
      await once(child.stdout, 'data');
      const url = /^Platter is at (http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43})\n$/.exec(output)?.[1];
      const window = await openWindow(url!);
      const outputFolder = mkdtempSync(join(scratch, 'out-'));
      const request = {
        source: { path: '/a' },
        outputPath: join(outputFolder, 'slow'),
        target: { format: 'raw' },
      };
      await window.client.jobs.start({ kind: 'convert', request });
      await vi.waitFor(() => expect(readdirSync(outputFolder)).toHaveLength(1), 5000);
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
      expect(readdirSync(outputFolder)).toEqual([]);
      expect(readdirSync(join(home, 'running'))).toEqual([]);
      expect(output).toBe(`Platter is at ${url}\n`);
      // On a busy machine a query may be slow.
      expect(complaints.replace(/^slow query.*\n/gm, '')).toBe('');
      const catalogue = openCatalogue(join(home, 'library.sqlite'));
      expect(listJobs(catalogue).map((job) => job.state)).toEqual(['interrupted']);
      catalogue.close();
    });
  }
});
