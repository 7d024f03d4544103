/** Snapshots and images, against a strict stand-in for EBS direct and EC2 written after their references: Amazon's was not asked. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccountSettings, CloudAccess } from '#shared/domain/cloud-account.ts';
import type { CloudObject } from '#shared/domain/cloud-image.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { UploadWork } from '#shared/domain/upload.ts';
import { aws } from '../../../../electron/transfers/aws/index.ts';
import { discardObject, uploadSnapshots } from '../../../../electron/transfers/aws/upload.ts';
import { startEbsDirect, type EbsDirect } from '../../../setup/aws/ebs-direct.ts';
import { describeWith } from '../../../setup/tools.ts';
import { startWatchingProxy, type WatchingProxy } from '../../../setup/watching-proxy.ts';
import { noise, writeRawDisk } from '../../engine/pattern.ts';
import { scratchFolder } from '../../engine/scratch.ts';
import { betweenRuns, controlOf, transferControl } from '../transfer-control.ts';

const folder = scratchFolder();
const block = 512 << 10;
/** Not a whole number of blocks: 3 MiB and a sector. */
const sizeBytes = 3 * (1 << 20) + 512;
const pieces = [
  { at: 0, bytes: noise(4096) },
  // Across two blocks.
  { at: 2 * block - 100, bytes: noise(200, 2) },
  // What a file system stores and holds nothing.
  { at: 3 * block, bytes: new Uint8Array(block) },
  { at: sizeBytes - 512, bytes: noise(512, 3) },
];
const rawPath = writeRawDisk(join(folder, 'disk.raw'), sizeBytes, pieces);
const written = [0, 1, 2, 6];

let cloud: EbsDirect;
let proxy: WatchingProxy;
let access: CloudAccess;

beforeEach(async () => {
  cloud = await startEbsDirect();
  proxy = await startWatchingProxy(cloud.address);
  access = {
    name: 'ec2',
    cloud: 'aws',
    secret: 'a-secret',
    settings: {
      credentials: 'keys',
      accessKeyId: cloud.accessKeyId,
      region: 'eu-test-1',
      ebsEndpoint: proxy.address,
      ec2Endpoint: proxy.address,
    },
  };
});
afterEach(async () => {
  await proxy.close();
  await cloud.close();
});

function workOf(name: string, options: OptionValues = {}, path = rawPath): UploadWork {
  return {
    account: 'ec2',
    options: { register: true, architecture: 'x86_64', bootMode: 'usual', ...options },
    parts: [{ role: 'image', name, source: { kind: 'raw', reference: { path } }, properties: {} }],
  };
}

const quick = { restsMilliseconds: [10, 10], pollMilliseconds: 10 };
const upload = (work: UploadWork, control = transferControl()) =>
  uploadSnapshots(work, access, control, quick);
const blocksSent = (): readonly number[] =>
  proxy.seen
    .flatMap(({ path }) => /\/blocks\/(\d+)/.exec(path)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => one - other);

/** The disk that a volume from the snapshot would hold. */
function contentOf(id: string): Buffer {
  const bytes = Buffer.alloc(7 * block);
  for (const [index, data] of cloud.snapshots.get(id)!.blocks) data.copy(bytes, index * block);
  return bytes;
}

const theOnlySnapshot = () => [...cloud.snapshots.values()][0]!;

describe('EBS direct', () => {
  it('sends the blocks that hold anything, completes, and registers an image', async () => {
    const control = transferControl();
    const { images } = await upload(workOf('Buoy', { architecture: 'arm64', bootMode: 'uefi' }), control);
    expect(cloud.breaches).toEqual([]);
    const [image] = [...cloud.images.values()];
    expect(images).toMatchObject([
      {
        id: image!.id,
        status: 'registered',
        sizeBytes,
        verified: { algorithm: 'sha256 of blocks', digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
        sentBytes: written.length * block,
      },
    ]);
    expect(blocksSent()).toEqual(written);
    const snapshot = theOnlySnapshot();
    expect(snapshot).toMatchObject({ gibibytes: 1, state: 'completed', description: 'Buoy (Platter)' });
    expect(contentOf(snapshot.id).subarray(0, sizeBytes).equals(readFileSync(rawPath))).toBe(true);
    expect(image!.fields).toMatchObject({
      Name: 'Buoy',
      Architecture: 'arm64',
      BootMode: 'uefi',
      VirtualizationType: 'hvm',
      'BlockDeviceMapping.1.Ebs.SnapshotId': snapshot.id,
    });
    // Before anything was there, by a tag of its own; then by its id; at the end both are complete.
    expect(
      control.changes.map(({ event, object: { kind, id } }) => `${event} ${kind} ${id.slice(0, 4)}`),
    ).toEqual([
      'making snapshot tag:',
      'making snapshot snap',
      'gone snapshot tag:',
      'made snapshot snap',
      'making image tag:',
      'making image ami-',
      'gone image tag:',
      'made image ami-',
    ]);
    expect(control.phases[0]).toMatchObject({
      phase: 'uploading',
      totalBytes: sizeBytes,
      doneBytes: sizeBytes,
    });
  });

  it('sends a block again that was cut off, or that the service was too busy for', async () => {
    let cuts = 1;
    let busy = 1;
    proxy.breakBy(({ path }) => {
      if (path.endsWith('/blocks/1') && cuts-- > 0) return 'cut';
      if (path.endsWith('/blocks/6') && busy-- > 0) return 503;
      return null;
    });
    const { images } = await upload(workOf('Busy', { register: false }));
    expect(images).toMatchObject([{ id: theOnlySnapshot().id, status: 'completed', retries: 2 }]);
    expect(blocksSent()).toEqual([0, 1, 1, 2, 6, 6]);
    expect(cloud.images.size).toBe(0);
  });

  it('goes on in the same snapshot when the job does: blocks that are there are not sent again', async () => {
    const kept = betweenRuns();
    proxy.breakBy(({ path }) => (path.endsWith('/blocks/6') ? 'cut' : null));
    const first = controlOf(kept);
    await expect(upload(workOf('Later'), first)).rejects.toMatchObject({ code: 'cloud.unreachable' });
    const snapshot = theOnlySnapshot();
    expect([...first.half]).toEqual([snapshot.id]);
    const there = [...snapshot.blocks.keys()].sort();
    proxy.breakBy(() => null);
    proxy.forget();
    // Block 0 is another by now, and block 1 is empty: both are written.
    const other = writeRawDisk(join(folder, 'other.raw'), sizeBytes, [
      { at: 0, bytes: noise(4096, 9) },
      { at: 2 * block, bytes: pieces[1]!.bytes.subarray(100) },
      pieces[3]!,
    ]);
    const second = controlOf(kept);
    await upload(workOf('Later', {}, other), second);
    expect(cloud.breaches).toEqual([]);
    expect(cloud.snapshots.size).toBe(1);
    expect(there).toEqual([0, 1, 2]);
    expect(blocksSent()).toEqual([0, 1, 6]);
    expect(second.notes).toEqual([{ kind: 'resumed', item: 'Later', doneBytes: 3 * block }]);
    expect(contentOf(snapshot.id).subarray(0, sizeBytes).equals(readFileSync(other))).toBe(true);
    expect(kept.journal.records).toEqual([]);
  });

  it('begins another snapshot when the service has given up the first', async () => {
    const kept = betweenRuns();
    proxy.breakBy(({ path }) => (path.endsWith('/blocks/6') ? 'cut' : null));
    await expect(upload(workOf('Again'), controlOf(kept))).rejects.toThrow();
    proxy.breakBy(() => null);
    theOnlySnapshot().state = 'error';
    await upload(workOf('Again'), controlOf(kept));
    expect([...cloud.snapshots.values()].map(({ state }) => state)).toEqual(['error', 'completed']);
  });

  it('takes lost answers for what they were: nothing is made twice', async () => {
    const lost = new Set<string>();
    proxy.breakBy(({ method, path }) => {
      const key = `${method} ${path.replace(/snap-\w+/, '')}`;
      if (method === 'GET' || lost.has(key) || key === 'POST /') return null;
      lost.add(key);
      return 'lose';
    });
    const { images } = await upload(workOf('Lost'));
    expect(images).toMatchObject([{ status: 'registered' }]);
    expect(cloud.snapshots.size).toBe(1);
    expect(theOnlySnapshot().state).toBe('completed');
  });

  it('takes the snapshot away when it is cancelled', async () => {
    const control = transferControl(2 * block);
    await expect(upload(workOf('Gone'), control)).rejects.toMatchObject({ code: 'operation.cancelled' });
    expect(cloud.snapshots.size).toBe(0);
    expect(control.half.size).toBe(0);
  });

  it('refuses a name before anything is sent, and keeps a snapshot that cannot be registered', async () => {
    await upload(workOf('Taken'));
    const control = transferControl();
    await expect(upload(workOf('Taken'), control)).rejects.toThrow(/there is an image .*Taken.* already/);
    await expect(upload(workOf('Ümlaut'), control)).rejects.toMatchObject({ code: 'input.invalid' });
    expect(control.changes).toEqual([]);
    expect(cloud.snapshots.size).toBe(1);

    // Somebody takes the name while the blocks are on their way.
    const work = workOf('Late');
    proxy.breakBy(({ path }) => {
      if (path.includes('/completion/')) {
        Object.assign([...cloud.images.values()][0]!.fields, { Name: 'Late' });
      }
      return null;
    });
    const late = transferControl();
    await expect(upload(work, late)).rejects.toThrow(/already in use.* is complete and stays/);
    expect([...cloud.snapshots.values()].at(-1)!.state).toBe('completed');
    expect(late.half.size).toBe(0);
  });

  it('has nothing on record where it is not let in', async () => {
    const settings = { ...access.settings, accessKeyId: 'another' };
    for (const register of [true, false]) {
      const control = transferControl();
      const sent = uploadSnapshots(workOf('Barred', { register }), { ...access, settings }, control, quick);
      await expect(sent).rejects.toMatchObject({ code: 'cloud.unauthorised' });
      expect(control.changes).toEqual([]);
    }
  });

  it('cleans up by the tag where a crash came before the id', async () => {
    const kept = betweenRuns();
    proxy.breakBy(({ path }) => (path.includes('/blocks/') ? 'cut' : null));
    const control = controlOf(kept);
    await expect(upload(workOf('Crash'), control)).rejects.toThrow();
    const byTag: CloudObject = control.changes[0]!.object;
    expect(byTag.id).toMatch(/^tag:/);
    expect(cloud.snapshots.size).toBe(1);
    await discardObject(access, byTag);
    expect(cloud.snapshots.size).toBe(0);
    await discardObject(access, byTag);
    await discardObject(access, { ...byTag, id: 'snap-00000000000000099' });
  });

  it('lists images and snapshots that none names, and deletes them together', async () => {
    const { images } = await upload(workOf('Whole'));
    await upload(workOf('Alone', { register: false }));
    const listed = await aws.list!(access);
    expect(
      listed.map(({ kind, name, diskFormat, isComplete }) => [kind, name, diskFormat, isComplete]),
    ).toEqual([
      ['image', 'Whole', 'ami', true],
      ['snapshot', 'Alone', 'snapshot', true],
    ]);
    await aws.delete!(access, images[0]!.id);
    expect(cloud.images.size).toBe(0);
    expect([...cloud.snapshots.values()].map(({ description }) => description)).toEqual(['Alone (Platter)']);
    await aws.delete!(access, listed[1]!.id);
    expect(cloud.snapshots.size).toBe(0);
  });

  it('says what is wrong with an account', async () => {
    const check = (settings: AccountSettings) =>
      aws.check({ ...access, settings: { ...access.settings, ...settings } });
    expect(await check({})).toMatchObject({ endpoint: 'Amazon EC2, eu-test-1' });
    await expect(check({ accessKeyId: 'AKIDOTHER' })).rejects.toMatchObject({ code: 'cloud.unauthorised' });
    await expect(check({ ec2Endpoint: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'cloud.unreachable',
    });
  });
});

describeWith('qemu-img', 'EBS direct, from other formats', () => {
  it('reads the disk out of a compressed image as it is sent', async () => {
    const qcow2 = join(folder, 'disk.qcow2');
    execFileSync('qemu-img', ['convert', '-c', '-O', 'qcow2', rawPath, qcow2]);
    await upload(workOf('Inside', { register: false }, qcow2));
    expect(cloud.breaches).toEqual([]);
    expect(contentOf(theOnlySnapshot().id).subarray(0, sizeBytes).equals(readFileSync(rawPath))).toBe(true);
  });
});
