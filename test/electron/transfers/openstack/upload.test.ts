/** Uploads and downloads against the real Keystone and Glance, judged by OpenStack's own client. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { UploadPart, UploadWork } from '#shared/domain/upload.ts';
import { resolveOptions } from '#engine/operations/target.ts';
import { downloadImage } from '../../../../electron/transfers/openstack/download.ts';
import { Glance } from '../../../../electron/transfers/openstack/glance.ts';
import type { OpenStackAccess } from '../../../../electron/transfers/openstack/settings.ts';
import { uploadImages } from '../../../../electron/transfers/openstack/upload.ts';
import { uploads } from '../../../../electron/transfers/openstack/uploads.ts';
import { adminAccess } from '../../../setup/openstack/access.ts';
import { startOpenStack, type RealOpenStack } from '../../../setup/openstack/cloud.ts';
import { startSlowProxy, type SlowProxy } from '../../../setup/openstack/slow-proxy.ts';
import { describeWith } from '../../../setup/tools.ts';
import { noise, writeRawDisk } from '../../engine/pattern.ts';
import { scratchFolder } from '../../engine/scratch.ts';
import { transferControl } from '../transfer-control.ts';

const folder = scratchFolder();
const data = noise(3 << 20);
const rawPath = writeRawDisk(join(folder, 'disk.raw'), 16 << 20, [{ at: 1 << 20, bytes: data }]);

/** What `openstack image show` says. */
interface Shown {
  readonly status: string;
  readonly disk_format: string;
  readonly container_format: string;
  readonly size: number;
  readonly properties: Readonly<Record<string, string>>;
}

/** What the cloud is told that it is goes with it. */
type Part = UploadPart & { readonly diskFormat: string };

function partOf(path: string, diskFormat: string, changes: Partial<UploadPart> = {}): Part {
  return {
    role: 'image',
    name: `test ${diskFormat}`,
    source: { kind: 'file', reference: { path } },
    diskFormat,
    properties: {},
    ...changes,
  };
}

function workOf(parts: readonly Part[], options: OptionValues = {}): UploadWork {
  const { diskFormat } = parts.at(-1)!;
  return {
    account: 'lab',
    options: resolveOptions(uploads.options, { diskFormat, ...options }, 'OpenStack'),
    parts,
  };
}

function convert(format: string, ...options: readonly string[]): string {
  const path = join(folder, `disk-${format}${options.join('').replaceAll(/\W/g, '')}`);
  execFileSync('qemu-img', ['convert', '-O', format, ...options, rawPath, path]);
  return path;
}

const sha512 = (path: string): string => createHash('sha512').update(readFileSync(path)).digest('hex');
const restsMilliseconds = [50, 50, 50];

describeWith(['keystone-manage', 'glance-api', 'openstack', 'qemu-img'], 'a real OpenStack', () => {
  let cloud: RealOpenStack;
  let proxy: SlowProxy;
  let access: OpenStackAccess;
  beforeAll(async () => {
    cloud = await startOpenStack({ quotaBytes: 300 << 20 });
    proxy = await startSlowProxy(cloud.imageUrl);
    access = adminAccess(cloud);
  });
  afterAll(async () => {
    await proxy.close();
    await cloud.stop();
  });

  const show = async (id: string): Promise<Shown> => (await cloud.client('image', 'show', id)) as Shown;
  const list = async (): Promise<readonly string[]> => {
    const glance = new Glance(access);
    const images = await glance.list();
    glance.close();
    return images.map(({ id }) => id).sort();
  };

  it('takes every disk_format as it is, verified by the digest that the cloud computed', async () => {
    const iso = join(folder, 'disk.iso');
    execFileSync('genisoimage', ['-quiet', '-o', iso, rawPath]);
    const paths = {
      raw: rawPath,
      qcow2: convert('qcow2'),
      vmdk: convert('vmdk', '-o', 'subformat=streamOptimized'),
      vdi: convert('vdi'),
      vhd: convert('vpc', '-o', 'subformat=dynamic'),
      vhdx: convert('vhdx'),
      iso,
      ploop: rawPath,
    };
    for (const [format, path] of Object.entries(paths)) {
      const control = transferControl();
      const { images } = await uploadImages(workOf([partOf(path, format)]), access, control);
      expect(images).toMatchObject([
        {
          status: 'active',
          verified: { algorithm: 'sha512', digest: sha512(path) },
          converted: null,
          retries: 0,
        },
      ]);
      expect(control.changes.map(({ event }) => event)).toEqual(['making', 'made']);
    }
  });

  it('reads a disk out of its format while it is sent, and the client agrees on it', async () => {
    const source = { kind: 'raw', reference: { path: convert('qcow2') } } as const;
    const properties = { os_distro: 'debian', hw_firmware_type: 'uefi' };
    const part = partOf(rawPath, 'raw', { source, properties, name: 'Streamed' });
    const work = workOf([part], {
      tags: 'a tag',
      minDiskGigabytes: 1,
      isProtected: true,
      stores: 'second',
    });
    const { images } = await uploadImages(work, access, transferControl());
    const { id, verified } = images[0]!;
    expect(verified?.digest).toBe(sha512(rawPath));
    expect(await show(id)).toMatchObject({
      status: 'active',
      size: 16 << 20,
      disk_format: 'raw',
      name: 'Streamed',
      protected: true,
      visibility: 'private',
      min_disk: 1,
      tags: ['a tag'],
      properties: { ...properties, os_hash_value: sha512(rawPath), stores: 'second' },
    });
  });

  it('uploads a set of three with the ids of the kernel and the RAM disk, and an import', async () => {
    const kernel = join(folder, 'vmlinuz');
    const ramdisk = join(folder, 'initrd');
    writeFileSync(kernel, noise(100_000));
    writeFileSync(ramdisk, noise(200_000));
    const parts = [
      partOf(kernel, 'aki', { role: 'kernel' }),
      partOf(ramdisk, 'ari', { role: 'ramdisk' }),
      partOf(rawPath, 'ami'),
    ];
    const { images } = await uploadImages(workOf(parts), access, transferControl());
    const [aki, ari, ami] = images;
    const shown = await show(ami!.id);
    expect(shown.properties).toMatchObject({ kernel_id: aki!.id, ramdisk_id: ari!.id });
    expect(shown.disk_format).toBe('ami');

    const control = transferControl();
    const imported = await uploadImages(
      workOf([partOf(rawPath, 'raw')], { method: 'glance-direct' }),
      access,
      control,
    );
    expect(imported.images).toMatchObject([{ status: 'active', verified: { digest: sha512(rawPath) } }]);
  });

  it('tells of several images what each of them is: they are no set', async () => {
    const parts = [partOf(convert('qcow2'), 'qcow2'), partOf(convert('vhdx'), 'vhdx')];
    const work = { account: 'lab', options: resolveOptions(uploads.options, {}, 'OpenStack'), parts };
    const { images } = await uploadImages(work, access, transferControl());
    for (const [index, { id }] of images.entries()) {
      const { disk_format: format, container_format: container } = await show(id);
      expect([format, container]).toEqual([parts[index]!.diskFormat, 'bare']);
    }
  });

  it('has the cloud fetch an address by itself', async () => {
    const server = createServer((_, response) => response.end(readFileSync(rawPath)));
    await new Promise<void>((resolve) => server.listen(cloud.downloadPort, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${cloud.downloadPort}/disk.raw`;
    const part = partOf(rawPath, 'raw', { source: { kind: 'address', address } });
    const { images } = await uploadImages(workOf([part]), access, transferControl());
    expect(images).toMatchObject([{ status: 'active', sizeBytes: 16 << 20 }]);
    const glance = new Glance(access);
    expect((await glance.show(images[0]!.id)).hash?.value).toBe(sha512(rawPath));
    glance.close();
    server.close();
  });

  it('outlives its token, and a connection that is cut, in the middle', async () => {
    const forgetful = await startOpenStack({ tokenSeconds: 4 });
    const slowly = await startSlowProxy(forgetful.imageUrl);
    try {
      slowly.limit(3 << 20);
      const account = adminAccess(forgetful, { imageEndpoint: slowly.address });
      const { images } = await uploadImages(workOf([partOf(rawPath, 'raw')]), account, transferControl());
      expect(images).toMatchObject([{ status: 'active', verified: { digest: sha512(rawPath) } }]);
    } finally {
      await slowly.close();
      await forgetful.stop();
    }
    const slow = adminAccess(cloud, { imageEndpoint: proxy.address });
    proxy.cutAfter(8 << 20, 2);
    const control = transferControl();
    const cut = await uploadImages(workOf([partOf(rawPath, 'raw')]), slow, control, { restsMilliseconds });
    expect(cut.images).toMatchObject([
      { status: 'active', verified: { digest: sha512(rawPath) }, retries: 2 },
    ]);
    expect(control.half.size).toBe(0);
  });

  it('leaves nothing in the cloud after a cancel, a break for good, and a quota that is full', async () => {
    const before = await list();
    const cancelled = transferControl(4 << 20);
    await expect(uploadImages(workOf([partOf(rawPath, 'raw')]), access, cancelled)).rejects.toMatchObject({
      code: 'operation.cancelled',
    });
    expect(cancelled.changes.map(({ event }) => event)).toEqual(['making', 'gone']);

    proxy.cutAfter(8 << 20, 9);
    const broken = transferControl();
    const slow = adminAccess(cloud, { imageEndpoint: proxy.address });
    const sent = uploadImages(workOf([partOf(rawPath, 'raw')]), slow, broken, { restsMilliseconds });
    await expect(sent).rejects.toMatchObject({ code: 'cloud.unreachable' });
    proxy.cutAfter(0, 0);
    expect(broken.half.size).toBe(0);

    const huge = writeRawDisk(join(folder, 'huge.raw'), 301 << 20, []);
    const full = transferControl();
    await expect(uploadImages(workOf([partOf(huge, 'raw')]), access, full)).rejects.toMatchObject({
      code: 'cloud.quota',
    });
    expect(full.half.size).toBe(0);
    expect(await list()).toEqual(before);
  });

  it('has nothing on record where it is not let in, or nobody answers', async () => {
    const nobody = adminAccess(cloud, { imageEndpoint: 'http://127.0.0.1:9' });
    const tries = [
      [{ ...access, secret: 'wrong' }, 'cloud.unauthorised'],
      [nobody, 'cloud.unreachable'],
    ] as const;
    for (const [account, code] of tries) {
      const control = transferControl();
      const sent = uploadImages(workOf([partOf(rawPath, 'raw')]), account, control, { restsMilliseconds });
      await expect(sent).rejects.toMatchObject({ code });
      expect(control.changes).toEqual([]);
    }
  });

  it('refuses what Glance’s inspector refuses, before anything is made', async () => {
    const backed = join(folder, 'backed.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', rawPath, '-F', 'raw', backed]);
    const control = transferControl();
    for (const part of [
      partOf(backed, 'qcow2'),
      partOf(rawPath, 'qcow2'),
      partOf(convert('qcow2'), 'vmdk'),
    ]) {
      await expect(uploadImages(workOf([part]), access, control)).rejects.toMatchObject({
        code: 'cloud.unsafe-image',
      });
    }
    expect(control.changes).toEqual([]);
  });

  it('downloads the same bytes, and keeps nothing that is cancelled', async () => {
    const { images } = await uploadImages(workOf([partOf(rawPath, 'raw')]), access, transferControl());
    const image = { id: images[0]!.id, name: 'test raw' };
    const outputPath = join(folder, 'back.raw');
    const control = transferControl();
    const result = await downloadImage({ account: 'lab', image, outputPath }, access, control);
    expect(result).toMatchObject({ sizeBytes: 16 << 20, verified: { digest: sha512(outputPath) } });
    expect(sha512(outputPath)).toBe(sha512(rawPath));
    const other = join(folder, 'other.raw');
    const stopped = downloadImage(
      { account: 'lab', image, outputPath: other },
      access,
      transferControl(1 << 20),
    );
    await expect(stopped).rejects.toMatchObject({ code: 'operation.cancelled' });
    expect(existsSync(other)).toBe(false);
  });

  it('logs in by application credential, and tells what is wrong with an account', async () => {
    const created = (await cloud.client('application', 'credential', 'create', 'of-the-test')) as {
      readonly id: string;
      readonly secret: string;
    };
    const byCredential = {
      ...adminAccess(cloud, {
        authentication: 'application-credential',
        applicationCredentialId: created.id,
        username: null,
        projectName: null,
      }),
      secret: created.secret,
    };
    const check = async (account: OpenStackAccess): Promise<unknown> => {
      const glance = new Glance(account);
      return glance.check().finally(() => glance.close());
    };
    expect(await check(byCredential)).toMatchObject({
      user: 'admin',
      project: 'admin',
      endpoint: cloud.imageUrl,
      facts: [
        { label: 'Regions', value: cloud.region },
        { label: 'Imports by', value: 'glance-direct, web-download, copy-image' },
        { label: 'Stores', value: 'fs, second' },
      ],
    });
    const { images } = await uploadImages(workOf([partOf(rawPath, 'raw')]), byCredential, transferControl());
    expect(images).toMatchObject([{ status: 'active' }]);

    await expect(check({ ...access, secret: 'wrong' })).rejects.toMatchObject({ code: 'cloud.unauthorised' });
    await expect(check(adminAccess(cloud, { region: 'Nowhere' }))).rejects.toThrow(
      /no public image service .*TestRegion/,
    );
    await expect(check(adminAccess(cloud, { projectName: null }))).rejects.toThrow(/names no project/);
    const nobody = adminAccess(cloud, { authUrl: 'http://127.0.0.1:9/v3' });
    await expect(check(nobody)).rejects.toMatchObject({ code: 'cloud.unreachable' });
  });

  it('changes properties, and deletes', async () => {
    const part = partOf(rawPath, 'raw', { properties: { os_distro: 'debian', gone: 'x' } });
    const { images } = await uploadImages(workOf([part]), access, transferControl());
    const { id } = images[0]!;
    const glance = new Glance(access);
    try {
      const properties = { os_distro: 'fedora', hw_disk_bus: 'scsi', gone: null };
      const changed = await glance.change(id, { name: 'Renamed', properties });
      expect(changed).toMatchObject({ name: 'Renamed' });
      expect(changed.properties).toMatchObject({ os_distro: 'fedora', hw_disk_bus: 'scsi' });
      expect(changed.properties).not.toHaveProperty('gone');
      await expect(glance.change(id, { properties: { os_hash_value: 'x' } })).rejects.toMatchObject({
        code: 'input.invalid',
      });
      await glance.delete(id);
      expect(await glance.find(id)).toBeNull();
      await glance.delete(id);
    } finally {
      glance.close();
    }
  });
});
