// The web host answers nobody but its own page: no request without the cookie, from another site, or under another name.
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';

import { expect, test } from './app.ts';
import type { ChromiumHost } from './chromium-host.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request with exactly these headers, the forbidden ones too. */
function ask(address: URL, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: address.port,
      path: address.pathname + address.search,
      headers,
      method,
    };
    const request = httpRequest(options, (response) => {
      let body = '';
      response.on('data', (piece: Buffer) => (body += piece.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' });
    });
    request.on('error', reject);
    request.end();
  });
}

const upgrade = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

async function cookieOf(address: URL): Promise<string> {
  const { status, headers } = await ask(address, { Host: address.host });
  expect(status).toBe(303);
  const cookie = headers['set-cookie']?.[0] ?? '';
  expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/);
  return cookie.split(';')[0]!;
}

test('only its own page is answered', async ({ app }) => {
  const address = new URL((app as ChromiumHost).address);
  const root = new URL('/', address);
  const rpc = new URL('/rpc', address);
  const host = { Host: address.host };
  const cookie = await cookieOf(address);
  const admitted = { ...host, Cookie: cookie };

  await test.step('the cookie lets in, nothing else does', async () => {
    expect((await ask(root, admitted)).status).toBe(200);
    expect((await ask(root, host)).status).toBe(403);
    expect((await ask(new URL('/assets/', address), host)).status).toBe(403);
    expect((await ask(root, { ...host, Cookie: `${cookie}x` })).status).toBe(403);
    expect((await ask(new URL('/?token=wrong', address), host)).status).toBe(403);
  });
  await test.step('another name for this machine is refused, with the right cookie too', async () => {
    for (const name of ['rebind.example', `rebind.example:${address.port}`, '127.0.0.1', '127.0.0.1:1']) {
      expect((await ask(root, { ...admitted, Host: name })).status, name).toBe(403);
    }
  });
  await test.step('a request that says no name is refused', async () => {
    expect(await askRaw(address, `GET / HTTP/1.0\r\nCookie: ${cookie}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await askRaw(address, `GET / HTTP/1.1\r\nHost:\r\nCookie: ${cookie}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 40[03] /,
    );
  });
  await test.step('the calls are only for the own page', async () => {
    const own = { ...admitted, ...upgrade, Origin: address.origin };
    expect((await ask(rpc, own)).status).toBe(101);
    expect((await ask(rpc, { ...own, Origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await ask(rpc, { ...own, Origin: 'null' })).status).toBe(403);
    expect((await ask(rpc, { ...admitted, ...upgrade })).status).toBe(403);
    expect((await ask(rpc, { ...host, ...upgrade, Origin: address.origin })).status).toBe(403);
    expect((await ask(rpc, { ...own, Host: 'rebind.example' })).status).toBe(403);
  });
  await test.step('pages of other sites cannot write, embed or read', async () => {
    expect((await ask(root, { ...admitted, Origin: 'https://elsewhere.example' }, 'POST')).status).toBe(403);
    const { headers } = await ask(root, admitted);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
  await test.step('no path leads out of the built window', async () => {
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '//etc/passwd']) {
      const answer = await askRaw(
        address,
        `GET ${path} HTTP/1.1\r\nHost: ${address.host}\r\nCookie: ${cookie}\r\n\r\n`,
      );
      expect(answer, path).toMatch(/^HTTP\/1\.1 40[04] /);
    }
  });
});

/** Sends these bytes and returns the first that come back; no client tidies them up. */
function askRaw({ port }: URL, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port) }, () => socket.write(text));
    socket.once('data', (piece: Buffer) => {
      resolve(piece.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('other machines cannot connect', async ({ app }) => {
  const { port } = new URL((app as ChromiumHost).address);
  const outside = Object.values(networkInterfaces())
    .flat()
    .filter((address) => address !== undefined && !address.internal && address.family === 'IPv4')
    .map((address) => address!.address);
  for (const host of outside) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect({ host, port: Number(port), timeout: 2000 });
      socket.once('connect', () => resolve(true));
      for (const event of ['error', 'timeout']) socket.once(event, () => resolve(false));
      socket.once('close', () => socket.destroy());
    });
    expect(connected, host).toBe(false);
  }
});

test('the address without its token is good once the browser has been let in', async ({ app }) => {
  await app.page.goto(new URL('/', (app as ChromiumHost).address).href);
  await expect(app.page.getByRole('heading', { level: 1, name: 'Library' })).toBeVisible();
  expect(app.page.url()).not.toContain('token');
});
