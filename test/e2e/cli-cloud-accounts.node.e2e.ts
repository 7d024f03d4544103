// The command line against an S3, Amazon and Google: accounts that are added, uploads, lists, deletions.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { cliBundle } from '../../build/paths.ts';
import { noise } from '../electron/engine/pattern.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import { startEbsDirect } from '../setup/aws/ebs-direct.ts';
import { bucket, project, startGoogleCloud } from '../setup/google/google-cloud.ts';
import { startS3rver } from '../setup/s3/s3rver.ts';
import { startWatchingProxy } from '../setup/watching-proxy.ts';
import { expect, test } from './app.ts';
import { CommandLine } from './command-line.ts';

async function makeDisk(folder: string): Promise<void> {
  await runTool('qemu-img', ['create', '-f', 'qcow2', join(folder, 'buoy.qcow2'), '24M']);
  await runTool('qemu-io', ['-c', 'write -P 7 5M 300k', join(folder, 'buoy.qcow2')]);
}

test('an S3: converted while it is sent, listed, downloaded, deleted, forgotten', async ({ places }) => {
  test.setTimeout(6 * 60_000);
  const folder = places.downloads;
  const cloud = await startS3rver(join(places.root, 's3'), 'images');
  try {
    await makeDisk(folder);
    const cli = new CommandLine(folder, { AWS_SECRET_ACCESS_KEY: cloud.secretAccessKey });
    const said = [`endpoint=${cloud.endpoint}`, 'bucket=images', 'credentials=keys'];
    const sets = [...said, `accessKeyId=${cloud.accessKeyId}`].flatMap((word) => ['--set', word]);
    await cli.ask('cloud', 'add', 'store', '--cloud', 's3', ...sets);
    expect((await cli.ask('cloud', 'list')).accounts).toMatchObject([{ name: 'store', hasSecret: true }]);
    expect(await cli.ask('cloud', 'check', 'store')).toMatchObject({ endpoint: cloud.endpoint });
    const refused = await cli.answer('upload', 'buoy.qcow2', '--to', 'store', '--as', 'vdi');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain('S3 takes --as file or raw or qcow2 or vmdk or vhd or fixed-vhd');
    for (const kind of ['file', 'raw', 'vmdk', 'fixed-vhd']) {
      const { images } = await cli.ask('upload', 'buoy.qcow2', '--to', 'store', '--as', kind, '--name', kind);
      expect(images).toMatchObject([{ id: kind, status: 'stored', verified: expect.anything() }]);
    }
    const listed = (await cli.ask('cloud', 'images', 'store')).images as readonly {
      id: string;
      record: string;
    }[];
    const known = listed.map(({ id, record }) => `${id} ${record}`).sort();
    expect(known).toEqual(['file made', 'fixed-vhd made', 'raw made', 'vmdk made']);
    await cli.ask('cloud', 'download', 'store', 'vmdk', 'back.vmdk');
    const { sha256 } = await cli.ask('hash', 'buoy.qcow2');
    expect(await cli.ask('hash', 'back.vmdk')).toMatchObject({ sha256 });
    for (const { id } of listed) await cli.ask('cloud', 'delete', 'store', id, '--yes');
    expect(await cli.ask('cloud', 'images', 'store')).toEqual({ images: [] });
    expect(await cli.ask('cloud', 'cleanup')).toEqual({ removed: [], kept: [] });
    await cli.ask('cloud', 'forget', 'store');
    expect(await cli.ask('cloud', 'list')).toEqual({ accounts: [] });
  } finally {
    await cloud.stop();
  }
});

test('Amazon: a snapshot and its image', async ({ places }) => {
  test.setTimeout(6 * 60_000);
  const folder = places.downloads;
  const cloud = await startEbsDirect();
  try {
    await makeDisk(folder);
    const cli = new CommandLine(folder, { AWS_SECRET_ACCESS_KEY: 'a-secret' });
    const addresses = [`ebsEndpoint=${cloud.address}`, `ec2Endpoint=${cloud.address}`];
    const said = ['credentials=keys', `accessKeyId=${cloud.accessKeyId}`, 'region=eu-test-1', ...addresses];
    await cli.ask('cloud', 'add', 'ec2', '--cloud', 'aws', ...said.flatMap((word) => ['--set', word]));
    const { images } = await cli.ask('upload', 'buoy.qcow2', '--to', 'ec2', '-o', 'bootMode=uefi');
    expect(images).toMatchObject([{ name: 'buoy', sentBytes: expect.any(Number) }]);
    expect(images[0].sentBytes).toBeLessThan(3 << 20);
    expect((await cli.ask('cloud', 'images', 'ec2')).images).toMatchObject([
      { name: 'buoy', record: 'made' },
    ]);
    await cli.ask('cloud', 'delete', 'ec2', 'buoy', '--yes');
    expect(cloud.images.size + cloud.snapshots.size).toBe(0);
    expect(cloud.breaches).toEqual([]);
  } finally {
    await cloud.close();
  }
});

/** Starts the words, and ends the process for good once `until` holds. */
async function killed(cli: CommandLine, until: () => boolean, ...words: string[]): Promise<void> {
  const child = spawn(process.execPath, [cliBundle, ...words], { cwd: cli.folder, env: cli.environment });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  await expect.poll(until, { timeout: 60_000 }).toBe(true);
  child.kill('SIGKILL');
  await ended;
}

test('Amazon: what a killed process had sent is not sent again by the same words', async ({ places }) => {
  test.setTimeout(6 * 60_000);
  const folder = places.downloads;
  const cloud = await startEbsDirect();
  const proxy = await startWatchingProxy(cloud.address);
  const blocks = (): number[] =>
    proxy.seen.flatMap(({ path }) => /\/blocks\/(\d+)/.exec(path)?.[1] ?? []).map(Number);
  const journalLength = (): number => {
    const path = join(folder, 'library', 'library.sqlite');
    if (!existsSync(path)) return 0;
    const library = new Database(path, { readonly: true });
    try {
      const [row] = library.prepare('SELECT count(*) AS count FROM job_journals').all();
      return (row as { count: number }).count;
    } finally {
      library.close();
    }
  };
  try {
    // 100 blocks of 512 KiB; batches of 64 are put on record.
    writeFileSync(join(folder, 'tide.raw'), noise(50 << 20));
    const cli = new CommandLine(folder, { AWS_SECRET_ACCESS_KEY: 'a-secret' });
    const addresses = [`ebsEndpoint=${proxy.address}`, `ec2Endpoint=${proxy.address}`];
    const said = ['credentials=keys', `accessKeyId=${cloud.accessKeyId}`, 'region=eu-test-1', ...addresses];
    await cli.ask('cloud', 'add', 'ec2', '--cloud', 'aws', ...said.flatMap((word) => ['--set', word]));
    proxy.breakBy(({ path }) => {
      const index = Number(/\/blocks\/(\d+)/.exec(path)?.[1] ?? 0);
      return index >= 80 ? new Promise(() => {}) : null;
    });
    await killed(cli, () => journalLength() >= 2, 'upload', 'tide.raw', '--to', 'ec2');
    const there = new Set([...cloud.snapshots.values()].flatMap((snapshot) => [...snapshot.blocks.keys()]));
    proxy.breakBy(() => null);
    proxy.forget();
    const { code, out } = await cli.answer('upload', 'tide.raw', '--to', 'ec2');
    expect(code).toBe(0);
    expect(out).toContain('tide went on after 32 MiB.');
    const again = blocks().filter((index) => there.has(index));
    expect(there.size).toBeGreaterThanOrEqual(64);
    expect(again.length).toBe(there.size - 64);
    expect(blocks().length).toBe(100 - 64);
    expect(cloud.snapshots.size).toBe(1);
    expect([...cloud.snapshots.values()][0]).toMatchObject({ state: 'completed' });
    expect(cloud.breaches).toEqual([]);
    // It is no job of the window's any more, and the next upload is another.
    expect(journalLength()).toBe(0);
    const second = await cli.ask('upload', 'tide.raw', '--to', 'ec2', '--name', 'tide 2');
    expect(second).toMatchObject({ notes: [], images: [{ sentBytes: 50 << 20 }] });
  } finally {
    await proxy.close();
    await cloud.close();
  }
});

test('Google: a killed process leaves no permission, so the same words begin again and say so', async ({
  places,
}) => {
  test.setTimeout(6 * 60_000);
  const folder = places.downloads;
  const cloud = await startGoogleCloud();
  const proxy = await startWatchingProxy(cloud.address);
  try {
    writeFileSync(join(folder, 'tide.raw'), noise(17 << 20));
    const cli = new CommandLine(folder, {
      GCE_METADATA_HOST: cloud.metadataHost,
      METADATA_SERVER_DETECTION: 'assume-present',
    });
    const addresses = [`storageEndpoint=${proxy.address}`, `computeEndpoint=${proxy.address}`];
    const said = [`project=${project}`, `bucket=${bucket}`, ...addresses];
    await cli.ask('cloud', 'add', 'gcp', '--cloud', 'google', ...said.flatMap((word) => ['--set', word]));
    proxy.breakBy(({ bodyBytes }) => (bodyBytes === 1 << 20 ? new Promise(() => {}) : null));
    const words = ['upload', 'tide.raw', '--to', 'gcp', '--as', 'file', '-o', 'insert=false'];
    await killed(cli, () => proxy.seen.some(({ bodyBytes }) => bodyBytes === 1 << 20), ...words);
    const [session] = cloud.openSessions;
    for (const name of readdirSync(join(folder, 'library'), { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      expect(readFileSync(join(name.parentPath, name.name)).includes(session!), name.name).toBe(false);
    }
    proxy.breakBy(() => null);
    const { code, out } = await cli.answer(...words);
    expect(code).toBe(0);
    expect(out).toContain('tide began again: the permission to go on there is not known any more');
    expect(cloud.breaches).toEqual([]);
  } finally {
    await proxy.close();
    await cloud.close();
  }
});

test('Google: what Prepare packed becomes an image', async ({ places }) => {
  test.setTimeout(6 * 60_000);
  const folder = places.downloads;
  const cloud = await startGoogleCloud();
  try {
    await makeDisk(folder);
    const cli = new CommandLine(folder, {
      GCE_METADATA_HOST: cloud.metadataHost,
      METADATA_SERVER_DETECTION: 'assume-present',
    });
    const addresses = [`storageEndpoint=${cloud.address}`, `computeEndpoint=${cloud.address}`];
    const said = [`project=${project}`, `bucket=${bucket}`, ...addresses];
    await cli.ask('cloud', 'add', 'gcp', '--cloud', 'google', ...said.flatMap((word) => ['--set', word]));
    await cli.ask('prepare', 'buoy.qcow2', '--for', 'google', '--out', 'up');
    const packed = join('up', 'buoy-google.tar.gz');
    const { images } = await cli.ask('upload', packed, '--to', 'gcp', '--name', 'buoy');
    expect(images).toMatchObject([{ id: 'buoy', status: 'ready', verified: { algorithm: 'md5' } }]);
    // The same without the file in between.
    const words = ['upload', 'buoy.qcow2', '--to', 'gcp', '--name', 'direct'];
    const refused = await cli.answer(...words, '--as', 'file');
    expect(refused.err).toContain('have the disk packed while it is sent');
    const direct = await cli.ask(...words);
    expect(direct.images).toMatchObject([{ id: 'direct', status: 'ready', verified: { algorithm: 'md5' } }]);
    await cli.ask('cloud', 'delete', 'gcp', 'direct', '--yes');
    expect((await cli.ask('cloud', 'images', 'gcp')).images).toMatchObject([{ id: 'buoy', record: 'made' }]);
    await cli.ask('cloud', 'delete', 'gcp', 'buoy', '--yes');
    expect(cloud.images.size + cloud.objects.size).toBe(0);
    expect(cloud.breaches).toEqual([]);
  } finally {
    await cloud.close();
  }
});
