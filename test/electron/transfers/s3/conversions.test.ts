/** Images that are converted while they are sent: the same objects as files would make, and other runs go on with them. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { UploadWork } from '#shared/domain/upload.ts';
import { convert } from '#engine/operations/convert.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { downloadObject } from '../../../../electron/transfers/s3/download.ts';
import { s3 } from '../../../../electron/transfers/s3/index.ts';
import { uploadObjects } from '../../../../electron/transfers/s3/upload.ts';
import { startS3rver, type SmallS3 } from '../../../setup/s3/s3rver.ts';
import { startSwift, swiftTools, type RealS3 } from '../../../setup/s3/swift.ts';
import { describeWith } from '../../../setup/tools.ts';
import { startWatchingProxy, type WatchingProxy } from '../../../setup/watching-proxy.ts';
import { noise, writeRawDisk } from '../../engine/pattern.ts';
import { quietControl } from '../../engine/quiet-control.ts';
import { scratchFolder } from '../../engine/scratch.ts';
import { transferControl } from '../transfer-control.ts';

const folder = scratchFolder();
const mebibyte = 1 << 20;
const capacity = 20 * mebibyte;
const rawPath = writeRawDisk(join(folder, 'disk.raw'), capacity, [
  { at: 0, bytes: noise(9 * mebibyte) },
  { at: 16 * mebibyte, bytes: noise(2 * mebibyte, 7) },
]);
/** Read out of what is compressed, as disks of packages are. */
const path = join(folder, 'disk.vmdk');
const compressed = { format: 'vmdk', variant: 'streamOptimized' };
convert({ source: { path: rawPath }, outputPath: path, target: compressed }, quietControl());
const digest = hashImage({ path: rawPath }, quietControl()).sha256;
/** A run looks ten times a second whether it is put off or cancelled. */
const noticedMilliseconds = 500;
const restsMilliseconds = [20];

function workTo(id: string): UploadWork {
  const { target } = s3.uploads.conversions.find((conversion) => conversion.id === id)!;
  const source = { kind: 'converted', reference: { path }, target } as const;
  const parts = [{ role: 'image', name: `disk.${id}`, source, properties: {} }] as const;
  return { account: 'store', options: {}, parts };
}

interface Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
const accessTo = ({ accessKeyId, secretAccessKey }: Server, endpoint: string, region = ''): CloudAccess => ({
  name: 'store',
  cloud: 's3',
  secret: secretAccessKey,
  settings: { endpoint, region, bucket: 'images', prefix: '', credentials: 'keys', accessKeyId },
});

describe('s3rver', () => {
  let cloud: SmallS3;
  beforeAll(async () => {
    cloud = await startS3rver(join(folder, 's3rver'), 'images');
  });
  afterAll(() => cloud.stop());

  it.each(s3.uploads.conversions.map(({ id }) => id))('has the same disk as %s', async (id) => {
    const control = transferControl();
    const { images } = await uploadObjects(workTo(id), accessTo(cloud, cloud.endpoint), control);
    const stored = cloud.fileOf(`disk.${id}`);
    expect(images).toMatchObject([{ status: 'stored', sizeBytes: statSync(stored).size }]);
    expect(images[0]!.verified).not.toBeNull();
    expect(control.partials.size).toBe(0);
    expect(hashImage({ path: stored }, quietControl()).sha256).toBe(digest);
  });
});

describeWith(swiftTools, 'a real S3', () => {
  let cloud: RealS3;
  let proxy: WatchingProxy;
  beforeAll(async () => {
    cloud = await startSwift();
    proxy = await startWatchingProxy(cloud.endpoint);
    const { endpoint, region, accessKeyId, secretAccessKey } = cloud;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
    await client.send(new CreateBucketCommand({ Bucket: 'images' }));
    client.destroy();
  });
  afterAll(async () => {
    await proxy.close();
    await cloud.stop();
  });
  const sent = (): readonly string[] =>
    proxy.seen.flatMap(({ path: address }) => /partNumber=(\d+)/.exec(address)?.[1] ?? []).sort();

  it('another run of the same conversion sends only what is not there', async () => {
    const access = accessTo(cloud, proxy.address, cloud.region);
    const suspended = transferControl();
    proxy.breakBy(async ({ path: address }) => {
      if (address.includes('partNumber=3')) {
        await proxy.untilAnswered(/partNumber=1\b/);
        suspended.suspend();
        await delay(noticedMilliseconds);
      }
      return null;
    });
    const first = uploadObjects(workTo('fixed-vhd'), access, suspended, { restsMilliseconds });
    await expect(first).rejects.toMatchObject({ code: 'operation.interrupted' });
    expect(sent()).toContain('1');
    proxy.breakBy(() => null);
    proxy.forget();
    const control = transferControl();
    const { images } = await uploadObjects(workTo('fixed-vhd'), access, control, { restsMilliseconds });
    expect(sent()).not.toContain('1');
    expect(control.notes).toMatchObject([{ kind: 'resumed' }]);
    const outputPath = join(folder, 'back.vhd');
    const image = { id: images[0]!.id, name: 'disk.fixed-vhd' };
    await downloadObject({ account: 'store', image, outputPath }, access, transferControl());
    expect(readFileSync(outputPath)).toHaveLength(capacity + 512);
    expect(hashImage({ path: outputPath }, quietControl()).sha256).toBe(digest);
  });
});
