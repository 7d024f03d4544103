/** Uploads to Google Cloud, against a strict stand-in written after the references: Google's was not asked. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccountSettings, CloudAccess } from '#shared/domain/cloud-account.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { UploadPart, UploadWork } from '#shared/domain/upload.ts';
import { google } from '../../../../electron/transfers/google/index.ts';
import { discardObject, uploadImage } from '../../../../electron/transfers/google/upload.ts';
import { bucket, project, startGoogleCloud, type GoogleCloud } from '../../../setup/google/google-cloud.ts';
import { stubMachineOf } from '../../../setup/google/machine.ts';
import { describeWith } from '../../../setup/tools.ts';
import { startWatchingProxy, type WatchingProxy } from '../../../setup/watching-proxy.ts';
import { noise, writeRawDisk } from '../../engine/pattern.ts';
import { scratchFolder } from '../../engine/scratch.ts';
import { betweenRuns, controlOf, transferControl } from '../transfer-control.ts';

const folder = scratchFolder();
const piece = 8 << 20;
const sizeBytes = 2 * piece + 1000;
const path = join(folder, 'disk.tar.gz');
/** It begins as gzip does. */
const packed = noise(sizeBytes);
packed.set([0x1f, 0x8b]);
writeFileSync(path, packed);

let cloud: GoogleCloud;
let proxy: WatchingProxy;
let access: CloudAccess;

beforeEach(async () => {
  cloud = await startGoogleCloud();
  proxy = await startWatchingProxy(cloud.address);
  stubMachineOf(cloud, folder);
  const addresses = { storageEndpoint: proxy.address, computeEndpoint: proxy.address };
  access = {
    name: 'gcp',
    cloud: 'google',
    secret: '',
    settings: { project, bucket, prefix: 'up/', credentials: 'usual', ...addresses },
  };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await proxy.close();
  await cloud.close();
});

function workOf(name: string, options: OptionValues = {}): UploadWork {
  const usual = { insert: true, architecture: 'X86_64', uefi: true, keepFile: false, replace: false };
  return {
    account: 'gcp',
    options: { ...usual, ...options },
    parts: [{ role: 'image', name, source: { kind: 'file', reference: { path } }, properties: {} }],
  };
}

const upload = (work: UploadWork, control = transferControl()) =>
  uploadImage(work, access, control, { restsMilliseconds: [10, 10], pollMilliseconds: 10 });
const piecesSent = (): readonly number[] =>
  proxy.seen
    .filter(({ method, bodyBytes }) => method === 'PUT' && bodyBytes > 0)
    .map(({ bodyBytes }) => bodyBytes);

describe('Google Cloud', () => {
  it('sends a file, makes an image of it, and takes the file away', async () => {
    const control = transferControl();
    const { images } = await upload(workOf('buoy', { architecture: 'ARM64' }), control);
    expect(cloud.breaches).toEqual([]);
    expect(images).toMatchObject([
      { id: 'buoy', status: 'ready', sizeBytes, verified: { algorithm: 'md5' }, sentBytes: sizeBytes },
    ]);
    expect(cloud.images.get('buoy')).toMatchObject({
      architecture: 'ARM64',
      rawDisk: { source: `https://storage.googleapis.com/${bucket}/up/buoy.tar.gz` },
      guestOsFeatures: [{ type: 'VIRTIO_SCSI_MULTIQUEUE' }, { type: 'UEFI_COMPATIBLE' }],
    });
    expect([...cloud.objects.keys()]).toEqual([]);
    expect(control.changes.map(({ event, object: { kind, id } }) => [event, kind, id.split('#')[0]])).toEqual(
      [
        ['making', 'object', 'up/buoy.tar.gz'],
        ['making', 'image', 'buoy'],
        ['gone', 'object', 'up/buoy.tar.gz'],
        // Without its tag, as the list has it.
        ['making', 'image', 'buoy'],
        ['made', 'image', 'buoy'],
        ['gone', 'image', 'buoy'],
      ],
    );
    expect(control.changes.at(-2)!.object.id).toBe('buoy');
    expect(control.half.size).toBe(0);
    expect(control.phases[0]).toMatchObject({ totalBytes: sizeBytes, doneBytes: sizeBytes });
  });

  it('goes on after a cut from what the service has', async () => {
    let cuts = 1;
    let losses = 1;
    proxy.breakBy(({ method, bodyBytes }) => {
      if (method !== 'PUT' || bodyBytes === 0) return null;
      // The first piece arrives, and its answer does not; the last does not arrive.
      if (losses-- > 0) return 'lose';
      return bodyBytes === 1000 && cuts-- > 0 ? 'cut' : null;
    });
    const { images } = await upload(workOf('cut', { insert: false }));
    expect(cloud.breaches).toEqual([]);
    expect(images).toMatchObject([
      { id: 'up/cut', status: 'stored', retries: 2, verified: { algorithm: 'md5' } },
    ]);
    expect(piecesSent()).toEqual([piece, piece, 1000, 1000]);
    expect(cloud.objects.get('up/cut')!.bytes.equals(readFileSync(path))).toBe(true);
  });

  it('goes on in the same session when the job does: what is there is not sent again', async () => {
    const kept = betweenRuns();
    proxy.breakBy(({ bodyBytes }) => (bodyBytes === 1000 ? 'cut' : null));
    const first = controlOf(kept);
    await expect(upload(workOf('later'), first)).rejects.toMatchObject({ code: 'cloud.unreachable' });
    const [session] = cloud.openSessions;
    expect(kept.permission).toMatchObject({ object: { kind: 'object', account: 'gcp' } });
    expect(kept.permission!.secret).toContain(session);
    // The address is nowhere else.
    expect(Buffer.concat(kept.journal.records).toString()).not.toContain(session);
    expect(JSON.stringify(first.changes)).not.toContain(session);
    expect(first.half.size).toBe(1);
    proxy.breakBy(() => null);
    proxy.forget();
    const second = controlOf(kept);
    const { images } = await upload(workOf('later'), second);
    expect(piecesSent()).toEqual([1000]);
    expect(images).toMatchObject([{ id: 'later', verified: { algorithm: 'md5' }, sentBytes: 1000 }]);
    expect(second.notes).toEqual([{ kind: 'resumed', item: 'later', doneBytes: 2 * piece }]);
    expect(cloud.breaches).toEqual([]);
    expect(
      [...first.half, ...second.half].filter((id) => second.changes.every((one) => one.object.id !== id)),
    ).toEqual([]);
    expect(kept).toMatchObject({ permission: null, journal: { records: [] } });
  });

  it('makes the image when that alone was missing, and once', async () => {
    const kept = betweenRuns();
    proxy.breakBy(({ method, path }) =>
      method === 'POST' && path.endsWith('/global/images') ? 'lose' : null,
    );
    const first = controlOf(kept);
    const begun = upload(workOf('half'), first);
    // The answer to the request for the image is lost, and then all others.
    await vi.waitFor(() => expect(cloud.images.size).toBe(1), { timeout: 5000, interval: 1 });
    proxy.breakBy(() => 'cut');
    await expect(begun).rejects.toMatchObject({ code: 'cloud.unreachable' });
    expect(kept.permission).toBeNull();
    proxy.breakBy(() => null);
    proxy.forget();
    const { images } = await upload(workOf('half'), controlOf(kept));
    expect(images).toMatchObject([{ id: 'half', status: 'ready', sentBytes: 0 }]);
    expect(piecesSent()).toEqual([]);
    expect([cloud.images.size, cloud.objects.size]).toEqual([1, 0]);
    expect(cloud.breaches).toEqual([]);
  });

  it('begins again, and says why, where nothing of before serves', async () => {
    const other = join(folder, 'other.tar.gz');
    const cutOff = async (name: string) => {
      writeFileSync(other, noise(sizeBytes, 3));
      const kept = betweenRuns();
      proxy.breakBy(({ bodyBytes }) => (bodyBytes === 1000 ? 'cut' : null));
      const work = { ...workOf(name, { insert: false }) };
      const source = { kind: 'file', reference: { path: other } } as const;
      work.parts = [{ ...work.parts[0]!, source }];
      await expect(upload(work, controlOf(kept))).rejects.toMatchObject({ code: 'cloud.unreachable' });
      proxy.breakBy(() => null);
      proxy.forget();
      return { kept, work };
    };
    const again = async ({ kept, work }: Awaited<ReturnType<typeof cutOff>>) => {
      const control = controlOf(kept);
      const { images } = await upload(work, control);
      expect(images).toMatchObject([{ sentBytes: sizeBytes, verified: { algorithm: 'md5' } }]);
      expect(cloud.openSessions.size).toBe(0);
      return control.notes;
    };
    // The source has another byte at its start, and is as long as before.
    const changed = await cutOff('changed');
    const bytes = readFileSync(other);
    bytes[0]! ^= 1;
    writeFileSync(other, bytes);
    expect(await again(changed)).toEqual([{ kind: 'afresh', item: 'changed', reason: 'source-changed' }]);
    expect(cloud.objects.get('up/changed')!.bytes.equals(bytes)).toBe(true);
    // The service has given the session up.
    const expired = await cutOff('expired');
    cloud.endSessions();
    expect(await again(expired)).toEqual([{ kind: 'afresh', item: 'expired', reason: 'gone-in-cloud' }]);
    // There was no keychain.
    const unkept = await cutOff('unkept');
    unkept.kept.permission = null;
    cloud.endSessions();
    expect(await again(unkept)).toEqual([{ kind: 'afresh', item: 'unkept', reason: 'permission-gone' }]);
    // It is a permission of another library's job.
    const foreign = await cutOff('foreign');
    const { object, secret } = foreign.kept.permission!;
    foreign.kept.permission = { secret, object: { ...object, id: 'up/foreign#another' } };
    cloud.endSessions();
    expect(await again(foreign)).toMatchObject([{ reason: 'permission-gone' }]);
    expect(cloud.breaches).toEqual([]);
  });

  it('ends the session of what is cleaned up, and of what is cancelled when it goes on', async () => {
    const kept = betweenRuns();
    proxy.breakBy(({ bodyBytes }) => (bodyBytes === 1000 ? 'cut' : null));
    await expect(upload(workOf('left'), controlOf(kept))).rejects.toThrow();
    const { object, secret } = kept.permission!;
    expect(cloud.openSessions.size).toBe(1);
    await google.discard(access, object, undefined, secret);
    expect(cloud.openSessions.size).toBe(0);
    await expect(upload(workOf('left'), controlOf(kept))).rejects.toThrow();
    const control = controlOf(kept, piece);
    await expect(upload(workOf('left'), control)).rejects.toMatchObject({ code: 'operation.cancelled' });
    expect(cloud.openSessions.size).toBe(0);
    expect(kept).toMatchObject({ permission: null, journal: { records: [] } });
    expect(control.half.size).toBe(0);
  });

  it('leaves nothing when it is cancelled, or the network stays away', async () => {
    const cancelled = transferControl(piece);
    await expect(upload(workOf('gone'), cancelled)).rejects.toMatchObject({ code: 'operation.cancelled' });
    expect(cloud.openSessions.size).toBe(0);
    expect(cancelled.half.size).toBe(0);
    proxy.breakBy(({ bodyBytes }) => (bodyBytes === 1000 ? 'cut' : null));
    const away = transferControl();
    await expect(upload(workOf('gone'), away)).rejects.toMatchObject({ code: 'cloud.unreachable' });
    expect(cloud.openSessions.size).toBe(0);
    expect(away.half.size).toBe(0);
  });

  it('takes the file away when no image comes of it, and says why', async () => {
    cloud.failImages('The tar archive is not a valid image.');
    const control = transferControl();
    await expect(upload(workOf('bad'), control)).rejects.toThrow(/not a valid image/);
    expect(cloud.objects.size).toBe(0);
    expect(control.half.size).toBe(0);
  });

  it('replaces nothing unless it is told to, and refuses a name before anything is sent', async () => {
    await upload(workOf('twice', { keepFile: true }));
    expect([...cloud.objects.keys()]).toEqual(['up/twice.tar.gz']);
    const control = transferControl();
    await expect(upload(workOf('twice'), control)).rejects.toThrow(/there is an image .*twice.* already/);
    await expect(upload(workOf('Upper_Case'), control)).rejects.toMatchObject({ code: 'input.invalid' });
    expect(control.changes).toEqual([]);
    const again = workOf('twice.tar.gz', { insert: false });
    await expect(upload(again)).rejects.toThrow(/has an object .* already/);
    // What was there before stays.
    expect(cloud.objects.size).toBe(1);
    await upload(workOf('twice.tar.gz', { insert: false, replace: true }));
  });

  it('has nothing on record where it is not let in', async () => {
    vi.stubEnv('GCE_METADATA_HOST', '127.0.0.1:9');
    for (const insert of [true, false]) {
      const control = transferControl();
      await expect(upload(workOf('barred', { insert }), control)).rejects.toMatchObject({
        code: 'cloud.unauthorised',
      });
      expect(control.changes).toEqual([]);
    }
  });

  it('cleans up what is ours by its tag, and nothing else', async () => {
    const control = transferControl();
    await upload(workOf('ours', { keepFile: true }), control);
    const [file, image] = control.changes.map(({ object }) => object);
    await discardObject(access, { ...file!, id: file!.id.replace(/#.*/, '#another') });
    await discardObject(access, { ...image!, id: image!.id.replace(/#.*/, '#another') });
    expect([cloud.objects.size, cloud.images.size]).toEqual([1, 1]);
    await discardObject(access, file!);
    await discardObject(access, image!);
    expect([cloud.objects.size, cloud.images.size]).toEqual([0, 0]);
    await discardObject(access, image!);
  });

  it('lists and deletes images, and says what is wrong with an account', async () => {
    await upload(workOf('listed'));
    expect(await google.list!(access)).toMatchObject([
      { kind: 'image', id: 'listed', isComplete: true, sizeBytes: 2 ** 30 },
    ]);
    expect(await google.check(access)).toMatchObject({ project });
    await google.delete!(access, 'listed');
    await google.delete!(access, 'listed');
    expect(await google.list!(access)).toEqual([]);
    const check = (settings: AccountSettings) =>
      google.check({ ...access, settings: { ...access.settings, ...settings } });
    await expect(check({ bucket: 'missing' })).rejects.toMatchObject({ code: 'cloud.refused' });
    await expect(check({ storageEndpoint: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'cloud.unreachable',
    });
    await expect(check({ credentials: 'key-file', keyFile: '/nowhere.json' })).rejects.toMatchObject({
      code: 'cloud.unauthorised',
    });
  });
});

describeWith(['qemu-img', 'tar', 'sgdisk'], 'a disk that is packed while it is sent', () => {
  const raw = join(folder, 'whole.raw');
  const disk = join(folder, 'whole.qcow2');
  const data = noise(18 << 20, 5);
  const work = (name: string): UploadWork => {
    const { target } = google.uploads.conversions[0]!;
    const reference = { path: disk };
    const part = { role: 'image', name, source: { kind: 'converted', reference, target } } as const;
    return { ...workOf(name, { keepFile: true }), parts: [{ ...part, properties: {} }] };
  };
  beforeAll(() => {
    writeRawDisk(raw, 64 << 20, [{ at: 2 << 20, bytes: data }]);
    execFileSync('sgdisk', ['-n', '1:4096:+40M', raw]);
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, disk]);
  });
  /** What GNU tar makes of the object: a disk of a whole GiB, whose second GPT lies at its end. */
  const expectDisk = (key: string): void => {
    const object = cloud.objects.get(key)!.bytes;
    const into = mkdtempSync(join(folder, 'unpacked-'));
    execFileSync('tar', ['-xzf', '-', '-C', into], { input: object });
    const made = join(into, 'disk.raw');
    expect(statSync(made).size).toBe(1 << 30);
    expect(statSync(made).blocks * 512).toBeLessThan(64 << 20);
    const bytes = readFileSync(made).subarray(0, 60 << 20);
    // Past the first GPT, which says where the second one is.
    expect(bytes.subarray(17_408).equals(readFileSync(raw).subarray(17_408, 60 << 20))).toBe(true);
    expect(execFileSync('sgdisk', ['-v', made]).toString()).toContain('No problems found');
  };

  it('is a tar.gz that GNU tar reads, without a file in between', async () => {
    const before = readdirSync(folder).length;
    const { images } = await upload(work('packed'));
    expect(images).toMatchObject([{ id: 'packed', status: 'ready', verified: { algorithm: 'md5' } }]);
    expect(readdirSync(folder)).toHaveLength(before);
    expect(cloud.breaches).toEqual([]);
    expectDisk('up/packed.tar.gz');
  });

  it('goes on after a cut, and with the job: pieces that are there are not sent again', async () => {
    const kept = betweenRuns();
    let pieces = 0;
    let losses = 1;
    proxy.breakBy(({ method, bodyBytes }) => {
      if (method !== 'PUT' || bodyBytes === 0) return null;
      // The first arrives without an answer, the third not at all.
      if (losses-- > 0) return 'lose';
      return ++pieces > 1 ? 'cut' : null;
    });
    await expect(upload(work('later'), controlOf(kept))).rejects.toMatchObject({ code: 'cloud.unreachable' });
    proxy.breakBy(() => null);
    proxy.forget();
    await upload(work('later'), controlOf(kept));
    expect(piecesSent()).toHaveLength(1);
    expect(cloud.breaches).toEqual([]);
    expectDisk('up/later.tar.gz');
  });

  it('is not sent on when it changes meanwhile, and no image is asked of what is no tar.gz', async () => {
    const copy = join(folder, 'changing.qcow2');
    copyFileSync(disk, copy);
    const [part] = work('changing').parts;
    const source = { ...part!.source, reference: { path: copy } } as UploadPart['source'];
    proxy.breakBy(({ method }) => {
      if (method === 'PUT') appendFileSync(copy, 'x');
      return null;
    });
    const changing = { ...work('changing'), parts: [{ ...part!, source }] };
    await expect(upload(changing)).rejects.toThrow(/changed while it was read/);
    const plain = { ...part!, source: { kind: 'file', reference: { path: disk } } as const };
    proxy.forget();
    await expect(upload({ ...work('plain'), parts: [plain] })).rejects.toMatchObject({
      code: 'input.invalid',
    });
    expect(piecesSent()).toEqual([]);
    expect([cloud.objects.size, cloud.openSessions.size]).toEqual([0, 0]);
  });
});
