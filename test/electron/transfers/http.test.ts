/** Certificates: whom the client trusts, and what it says of the rest. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HttpClient, text } from '../../../electron/transfers/http.ts';
import { describeWith } from '../../setup/tools.ts';
import { scratchFolder } from '../engine/scratch.ts';

describeWith('openssl', 'HttpClient', () => {
  const folder = scratchFolder();
  const certificate = join(folder, 'cert.pem');
  let server: Server;
  let address: string;
  beforeAll(async () => {
    const key = join(folder, 'key.pem');
    const names = ['-subj', '/CN=lab', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', key, '-out', certificate];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names, ...files],
      {
        stdio: 'ignore',
      },
    );
    server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_, response) =>
      response.end('hello'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `https://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => void server.close());

  async function ask(caFile: string | null, insecure: boolean): Promise<string> {
    const client = new HttpClient({ caFile, insecure });
    try {
      return await text(await client.send(address));
    } finally {
      client.close();
    }
  }

  it('trusts who is signed by the CA file, and nobody else unless told to trust everybody', async () => {
    await expect(ask(null, false)).rejects.toMatchObject({ code: 'cloud.untrusted', details: { address } });
    expect(await ask(certificate, false)).toBe('hello');
    expect(await ask(null, true)).toBe('hello');
    await expect(ask(join(folder, 'absent.pem'), false)).rejects.toMatchObject({ code: 'io.not-found' });
  });
});
