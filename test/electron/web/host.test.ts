import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import type { Contract } from '#shared/contract/app.ts';
import type { JobEvent } from '#shared/domain/job.ts';
import { startWebHost, type WebHost } from '../../../electron/web/host.ts';
import { messageLimitBytes } from '../../../electron/web/sockets.ts';
import { readStaticFiles, type StaticFiles } from '../../../electron/web/static-files.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { createPortPair, failureOf, type PortPair } from '../services/port-pair.ts';

const scratch = scratchFolder();
const script = 'assets/index-B1x2Y_-z.js';
let files: StaticFiles;
let pair: PortPair;
let host: WebHost;
let authority: string;
let cookie: string;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(
  path: string,
  headers: OutgoingHttpHeaders = {},
  method = 'GET',
  body?: string,
): Promise<Answer> {
  const { hostname, port } = new URL(host.origin);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Opens a socket as the page would, but for what is said otherwise; the status of the refusal, when there is one. */
function openSocket(options: ClientOptions = {}, path = '/rpc'): Promise<WebSocket | number> {
  const socket = new WebSocket(`${host.origin.replace('http', 'ws')}${path}`, {
    origin: host.origin,
    ...options,
    headers: { cookie, ...options.headers },
  });
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode!);
      request.destroy();
    });
    socket.on('error', reject);
  });
}

async function openClient(): Promise<{ socket: WebSocket; client: ContractRouterClient<Contract> }> {
  const socket = (await openSocket()) as WebSocket;
  return { socket, client: createORPCClient(new RPCLink({ websocket: socket as never })) };
}

async function startHost(heartbeatMilliseconds?: number): Promise<WebHost> {
  return startWebHost({
    router: pair.backend.router,
    files,
    ...(heartbeatMilliseconds !== undefined && { heartbeatMilliseconds }),
  });
}

beforeAll(async () => {
  const folder = mkdtempSync(join(scratch, 'renderer-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Platter</title>');
  writeFileSync(join(folder, script), 'export {};');
  writeFileSync(join(scratch, 'secret.txt'), 'secret');
  files = await readStaticFiles(folder);
  pair = createPortPair(scratch, { operation: () => Promise.resolve({ state: 'valid', entries: [] }) });
  host = await startHost();
  authority = host.origin.slice('http://'.length);
  const { headers } = await ask(new URL(host.url).pathname + new URL(host.url).search);
  cookie = headers['set-cookie']![0]!.split(';')[0]!;
});

afterAll(async () => {
  await host.close();
  await pair.close();
});

describe('the session', () => {
  it('listens on this machine only', () => {
    expect(host.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(host.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
  });

  it('turns the token into a strict cookie and leads to the page', async () => {
    const answer = await ask(host.url.slice(host.origin.length));
    expect(answer).toMatchObject({ status: 303, body: '' });
    expect(answer.headers.location).toBe('/');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
    expect(answer.headers['set-cookie']![0]).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  it('leads a browser that comes from another site to the page by a page of its own', async () => {
    const answer = await ask(host.url.slice(host.origin.length), { 'sec-fetch-site': 'cross-site' });
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']![0]).toContain(cookie);
    expect(answer.body).toContain('url=/"');
    expect(answer.body).not.toContain(new URL(host.url).searchParams.get('token'));
  });

  it('makes addresses that are good once', async () => {
    const path = host.createOneTimeUrl().slice(host.origin.length);
    expect((await ask(path)).status).toBe(303);
    expect((await ask(path)).status).toBe(403);
  });

  it('refuses a wrong token, also from who has the cookie', async () => {
    const answer = await ask('/?token=wrong', { cookie });
    expect(answer.status).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect((await ask('/?token=')).status).toBe(403);
  });

  it('shows nothing without the cookie', async () => {
    for (const path of ['/', '/index.html', `/${script}`, '/nothing', '/rpc']) {
      const answer = await ask(path);
      expect(answer.status).toBe(403);
      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(answer.body).not.toContain('<');
    }
    expect((await ask('/', { cookie: `${cookie}x` })).status).toBe(403);
  });
});

describe('the files', () => {
  it('are served with their types, under the policy', async () => {
    const page = await ask('/', { cookie });
    expect(page).toMatchObject({ status: 200, body: '<!doctype html><title>Platter</title>' });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['content-security-policy']).toContain(`connect-src 'self' ws://${authority};`);
    const asset = await ask(`/${script}?v=1`, { cookie });
    expect(asset).toMatchObject({ status: 200, body: 'export {};' });
    expect(asset.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'private, max-age=31536000, immutable',
    });
  });

  it('are not sent again to who has them', async () => {
    const { etag } = (await ask('/', { cookie })).headers;
    expect(await ask('/', { cookie, 'if-none-match': etag! })).toMatchObject({ status: 304, body: '' });
  });

  it('are described without their content', async () => {
    const answer = await ask('/', { cookie }, 'HEAD');
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.headers['content-length']).toBe('37');
  });

  it('are those of the window and no others', async () => {
    const paths = [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/assets/%2e%2e/%2e%2e/secret.txt',
      '//etc/passwd',
      '/etc/passwd',
      '/..\\secret.txt',
      '/assets',
      '/assets/',
      '/index.html/',
      '/index.html%00.js',
      '/rpc',
      '/__proto__',
      '/constructor',
    ];
    for (const path of paths) {
      const answer = await ask(path, { cookie });
      expect([path, answer.status, answer.body]).toEqual([path, 404, 'There is no such file.\n']);
      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    }
  });
});

describe('who asks', () => {
  it('must mean this server', async () => {
    for (const name of [
      'evil.example',
      `evil.example:${authority.split(':')[1]}`,
      '127.0.0.1:1',
      '127.0.0.1',
    ]) {
      for (const path of ['/', host.url.slice(host.origin.length)]) {
        const answer = await ask(path, { cookie, host: name });
        expect([name, answer.status]).toEqual([name, 403]);
        expect(answer.headers['set-cookie']).toBeUndefined();
      }
    }
    expect((await ask('/', { cookie, host: `localhost:${authority.split(':')[1]}` })).status).toBe(200);
  });

  it('may only read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const own = await ask('/', { cookie, origin: host.origin }, method, 'x');
      expect(own.status).toBe(405);
      expect(own.headers.allow).toBe('GET, HEAD');
      expect((await ask('/', { cookie, origin: 'http://evil.example' }, method, 'x')).status).toBe(403);
      expect((await ask('/', { cookie }, method, 'x')).status).toBe(403);
    }
  });

  it('must speak HTTP', async () => {
    const { hostname, port } = new URL(host.origin);
    for (const text of [
      'nonsense\r\n\r\n',
      `GET http://evil.example/ HTTP/1.1\r\nHost: ${authority}\r\n\r\n`,
    ]) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname, () => socket.write(text));
        let received = '';
        socket.on('data', (data) => (received += data.toString()));
        socket.on('close', () => resolve(received));
      });
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    }
  });
});

describe('the socket', () => {
  it('carries the contract to many windows at once', async () => {
    const [one, other] = [await openClient(), await openClient()];
    expect((await one.client.application.info()).libraryPath).toContain('library.sqlite');
    expect(await failureOf(other.client.jobs.cancel({ id: 0 }))).toMatchObject({ code: 'input.invalid' });
    const events: JobEvent[] = [];
    const watched = await other.client.jobs.watch();
    void (async () => {
      for await (const event of watched) events.push(event);
    })().catch(() => {});
    const work = { kind: 'verify-package', request: { packagePath: '/p/a.ova' } } as const;
    const { id } = await one.client.jobs.start(work);
    await vi.waitFor(() =>
      expect(events[events.length - 1]).toMatchObject({ kind: 'changed', job: { id, state: 'done' } }),
    );
    expect(pair.backend.jobEvents.size).toBe(1);
    other.socket.close();
    await vi.waitFor(() => expect(pair.backend.jobEvents.size).toBe(0));
    one.socket.close();
  });

  it('is for the own page only', async () => {
    expect(await openSocket({ origin: 'http://evil.example' })).toBe(403);
    expect(await openSocket({ origin: host.origin.replace('127.0.0.1', 'localhost') })).toBe(403);
    expect(await openSocket({ origin: 'null' })).toBe(403);
    expect(await openSocket({ origin: '' })).toBe(403);
    expect(await openSocket({ headers: { host: 'evil.example' } })).toBe(403);
    expect(await openSocket({ headers: { cookie: '' } })).toBe(403);
    expect(await openSocket({ headers: { cookie: `${cookie}x` } })).toBe(403);
    expect(await openSocket({}, '/other')).toBe(404);
    expect(await openSocket({}, '/rpc?x')).toBe(404);
  });

  it('ends with a message that is too long, and only this one', async () => {
    const [long, other] = [await openClient(), await openClient()];
    const closed = new Promise<number>((resolve) => long.socket.on('close', resolve));
    long.socket.send('x'.repeat(messageLimitBytes + 1));
    expect(await closed).toBe(1009);
    expect((await other.client.application.info()).version).toBe('1.2.3');
    other.socket.close();
  });

  it('outlives a message that makes no sense', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { socket, client } = await openClient();
    for (const message of [
      'nonsense',
      '{}',
      '[]',
      'null',
      '{"i":"stray","p":{"u":"/jobs/list"}}',
      Buffer.from([255]),
    ]) {
      socket.send(message);
    }
    expect((await client.application.info()).version).toBe('1.2.3');
    socket.close();
    complaints.mockRestore();
  });

  it('is cut when the page does not show that it is there', async () => {
    const eager = await startHost(500);
    const connectTo = async (autoPong: boolean): Promise<WebSocket> => {
      const answer = await fetch(eager.url, { redirect: 'manual' });
      const socket = new WebSocket(`${eager.origin.replace('http', 'ws')}/rpc`, {
        origin: eager.origin,
        autoPong,
        headers: { cookie: answer.headers.get('set-cookie')!.split(';')[0]! },
      });
      await new Promise((resolve) => socket.on('open', resolve));
      return socket;
    };
    const [alive, dead] = [await connectTo(true), await connectTo(false)];
    await new Promise((resolve) => dead.on('close', resolve));
    expect(alive.readyState).toBe(WebSocket.OPEN);
    const closed = new Promise((resolve) => alive.on('close', resolve));
    await eager.close();
    await closed;
  });
});

describe('startWebHost', () => {
  it('says that the port is taken', async () => {
    const port = Number(new URL(host.origin).port);
    await expect(startWebHost({ router: pair.backend.router, files, port })).rejects.toMatchObject({
      code: 'io.failed',
      details: { path: authority, reason: 'EADDRINUSE' },
    });
  });
});
