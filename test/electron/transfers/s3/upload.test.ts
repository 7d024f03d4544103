/** Uploads, resumed uploads and downloads against a real S3: OpenStack's Swift; and against s3rver, which lacks half of it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AccountSettings, CloudAccess } from '#shared/domain/cloud-account.ts';
import type { UploadPart, UploadWork } from '#shared/domain/upload.ts';
import { downloadObject } from '../../../../electron/transfers/s3/download.ts';
import { s3 } from '../../../../electron/transfers/s3/index.ts';
import { discardUpload, uploadObjects } from '../../../../electron/transfers/s3/upload.ts';
import { startSwift, swiftTools, type RealS3 } from '../../../setup/s3/swift.ts';
import { startS3rver, type SmallS3 } from '../../../setup/s3/s3rver.ts';
import { describeWith } from '../../../setup/tools.ts';
import { startWatchingProxy, type WatchingProxy } from '../../../setup/watching-proxy.ts';
import { noise, writeRawDisk } from '../../engine/pattern.ts';
import { scratchFolder } from '../../engine/scratch.ts';
import { transferControl } from '../transfer-control.ts';

const folder = scratchFolder();
const mebibyte = 1 << 20;
/** Five parts, the last of them short. */
const sizeBytes = 35 * mebibyte;
const rawPath = writeRawDisk(join(folder, 'disk.raw'), sizeBytes, [
  { at: mebibyte, bytes: noise(3 * mebibyte) },
  { at: 30 * mebibyte, bytes: noise(2 * mebibyte, 7) },
]);
/** A run looks ten times a second whether it is put off or cancelled. */
const noticedMilliseconds = 500;
const restsMilliseconds = [20, 20, 20];

function workOf(
  name: string,
  part: Partial<UploadPart> = {},
  options: UploadWork['options'] = {},
): UploadWork {
  const source = { kind: 'file', reference: { path: rawPath } } as const;
  return {
    account: 'store',
    options,
    parts: [{ role: 'image', name, source, properties: {}, ...part }],
  };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const rawDigest = sha256(readFileSync(rawPath));

describeWith(swiftTools, 'a real S3', () => {
  let cloud: RealS3;
  let proxy: WatchingProxy;
  let access: CloudAccess;
  let client: S3Client;
  const accessWith = (settings: AccountSettings, secret = cloud.secretAccessKey): CloudAccess => ({
    ...access,
    secret,
    settings: { ...access.settings, ...settings },
  });
  beforeAll(async () => {
    cloud = await startSwift();
    proxy = await startWatchingProxy(cloud.endpoint);
    const { region, accessKeyId, secretAccessKey } = cloud;
    client = new S3Client({
      endpoint: cloud.endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    await client.send(new CreateBucketCommand({ Bucket: 'images' }));
    access = {
      name: 'store',
      cloud: 's3',
      secret: secretAccessKey,
      settings: {
        endpoint: proxy.address,
        region,
        bucket: 'images',
        prefix: 'disks/',
        credentials: 'keys',
        accessKeyId,
      },
    };
  });
  afterAll(async () => {
    client.destroy();
    await proxy.close();
    await cloud.stop();
  });
  afterEach(() => {
    proxy.breakBy(() => null);
    proxy.forget();
  });

  const content = async (key: string): Promise<Uint8Array> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'images', Key: key }));
    return Body!.transformToByteArray();
  };
  const partsSent = (): readonly number[] =>
    proxy.seen
      .filter(({ method, path }) => method === 'PUT' && path.includes('partNumber='))
      .map(({ path }) => Number(/partNumber=(\d+)/.exec(path)![1]))
      .sort((one, other) => one - other);
  const upload = (work: UploadWork, control = transferControl(), how: CloudAccess = access) =>
    uploadObjects(work, how, control, { restsMilliseconds });
  const openUploads = async (): Promise<readonly string[]> => {
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'images' }));
    return (Uploads ?? []).map(({ Key }) => Key!);
  };
  /** Cuts it off whenever it comes, once the server has all others. */
  /** Of that object: what an earlier test sent may be answered late. */
  const breakLastPart = (name: string): void =>
    proxy.breakBy(async ({ path }) => {
      if (!path.includes('partNumber=5')) return null;
      await vi.waitFor(
        () => {
          const there = proxy.answered.filter((one) => one.path.includes(`${name}?partNumber=`));
          expect(there).toHaveLength(4);
        },
        { timeout: 30_000 },
      );
      return 'cut';
    });

  it('takes a file as it lies, with nothing left on record', async () => {
    const control = transferControl();
    const { images } = await upload(workOf('plain.raw'), control);
    expect(images).toMatchObject([
      {
        id: 'disks/plain.raw',
        status: 'stored',
        sizeBytes,
        verified: { algorithm: 'md5 of parts', digest: expect.stringMatching(/^[0-9a-f]{32}-5$/) },
        retries: 0,
        sentBytes: sizeBytes,
      },
    ]);
    expect(partsSent()).toEqual([1, 2, 3, 4, 5]);
    expect(sha256(await content('disks/plain.raw'))).toBe(rawDigest);
    expect(control.half.size).toBe(0);
    // On record before the service was asked, and by the service's own id afterwards.
    expect(control.changes.map(({ event, object }) => [event, /uploadId=./.test(object.id)])).toEqual([
      ['making', false],
      ['making', true],
      ['gone', false],
      // The object is there, and no upload any more.
      ['making', false],
      ['made', false],
      ['gone', true],
    ]);
    expect(control.phases.map(({ phase }) => phase)).toEqual(['uploading', 'finishing']);
  });

  it('reads a disk out of an archive inside a package as it is sent', async () => {
    const vmdk = join(folder, 'disk1.vmdk');
    const words = ['-O', 'vmdk', '-o', 'subformat=streamOptimized', rawPath, vmdk];
    execFileSync('qemu-img', ['convert', ...words]);
    execFileSync('tar', ['-cf', join(folder, 'machine.tar'), '-C', folder, 'disk1.vmdk']);
    execFileSync('gzip', ['-kf', vmdk]);
    for (const path of [vmdk, `${vmdk}.gz`]) {
      const name = `out of ${path.slice(-4)}`;
      await upload(workOf(name, { source: { kind: 'raw', reference: { path } } }));
      expect(sha256(await content(`disks/${name}`))).toBe(rawDigest);
    }
  });

  it('goes on where the connection broke: that part alone is sent again', async () => {
    let left = 2;
    proxy.breakBy(({ path }) => (path.includes('partNumber=3') && left-- > 0 ? 'cut' : null));
    const control = transferControl();
    const { images } = await upload(workOf('cut.raw'), control);
    expect(images).toMatchObject([{ retries: 2, sentBytes: sizeBytes }]);
    expect(partsSent()).toEqual([1, 2, 3, 3, 3, 4, 5]);
    expect(sha256(await content('disks/cut.raw'))).toBe(rawDigest);
  });

  it('keeps its parts when the network stays away, and another run sends the rest only', async () => {
    breakLastPart('later.raw');
    const first = transferControl();
    await expect(upload(workOf('later.raw'), first)).rejects.toMatchObject({ code: 'cloud.unreachable' });
    expect([...first.half]).toEqual([expect.stringContaining('disks/later.raw?uploadId=')]);
    proxy.breakBy(() => null);
    proxy.forget();
    const second = transferControl();
    const { images } = await upload(workOf('later.raw'), second);
    expect(partsSent()).toEqual([5]);
    expect(images).toMatchObject([{ sentBytes: 3 * mebibyte }]);
    expect(second.notes).toEqual([{ kind: 'resumed', item: 'later.raw', doneBytes: 32 * mebibyte }]);
    expect(second.changes.at(-1)).toMatchObject({ event: 'gone', object: { id: [...first.half][0] } });
    expect(sha256(await content('disks/later.raw'))).toBe(rawDigest);
  });

  it('sends again what is another than before in the file', async () => {
    const suspended = transferControl();
    proxy.breakBy(async ({ path }) => {
      if (path.includes('partNumber=4')) {
        await proxy.untilAnswered(/partNumber=1\b/);
        suspended.suspend();
        await delay(noticedMilliseconds);
      }
      return null;
    });
    await expect(upload(workOf('changed.raw'), suspended)).rejects.toMatchObject({
      code: 'operation.interrupted',
    });
    proxy.breakBy(() => null);
    proxy.forget();
    const other = writeRawDisk(join(folder, 'other.raw'), sizeBytes, [
      { at: mebibyte, bytes: noise(3 * mebibyte) },
      { at: 9 * mebibyte, bytes: noise(4096, 3) },
      { at: 30 * mebibyte, bytes: noise(2 * mebibyte, 7) },
    ]);
    await upload(workOf('changed.raw', { source: { kind: 'file', reference: { path: other } } }));
    const sent = partsSent();
    expect(sent).toContain(2);
    expect(sent).not.toContain(1);
    expect(sha256(await content('disks/changed.raw'))).toBe(sha256(readFileSync(other)));
  });

  it('takes an answer that was lost for what it was', async () => {
    let left = 1;
    proxy.breakBy(({ method, path }) =>
      method === 'POST' && path.includes('uploadId=') && left-- > 0 ? 'lose' : null,
    );
    const { images } = await upload(workOf('joined.raw'));
    expect(images).toMatchObject([{ status: 'stored', verified: { algorithm: 'md5 of parts' } }]);
    expect(sha256(await content('disks/joined.raw'))).toBe(rawDigest);
  });

  it('takes the parts away when it is cancelled or refused', async () => {
    proxy.breakBy(async ({ path }) => {
      if (path.includes('partNumber=5')) await delay(noticedMilliseconds);
      return null;
    });
    const cancelled = transferControl(9 * mebibyte);
    await expect(upload(workOf('gone.raw'), cancelled)).rejects.toMatchObject({
      code: 'operation.cancelled',
    });
    expect(cancelled.half.size).toBe(0);
    proxy.breakBy(({ path }) => (path.includes('partNumber=2') ? 400 : null));
    const refused = transferControl();
    await expect(upload(workOf('gone.raw'), refused)).rejects.toMatchObject({ code: 'cloud.refused' });
    expect(refused.half.size).toBe(0);
    expect(await openUploads()).toEqual([]);
  });

  it('cleans up what a crash left, and nothing else', async () => {
    breakLastPart('left.raw');
    const left = transferControl();
    await expect(upload(workOf('left.raw'), left)).rejects.toMatchObject({ code: 'cloud.unreachable' });
    proxy.breakBy(() => null);
    expect(await openUploads()).toHaveLength(1);
    const object = left.changes.filter(({ event }) => event === 'making').at(-1)!.object;
    // What is on record by its key alone has no parts: this one has, so it is somebody's.
    await discardUpload(access, { ...object, id: 'disks/left.raw' });
    expect(await openUploads()).toHaveLength(1);
    await discardUpload(access, object);
    expect(await openUploads()).toEqual([]);
    await discardUpload(access, object);
  });

  it('replaces nothing unless it is told to', async () => {
    const other = writeRawDisk(join(folder, 'other.raw'), sizeBytes, [{ at: 0, bytes: noise(512, 9) }]);
    await upload(workOf('twice.raw', { source: { kind: 'file', reference: { path: other } } }));
    const control = transferControl();
    await expect(upload(workOf('twice.raw'), control)).rejects.toThrow(
      /has an object .*disks\/twice.raw.* already/,
    );
    expect(control.changes).toEqual([]);
    await upload(workOf('twice.raw', {}, { replace: true }));
  });

  it('takes an object that is there with the same bytes for sent', async () => {
    const first = await upload(workOf('same.raw'));
    const control = transferControl();
    const again = await upload(workOf('same.raw'), control);
    expect(again.images[0]).toMatchObject({ sentBytes: 0, verified: first.images[0]!.verified });
    expect(control.changes.map(({ event, object }) => `${event} ${object.kind}`)).toEqual([
      'making object',
      'made object',
    ]);
  });

  it('lists, downloads with the digest compared, goes on after a cut, and deletes', async () => {
    await upload(workOf('back.raw'));
    const listed = await s3.list!(access);
    const image = listed.find(({ name }) => name === 'back.raw')!;
    expect(image).toMatchObject({
      kind: 'object',
      id: 'disks/back.raw',
      sizeBytes,
      diskFormat: 'raw',
      isComplete: true,
    });
    const outputPath = join(folder, 'back.raw');
    let left = 1;
    proxy.breakBy(({ method, path }) =>
      method === 'GET' && path.includes('back.raw') && left-- > 0 ? 'cut' : null,
    );
    const work = { account: 'store', image, outputPath };
    const result = await downloadObject(work, access, transferControl(), { restsMilliseconds });
    expect(result).toMatchObject({ sizeBytes, verified: { algorithm: 'md5 of parts' } });
    expect(sha256(readFileSync(outputPath))).toBe(rawDigest);
    const stopped = { ...work, outputPath: join(folder, 'stopped.raw') };
    await expect(downloadObject(stopped, access, transferControl(mebibyte))).rejects.toMatchObject({
      code: 'operation.cancelled',
    });
    expect(existsSync(stopped.outputPath)).toBe(false);
    await s3.delete!(access, image.id);
    expect((await s3.list!(access)).map(({ id }) => id)).not.toContain(image.id);
    await s3.delete!(access, image.id);
  });

  it('says that a quota is full, which S3 has no word for, and takes away what was there', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'small' }));
    // The last part has 3 MiB, and comes once one of 8 MiB is there.
    await cloud.limit('small', 10 * mebibyte);
    const small = accessWith({ bucket: 'small' });
    const control = transferControl();
    await expect(upload(workOf('large.raw'), control, small)).rejects.toMatchObject({
      code: 'cloud.quota',
      message: expect.stringContaining('takes no more'),
    });
    expect(control.half.size).toBe(0);
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket: 'small' }))).Uploads ?? []).toEqual(
      [],
    );
  });

  it('says what is wrong with an account', async () => {
    expect(await s3.check(access)).toMatchObject({ facts: [{ label: 'Bucket', value: 'images' }, {}] });
    const check = (settings: AccountSettings, secret?: string) => s3.check(accessWith(settings, secret));
    await expect(check({}, 'wrong')).rejects.toMatchObject({ code: 'cloud.unauthorised' });
    await expect(check({ accessKeyId: 'test:nobody' })).rejects.toMatchObject({ code: 'cloud.unauthorised' });
    await expect(check({ bucket: 'missing' })).rejects.toThrow(/there is no bucket .*missing/);
    await expect(check({ endpoint: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'cloud.unreachable',
      details: { address: 'http://127.0.0.1:9' },
    });
    await expect(check({ endpoint: 'https://127.0.0.1:9', caFile: '/nowhere.pem' })).rejects.toMatchObject({
      code: 'io.not-found',
    });
    const wrong = transferControl();
    await expect(upload(workOf('no.raw'), wrong, accessWith({ bucket: 'missing' }))).rejects.toThrow(
      /there is no bucket/,
    );
    expect(wrong.half.size).toBe(0);
  });
});

describe('s3rver, which lists neither uploads nor parts', () => {
  let cloud: SmallS3;
  let proxy: WatchingProxy;
  let access: CloudAccess;
  beforeAll(async () => {
    cloud = await startS3rver(join(folder, 's3rver'), 'images');
    proxy = await startWatchingProxy(cloud.endpoint);
    access = {
      name: 'small',
      cloud: 's3',
      secret: cloud.secretAccessKey,
      settings: {
        endpoint: proxy.address,
        region: '',
        bucket: 'images',
        prefix: '',
        credentials: 'keys',
        accessKeyId: cloud.accessKeyId,
      },
    };
  });
  afterAll(async () => {
    await proxy.close();
    await cloud.stop();
  });

  it('has the same bytes on its disk, also after a cut', async () => {
    let left = 1;
    proxy.breakBy(({ path }) => (path.includes('partNumber=2') && left-- > 0 ? 'cut' : null));
    const control = transferControl();
    const { images } = await uploadObjects(workOf('disk.raw'), access, control, { restsMilliseconds });
    expect(images).toMatchObject([{ status: 'stored', retries: 1, verified: { algorithm: 'md5 of parts' } }]);
    const stored = cloud.fileOf('disk.raw');
    expect(statSync(stored).size).toBe(sizeBytes);
    expect(sha256(readFileSync(stored))).toBe(rawDigest);
    expect(control.half.size).toBe(0);
  });
});
