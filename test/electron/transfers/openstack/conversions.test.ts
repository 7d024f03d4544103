/** Images that are converted while they are sent, to the real Glance: out of an OVA, without a file in between. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { UploadWork } from '#shared/domain/upload.ts';
import { build } from '#engine/operations/build.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { resolveOptions } from '#engine/operations/target.ts';
import { downloadImage } from '../../../../electron/transfers/openstack/download.ts';
import type { OpenStackAccess } from '../../../../electron/transfers/openstack/settings.ts';
import { uploadImages } from '../../../../electron/transfers/openstack/upload.ts';
import { uploads } from '../../../../electron/transfers/openstack/uploads.ts';
import { adminAccess } from '../../../setup/openstack/access.ts';
import { startOpenStack, type RealOpenStack } from '../../../setup/openstack/cloud.ts';
import { startSlowProxy, type SlowProxy } from '../../../setup/openstack/slow-proxy.ts';
import { describeWith } from '../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../../engine/pattern.ts';
import { quietControl } from '../../engine/quiet-control.ts';
import { scratchFolder } from '../../engine/scratch.ts';
import { transferControl } from '../transfer-control.ts';

const folder = scratchFolder();
const sources = join(folder, 'sources');
mkdirSync(sources);
const rawPath = writeRawDisk(join(sources, 'disk.raw'), 16 << 20, [
  { at: 0, bytes: prose(1 << 20) },
  { at: 5 << 20, bytes: noise(6 << 20) },
  { at: (16 << 20) - 512, bytes: noise(512, 3) },
]);
const ova = join(sources, 'machine.ova');
build({ builder: 'ova', inputs: [{ path: rawPath }], fields: {}, outputPath: ova }, quietControl());
const reference = { path: ova, member: 'machine-disk1.vmdk' };
const hash = (path: string): string => hashImage({ path }, quietControl()).sha256;
const files = (): readonly string[] => readdirSync(folder, { recursive: true }).map(String).sort();

function workTo(id: string, options: UploadWork['options'] = {}): UploadWork {
  const { target } = uploads.conversions.find((conversion) => conversion.id === id)!;
  return {
    account: 'lab',
    options: resolveOptions(uploads.options, options, 'OpenStack'),
    parts: [{ role: 'image', name: id, source: { kind: 'converted', reference, target }, properties: {} }],
  };
}

describeWith(
  ['keystone-manage', 'glance-api', 'openstack', 'qemu-img'],
  'converted on the way to Glance',
  () => {
    let cloud: RealOpenStack;
    let proxy: SlowProxy;
    let access: OpenStackAccess;
    let slow: OpenStackAccess;
    let before: readonly string[];
    beforeAll(async () => {
      cloud = await startOpenStack();
      proxy = await startSlowProxy(cloud.imageUrl);
      access = adminAccess(cloud);
      slow = adminAccess(cloud, { imageEndpoint: proxy.address });
      before = files();
    });
    afterAll(async () => {
      await proxy.close();
      await cloud.stop();
    });
    afterEach(() => proxy.cutAfter(0, 0));

    it.each(uploads.conversions.map(({ id }) => id))('%s holds the same disk there', async (id) => {
      const control = transferControl();
      const { images } = await uploadImages(workTo(id), access, control);
      const [image] = images;
      expect(image).toMatchObject({ status: 'active', converted: null, verified: { algorithm: 'sha512' } });
      expect(await cloud.client('image', 'show', image!.id)).toMatchObject({
        disk_format: id,
        status: 'active',
      });
      expect(control.partials.size).toBe(0);
      expect(files()).toEqual(before);
      // What is sent is known before it is: Glance keeps exactly that many bytes.
      const uploading = control.phases.find(({ phase }) => phase === 'uploading')!;
      expect(uploading).toMatchObject({ totalBytes: image!.sizeBytes, doneBytes: image!.sizeBytes });
      const outputPath = join(folder, `back.${id}`);
      const download = { account: 'lab', image: { id: image!.id, name: id }, outputPath };
      await downloadImage(download, access, transferControl());
      expect(hash(outputPath)).toBe(hash(rawPath));
      const format = id === 'vhd' ? 'vpc' : id;
      execFileSync('qemu-img', ['compare', '-f', format, '-F', 'raw', outputPath, rawPath]);
      before = files();
    });

    it('goes through a staged import as well', async () => {
      const { images } = await uploadImages(
        workTo('vmdk', { method: 'glance-direct' }),
        access,
        transferControl(),
      );
      expect(images).toMatchObject([{ status: 'active', verified: { algorithm: 'sha512' } }]);
    });

    it('begins again after a cut in the middle, with the same bytes', async () => {
      proxy.cutAfter(3 << 20, 2);
      const control = transferControl();
      const { images } = await uploadImages(workTo('qcow2'), slow, control, { restsMilliseconds: [20, 20] });
      expect(images).toMatchObject([{ status: 'active', retries: 2, verified: { algorithm: 'sha512' } }]);
      expect(control.half.size).toBe(0);
    });

    it.each([
      ['while it is laid out', 1 << 20],
      ['while it is sent', 7 << 20],
    ])('leaves nothing anywhere when it is cancelled %s', async (_, cancelAfterBytes) => {
      const control = transferControl(cancelAfterBytes);
      const sent = uploadImages(workTo('qcow2'), access, control);
      await expect(sent).rejects.toMatchObject({ code: 'operation.cancelled' });
      expect(control.half.size).toBe(0);
      expect(files()).toEqual(before);
    });
  },
);
