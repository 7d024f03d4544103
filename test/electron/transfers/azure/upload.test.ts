/** Uploads and downloads against azurite, Microsoft's emulator; what arrives is judged by qemu-img. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { AccountSettings, CloudAccess } from '#shared/domain/cloud-account.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { UploadWork } from '#shared/domain/upload.ts';
import { downloadBlob } from '../../../../electron/transfers/azure/download.ts';
import { Storage } from '../../../../electron/transfers/azure/storage.ts';
import { uploadBlobs } from '../../../../electron/transfers/azure/upload.ts';
import { upload } from '../../../../electron/transfers/registry.ts';
import { startAzurite, type Azurite } from '../../../setup/azurite/azurite.ts';
import { startCountingProxy, type CountingProxy, type SeenRequest } from '../../../setup/counting-proxy.ts';
import { describeWith } from '../../../setup/tools.ts';
import { noise, writeRawDisk } from '../../engine/pattern.ts';
import { scratchFolder } from '../../engine/scratch.ts';
import { transferControl } from '../transfer-control.ts';

const folder = scratchFolder();
const mebibyte = 1 << 20;
/** 40 MiB and a sector: Azure's rule has it grow. Data at its start, in the middle, and in its last sector. */
const capacityBytes = 40 * mebibyte + 512;
const rawPath = writeRawDisk(join(folder, 'disk.raw'), capacityBytes, [
  { at: 0, bytes: noise(100_000) },
  { at: 13 * mebibyte + 4096, bytes: noise(9 * mebibyte, 2) },
  { at: capacityBytes - 512, bytes: noise(512, 3) },
]);
const sentLimitBytes = 10 * mebibyte;
const restsMilliseconds = [20, 20, 20];
const container = 'images';

const isPut = ({ method, path }: Pick<SeenRequest, 'method' | 'path'>): boolean =>
  method === 'PUT' && path.includes('comp=page');
const md5 = (path: string): string => createHash('md5').update(readFileSync(path)).digest('hex');

function convert(format: string, ...options: readonly string[]): string {
  const path = join(folder, `disk.${format}`);
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, ...options, rawPath, path]);
  return path;
}

/** @param name of the blob. */
function workOf(path: string, name: string, options: OptionValues = {}): UploadWork {
  const source = { kind: 'raw', reference: { path } } as const;
  return {
    account: 'lab',
    options: { container, replace: false, ...options },
    parts: [{ role: 'image', name, source, properties: {} }],
  };
}

describeWith(['qemu-img'], 'azurite', () => {
  let azurite: Azurite;
  let proxy: CountingProxy;
  let access: CloudAccess;
  let service: BlobServiceClient;

  const accessWith = (settings: AccountSettings, secret = azurite.key): CloudAccess => ({
    name: 'lab',
    cloud: 'azure',
    settings: { proof: 'key', account: azurite.account, endpoint: proxy.address, ...settings },
    secret,
  });
  const blobs = async (): Promise<readonly string[]> => {
    const names: string[] = [];
    for await (const { name } of service.getContainerClient(container).listBlobsFlat()) names.push(name);
    return names;
  };
  const fetch = async (name: string, control = transferControl()): Promise<string> => {
    const outputPath = join(folder, `back-${name}`);
    const image = { id: `${container}/${name}`, name };
    await downloadBlob({ account: 'lab', image, outputPath, force: true }, access, control);
    return outputPath;
  };

  beforeAll(async () => {
    azurite = await startAzurite();
    proxy = await startCountingProxy(azurite.endpoint);
    access = accessWith({});
    service = new BlobServiceClient(
      azurite.endpoint,
      new StorageSharedKeyCredential(azurite.account, azurite.key),
    );
    await service.getContainerClient(container).create();
  }, 6 * 60_000);
  afterAll(async () => {
    await proxy?.close();
    await azurite?.stop();
  });
  beforeEach(() => {
    proxy.breakWhere(null);
    proxy.spoil(null);
    proxy.clear();
  });

  it('writes a fixed VHD out of every format, the same one, of which only what holds data travels', async () => {
    const sources = [rawPath, convert('qcow2', '-c'), convert('vmdk', '-o', 'subformat=streamOptimized')];
    const digests = new Set<string>();
    for (const [index, path] of sources.entries()) {
      proxy.clear();
      const control = transferControl();
      const { images } = await uploadBlobs(workOf(path, `disk-${index}.vhd`), access, control);
      const puts = proxy.seen.filter(isPut);
      const sent = puts.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
      expect(sent).toBeLessThan(sentLimitBytes);
      expect(images).toMatchObject([{ status: 'there', sentBytes: sent, retries: 0, role: 'image' }]);
      expect(puts.every(({ headers }) => headers['content-md5'] !== undefined)).toBe(true);
      expect(control.changes.map(({ event }) => event)).toEqual(['making', 'made']);
      expect(control.phases[0]!.doneBytes).toBe(control.phases[0]!.totalBytes);
      const vhd = await fetch(`disk-${index}.vhd`);
      expect(statSync(vhd).size).toBe(41 * mebibyte + 512);
      expect(images[0]!.verified).toEqual({ algorithm: 'md5', digest: md5(vhd) });
      digests.add(md5(vhd));
      execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'vpc', rawPath, vhd]);
      const info = execFileSync('qemu-img', ['info', '-f', 'vpc', '--output=json', vhd], {
        encoding: 'utf8',
      });
      expect(JSON.parse(info)).toMatchObject({ 'virtual-size': 41 * mebibyte });
    }
    expect(digests.size).toBe(1);
  });

  it('tries again where a connection breaks, and sends nothing twice but what broke', async () => {
    let broken = 0;
    proxy.breakWhere((seen) => isPut(seen) && broken < 2 && ++broken > 0);
    const { images } = await uploadBlobs(workOf(rawPath, 'cut.vhd'), access, transferControl(), {
      restsMilliseconds,
    });
    const puts = proxy.seen.filter(isPut);
    const ranges = puts.filter(({ passed }) => passed).map(({ headers }) => headers['x-ms-range']);
    expect(broken).toBe(2);
    expect(images).toMatchObject([{ retries: 2 }]);
    expect(new Set(ranges).size).toBe(ranges.length);
    expect(puts.length).toBe(ranges.length + 2);
    expect(images[0]!.verified?.digest).toBe(md5(await fetch('cut.vhd')));
  });

  it('goes on with what is there after the connection was lost for good, and after it was put off', async () => {
    const lost = transferControl();
    let passed = 0;
    proxy.breakWhere((seen) => isPut(seen) && ++passed > 2);
    const first = uploadBlobs(workOf(rawPath, 'resumed.vhd'), access, lost, { restsMilliseconds });
    await expect(first).rejects.toMatchObject({ code: 'cloud.unreachable' });
    expect(lost.half.size).toBe(1);
    expect(proxy.seen.filter((seen) => isPut(seen) && seen.passed)).toHaveLength(2);

    // One piece arrives: all that are left may be on their way at once.
    let arrived = 0;
    proxy.breakWhere((seen) => isPut(seen) && ++arrived > 1);
    proxy.clear();
    const putOff = transferControl();
    const advance = putOff.advance.bind(putOff);
    // Closing Platter in the middle: the next piece is not sent any more.
    putOff.advance = (bytes) => {
      advance(bytes);
      if (proxy.seen.filter(isPut).length >= 1) putOff.suspend();
    };
    const second = uploadBlobs(workOf(rawPath, 'resumed.vhd'), access, putOff);
    await expect(second).rejects.toMatchObject({ code: 'operation.interrupted' });
    expect(putOff.changes.map(({ event }) => event)).toEqual(['making']);
    proxy.breakWhere(null);
    // What was on its way when it was put off may still arrive.
    await delay(500);
    const page = service.getContainerClient(container).getPageBlobClient('resumed.vhd');
    const { pageRange = [] } = await page.getPageRanges();
    expect(pageRange.length).toBeGreaterThan(0);

    proxy.clear();
    const control = transferControl();
    const { images } = await uploadBlobs(workOf(rawPath, 'resumed.vhd'), access, control);
    const puts = proxy.seen.filter(isPut);
    const starts = puts.map(({ headers }) => Number(/^bytes=(\d+)-/.exec(String(headers['x-ms-range']))![1]));
    const isThere = (at: number): boolean =>
      pageRange.some(({ offset, count = 0 }) => at >= offset && at < offset + count);
    expect(puts.length).toBeGreaterThan(0);
    expect(starts.filter(isThere)).toEqual([]);
    expect(images[0]!.sentBytes).toBe(puts.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0));
    expect(control.phases[0]!.doneBytes).toBe(control.phases[0]!.totalBytes);
    expect(control.changes.map(({ event }) => event)).toEqual(['making', 'made']);
    expect(images[0]!.verified?.digest).toBe(md5(await fetch('resumed.vhd')));
    execFileSync('qemu-img', [
      'compare',
      '-f',
      'raw',
      '-F',
      'vpc',
      rawPath,
      join(folder, 'back-resumed.vhd'),
    ]);
  });

  it('does not go on with another disk’s half, nor over a blob that is there, unless it is told to', async () => {
    const path = join(folder, 'changing.raw');
    copyFileSync(rawPath, path);
    let passed = 0;
    proxy.breakWhere((seen) => isPut(seen) && ++passed > 1);
    const half = uploadBlobs(workOf(path, 'half.vhd'), access, transferControl(), { restsMilliseconds: [] });
    await expect(half).rejects.toMatchObject({ code: 'cloud.unreachable' });
    proxy.breakWhere(null);
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    const control = transferControl();
    await expect(uploadBlobs(workOf(path, 'half.vhd'), access, control)).rejects.toThrow(
      /half-made upload of another image/,
    );
    expect(control.changes).toEqual([]);
    const replaced = await uploadBlobs(workOf(path, 'half.vhd', { replace: true }), access, control);
    expect(replaced.images[0]!.verified?.digest).toBe(md5(await fetch('half.vhd')));
    const again = uploadBlobs(workOf(path, 'half.vhd'), access, transferControl());
    await expect(again).rejects.toThrow(/there is a blob images\/half.vhd already/);
    expect(md5(await fetch('half.vhd'))).toBe(replaced.images[0]!.verified?.digest);
  });

  it('leaves nothing there after a cancel, and has the service refuse what was damaged on the way', async () => {
    const before = await blobs();
    const cancelled = transferControl(2 * mebibyte);
    await expect(uploadBlobs(workOf(rawPath, 'cancelled.vhd'), access, cancelled)).rejects.toMatchObject({
      code: 'operation.cancelled',
    });
    expect(cancelled.changes.map(({ event }) => event)).toEqual(['making', 'gone']);
    let spoiled = 0;
    proxy.spoil((seen, body) => {
      if (isPut(seen) && spoiled++ === 0) body[0]! ^= 0xff;
    });
    const control = transferControl();
    await expect(uploadBlobs(workOf(rawPath, 'spoiled.vhd'), access, control)).rejects.toMatchObject({
      code: 'cloud.refused',
    });
    expect(control.half.size).toBe(0);
    expect(await blobs()).toEqual(before);
  });

  it('downloads the same bytes as long as they are the same, and keeps nothing that is cancelled', async () => {
    await uploadBlobs(workOf(rawPath, 'down.vhd'), access, transferControl());
    const image = { id: `${container}/down.vhd`, name: 'down.vhd' };
    const outputPath = join(folder, 'stopped.vhd');
    const stopped = downloadBlob({ account: 'lab', image, outputPath }, access, transferControl(mebibyte));
    await expect(stopped).rejects.toMatchObject({ code: 'operation.cancelled' });
    expect(existsSync(outputPath)).toBe(false);

    // Something else than what its digest says: as after damage in the cloud.
    const page = service.getContainerClient(container).getPageBlobClient('down.vhd');
    await page.uploadPages(Buffer.alloc(512, 7), 0, 512);
    const damaged = downloadBlob({ account: 'lab', image, outputPath }, access, transferControl());
    await expect(damaged).rejects.toMatchObject({ code: 'cloud.digest-mismatch' });
    expect(existsSync(outputPath)).toBe(false);
    const missing = { id: `${container}/nothing.vhd`, name: null };
    const nothing = downloadBlob({ account: 'lab', image: missing, outputPath }, access, transferControl());
    await expect(nothing).rejects.toThrow(/there is no blob images\/nothing.vhd/);
  });

  it('lists, notes metadata, deletes, and discards only what is half-made', async () => {
    const work = workOf(rawPath, 'listed/deep.vhd');
    const properties = { os: 'debian', Team: 'sea' };
    await uploadBlobs({ ...work, parts: [{ ...work.parts[0]!, properties }] }, access, transferControl());
    const storage = await Storage.open(access);
    const id = `${container}/listed/deep.vhd`;
    const listed = (await storage.list()).find((image) => image.id === id);
    expect(listed).toMatchObject({
      kind: 'object',
      name: 'listed/deep.vhd',
      isComplete: true,
      diskFormat: 'vhd',
      sizeBytes: 41 * mebibyte + 512,
      properties: { os: 'debian', team: 'sea' },
      hash: { algorithm: 'md5' },
    });
    const changed = await storage.change(id, { properties: { os: null, colour: 'red' } });
    expect(changed.properties).toEqual({ team: 'sea', colour: 'red' });
    await expect(storage.change(id, { properties: { platter_state: 'x' } })).rejects.toThrow(/platter_state/);
    await storage.discard(id);
    expect(await blobs()).toContain('listed/deep.vhd');
    await storage.delete(id);
    expect(await blobs()).not.toContain('listed/deep.vhd');
    await storage.delete(id);
    await expect(storage.delete('nameless')).rejects.toThrow(/CONTAINER\/NAME/);
  });

  it('says what is wrong: a key, a container, a signature, a cloud that is down', async () => {
    const check = async (account: CloudAccess): Promise<unknown> => (await Storage.open(account, [])).check();
    expect(await check(access)).toMatchObject({
      project: azurite.account,
      endpoint: proxy.address,
      choices: { container: [container] },
    });
    const wrong = accessWith({}, Buffer.from('another key').toString('base64'));
    await expect(check(wrong)).rejects.toMatchObject({ code: 'cloud.unauthorised' });
    const control = transferControl();
    const nowhere = uploadBlobs(workOf(rawPath, 'x.vhd', { container: 'nowhere' }), access, control);
    await expect(nowhere).rejects.toThrow(/no container .*nowhere.*there are images/);
    expect(control.changes).toEqual([]);
    const unnamed = upload(workOf(rawPath, 'x.vhd', { container: '' }), access, control);
    await expect(unnamed).rejects.toThrow(/Azure asks for: Container/);
    await expect(check(accessWith({ proof: 'connection-string' }, 'nonsense'))).rejects.toMatchObject({
      code: 'input.invalid',
    });
    const down = accessWith({ endpoint: 'http://127.0.0.1:9/devstoreaccount1' });
    await expect((await Storage.open(down)).check()).rejects.toMatchObject({
      code: 'cloud.unreachable',
      details: { reason: 'ECONNREFUSED' },
    });
  });

  it('works by a connection string, and by a signature for one container that may not list others', async () => {
    const connection = `DefaultEndpointsProtocol=http;AccountName=${azurite.account};AccountKey=${azurite.key};BlobEndpoint=${proxy.address};`;
    const byString = { ...accessWith({ proof: 'connection-string' }, connection) };
    expect(await (await Storage.open(byString)).check()).toMatchObject({ project: azurite.account });
    const { generateBlobSASQueryParameters, ContainerSASPermissions } = await import('@azure/storage-blob');
    const sas = generateBlobSASQueryParameters(
      {
        containerName: container,
        permissions: ContainerSASPermissions.parse('rcwdl'),
        expiresOn: new Date(Date.now() + 3_600_000),
      },
      new StorageSharedKeyCredential(azurite.account, azurite.key),
    ).toString();
    const bySignature = accessWith({ proof: 'sas', container }, `?${sas}`);
    const { images } = await uploadBlobs(workOf(rawPath, 'signed.vhd'), bySignature, transferControl());
    expect(images).toMatchObject([{ status: 'there' }]);
    expect((await (await Storage.open(bySignature)).list()).map(({ name }) => name)).toContain('signed.vhd');
    await expect((await Storage.open(accessWith({ proof: 'sas' }, sas))).check()).rejects.toMatchObject({
      code: expect.stringMatching(/^cloud\.(forbidden|unauthorised)$/) as string,
    });
  });
});
