import {
  copyFileSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { convert } from '#engine/operations/convert.ts';
import { inspect } from '#engine/operations/inspect.ts';
import { recogniseFiles, stampOf } from '#engine/operations/recognise.ts';
import type { FileLook } from '#shared/domain/scan.ts';
import { diskDrivers } from '#engine/disks/registry.ts';
import type { DiskDriver } from '#engine/disks/driver.ts';
import { makeAppliance, smallApplianceSize, type Appliance } from '../../../fixtures/appliance.ts';
import { describeWith } from '../../../setup/tools.ts';
import { runTool } from '../../../fixtures/appliance-disk.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const scratch = scratchFolder();
const mebibyte = 1 << 20;
let folder: string;
/** A raw disk with an MBR and nothing else. */
let disk: string;

const look = (path: string): FileLook => recogniseFiles([path])[0]!;

beforeAll(() => {
  folder = mkdtempSync(join(scratch, 'recognise-'));
  disk = join(folder, 'disk.raw');
  const bytes = Buffer.alloc(4 * mebibyte);
  bytes.set([0x80, 0, 2, 0, 0x83, 0, 0, 0], 446);
  bytes.writeUInt32LE(2048, 454);
  bytes.writeUInt32LE(4096, 458);
  bytes.writeUInt16LE(0xaa55, 510);
  bytes.fill('harbour light', mebibyte, mebibyte + 200_000);
  writeFileSync(disk, bytes);
});

const variants = (diskDrivers as readonly DiskDriver[]).flatMap(({ id, creation }) =>
  (creation?.variants ?? []).map((variant) => [id, variant.id] as const),
);

describe('recognise', () => {
  it.each(variants)(
    'says of %s, %s, what a full look says, whatever the file is called',
    (format, variant) => {
      const own = mkdtempSync(join(folder, 'own-'));
      const path = join(own, 'notes.txt');
      convert(
        { source: { path: disk, format: 'raw' }, outputPath: path, target: { format, variant } },
        quietControl(),
      );
      const {
        kind,
        format: found,
        variant: foundVariant,
        virtualSizeBytes,
        allocatedBytes,
      } = inspect({ path }, quietControl(), false);
      const { mtimeMs, size } = statSync(path);
      expect(look(path)).toMatchObject({
        path,
        image: { kind, format: found, variant: foundVariant, virtualSizeBytes },
        allocatedBytes,
        stamp: { sizeBytes: size, modifiedMilliseconds: mtimeMs },
        failure: null,
      });
    },
  );

  it('finds the disk in a compressed file, and reads its size where the file tells it', () => {
    const path = join(folder, 'packed');
    writeFileSync(path, gzipSync(readFileSync(disk)));
    expect(look(path).image).toMatchObject({ kind: 'disk', format: 'raw', virtualSizeBytes: null });
    convert(
      {
        source: { path: disk, format: 'raw' },
        outputPath: `${path}.xz`,
        target: { format: 'raw', wrapper: 'xz' },
      },
      quietControl(),
    );
    expect(look(`${path}.xz`).image).toMatchObject({ format: 'raw', virtualSizeBytes: 4 * mebibyte });
  });

  it('takes nothing for an image that is none, whatever it is called', () => {
    const texts = {
      'disk.qcow2': 'not an image',
      'disk.img': Buffer.alloc(mebibyte),
      'readme.gz': gzipSync('a text'),
      'empty.raw': '',
      'program.bin': readFileSync(process.execPath).subarray(0, mebibyte),
    };
    for (const [name, content] of Object.entries(texts)) {
      const path = join(folder, name);
      writeFileSync(path, content);
      expect(look(path), name).toMatchObject({ image: null, failure: null });
    }
  });

  it('knows a damaged image as one of its format', () => {
    const path = join(folder, 'damaged');
    convert(
      { source: { path: disk, format: 'raw' }, outputPath: path, target: { format: 'qcow2' } },
      quietControl(),
    );
    writeFileSync(path, readFileSync(path).subarray(0, 100));
    expect(look(path).image).toMatchObject({ kind: 'disk', format: 'qcow2', virtualSizeBytes: null });
  });

  it('does not follow links, and says what is gone or cannot be read', () => {
    const link = join(folder, 'link');
    symlinkSync(disk, link);
    expect(look(link)).toMatchObject({ stamp: null, image: null, failure: null });
    expect(look(join(folder, 'nothing'))).toMatchObject({ stamp: null, failure: null });
    expect(look(join(disk, 'below a file')).image).toBeNull();
  });

  it('gives a copy the same fingerprint, and other content another', () => {
    const [copy, other] = [join(folder, 'copy'), join(folder, 'other')];
    copyFileSync(disk, copy);
    const bytes = readFileSync(disk);
    bytes[0] = 1;
    writeFileSync(other, bytes);
    expect(look(copy).image!.fingerprint).toBe(look(disk).image!.fingerprint);
    expect(look(other).image!.fingerprint).not.toBe(look(disk).image!.fingerprint);
  });

  it('stamps a file as the usual calls do, to the last bit', () => {
    const { size, mtimeMs, ino, dev } = lstatSync(disk);
    expect(stampOf(lstatSync(disk, { bigint: true }))).toMatchObject({
      device: String(dev),
      inode: String(ino),
      sizeBytes: size,
      modifiedMilliseconds: mtimeMs,
    });
  });
});

describeWith(['mkfs.ext4', 'qemu-img'], 'recognise, of what others made', () => {
  let appliance: Appliance;
  beforeAll(async () => {
    appliance = await makeAppliance(smallApplianceSize);
  });

  it('knows a package, and the disks in it', () => {
    expect(look(appliance.path).image).toMatchObject({ kind: 'package', format: 'ova' });
    expect(look(appliance.disks[0]!.vmdkPath).image).toMatchObject({ kind: 'disk', format: 'vmdk' });
    expect(look(appliance.disks[0]!.rawPath).image).toMatchObject({ kind: 'disk', format: 'raw' });
  });

  it('knows an overlay whose parent is not there', async () => {
    const own = mkdtempSync(join(folder, 'chain-'));
    const path = join(own, 'child.qcow2');
    await runTool('qemu-img', [
      'create',
      '-q',
      '-u',
      '-f',
      'qcow2',
      '-b',
      'gone.raw',
      '-F',
      'raw',
      path,
      '8M',
    ]);
    expect(look(path).image).toMatchObject({ format: 'qcow2', virtualSizeBytes: 8 * mebibyte });
  });
});
