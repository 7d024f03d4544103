// Uploads to Google by jobs in real threads that die: what is kept where, what goes on with it, and when it is forgotten.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { JobRequest } from '#shared/domain/job.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { ThreadPool } from '../../../electron/jobs/pool.ts';
import { JobQueue } from '../../../electron/jobs/queue.ts';
import { AccountBook } from '../../../electron/services/account-book.ts';
import { CloudImageBook } from '../../../electron/services/cloud-image-book.ts';
import { MemorySecrets } from '../../../electron/services/secrets.ts';
import { WorkerThread } from '../../../electron/worker/client.ts';
import { bucket, project, startGoogleCloud, type GoogleCloud } from '../../setup/google/google-cloud.ts';
import { stubMachineOf } from '../../setup/google/machine.ts';
import { threadBundles } from '../../setup/thread-bundles.ts';
import { startWatchingProxy, type WatchingProxy } from '../../setup/watching-proxy.ts';
import { noise } from '../engine/pattern.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const piece = 8 << 20;
const path = join(scratch, 'disk.tar.gz');
writeFileSync(path, noise(2 * piece + 1000));

let folder: string;
let cloud: GoogleCloud;
let proxy: WatchingProxy;
let access: CloudAccess;
/** As the system's keychain: it outlives every process. */
let keychain: MemorySecrets & { readonly written: string[] };
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(scratch, 'restart-'));
  cloud = await startGoogleCloud();
  proxy = await startWatchingProxy(cloud.address);
  stubMachineOf(cloud, folder);
  const written: string[] = [];
  keychain = Object.assign(new MemorySecrets(), { written });
  const write = keychain.write.bind(keychain);
  keychain.write = (name, secret) => {
    written.push(name);
    write(name, secret);
  };
  const addresses = { storageEndpoint: proxy.address, computeEndpoint: proxy.address };
  const settings = { project, bucket, prefix: '', credentials: 'usual', ...addresses };
  access = { name: 'gcp', cloud: 'google', secret: '', settings };
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.unstubAllEnvs();
  await proxy.close();
  await cloud.close();
});

/** Platter as `id`; the others have ended. */
function start(id: string) {
  const catalogue = openCatalogue(join(folder, 'library.sqlite'));
  const threads: WorkerThread[] = [];
  const pool = new ThreadPool(() => {
    const thread = new WorkerThread(threadBundles);
    threads.push(thread);
    return thread;
  });
  const lines: string[] = [];
  const queue = new JobQueue({
    catalogue,
    pool,
    owner: { id, isAlive: (other) => other === id },
    cores: 1,
    accessTo: () => Promise.resolve(access),
    openSecrets: () => keychain,
    libraryChanged: () => {},
    log: (line) => lines.push(line),
  });
  const accounts = new AccountBook(catalogue, keychain);
  accounts.add('gcp', 'google', access.settings, '');
  const images = new CloudImageBook({
    catalogue,
    accounts,
    isAlive: (other) => other === id,
    takePermission: async (object) => queue.takePermission(object),
  });
  closing.push(async () => {
    await queue.close();
    await pool.close();
    catalogue.close();
  });
  return { queue, images, lines, die: () => Promise.all(threads.map((thread) => thread.terminate())) };
}

const upload: JobRequest = {
  kind: 'upload',
  request: {
    account: 'gcp',
    options: { insert: false },
    parts: [{ role: 'image', name: 'buoy', source: { kind: 'file', reference: { path } }, properties: {} }],
    wait: true,
  },
};
const piecesSent = (): readonly number[] =>
  proxy.seen.flatMap(({ method, bodyBytes }) => (method === 'PUT' && bodyBytes > 0 ? [bodyBytes] : []));

/** An upload whose process dies while its last piece is on its way. */
async function diesBeforeTheEnd(): Promise<{ readonly id: number; readonly session: string }> {
  const { queue, die } = start('1-aaaaaaaaaaaaaaaa');
  proxy.breakBy(({ bodyBytes }) => (bodyBytes === 1000 ? new Promise(() => {}) : null));
  const { id } = queue.start(upload);
  await vi.waitFor(() => expect(piecesSent()).toEqual([piece, piece, 1000]), 30_000);
  await die();
  await vi.waitFor(
    () => expect(queue.get(id)).toMatchObject({ state: 'interrupted', resumable: true }),
    5000,
  );
  proxy.breakBy(() => null);
  proxy.forget();
  const [session] = cloud.openSessions;
  expect(keychain.read(`job:${id}`)).toContain(session);
  return { id, session: session! };
}

describe('an upload to Google whose process died', () => {
  it('goes on in its session after a restart, and its address was in the keychain alone', async () => {
    const { id, session } = await diesBeforeTheEnd();
    const { queue, lines } = start('2-bbbbbbbbbbbbbbbb');
    const told: string[] = [];
    queue.events.listen((event) => void told.push(JSON.stringify(event)));
    await queue.recover();
    queue.resume(id);
    await vi.waitFor(() => expect(queue.get(id).state).toBe('done'), 30_000);
    expect(piecesSent()).toEqual([1000]);
    expect(cloud.objects.get('buoy')!.bytes.equals(readFileSync(path))).toBe(true);
    expect(queue.get(id)).toMatchObject({
      notes: [{ kind: 'resumed', item: 'buoy', doneBytes: 2 * piece }],
      outcome: { result: { images: [{ sentBytes: 1000, verified: { algorithm: 'md5' } }] } },
    });
    expect(keychain.written).toContain(`job:${id}`);
    expect(keychain.read(`job:${id}`)).toBeNull();
    for (const file of readdirSync(folder).filter((name) => name.startsWith('library.sqlite'))) {
      expect(readFileSync(join(folder, file)).includes(session), file).toBe(false);
    }
    expect([...lines, ...told].join()).not.toContain(session);
    expect(cloud.breaches).toEqual([]);
  });

  it('is given up with its address', async () => {
    const { id } = await diesBeforeTheEnd();
    const { queue } = start('2-bbbbbbbbbbbbbbbb');
    queue.forget(id);
    expect(keychain.read(`job:${id}`)).toBeNull();
  });

  it('has its session ended by the clean-up, and begins again after that', async () => {
    const { id } = await diesBeforeTheEnd();
    const { queue, images } = start('2-bbbbbbbbbbbbbbbb');
    expect(await images.cleanUp('gcp')).toMatchObject({ removed: [{ kind: 'object' }], kept: [] });
    expect(cloud.openSessions.size).toBe(0);
    expect(keychain.read(`job:${id}`)).toBeNull();
    queue.resume(id);
    await vi.waitFor(() => expect(queue.get(id).state).toBe('done'), 30_000);
    expect(piecesSent()).toEqual([piece, piece, 1000]);
    expect(queue.get(id).notes).toEqual([{ kind: 'afresh', item: 'buoy', reason: 'permission-gone' }]);
  });
});
