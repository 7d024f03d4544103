/** What holds for every package format: loops over the registry and over the dialects of the descriptor. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource } from '#engine/bytes/source.ts';
import { diskDrivers, probeDisk } from '#engine/disks/registry.ts';
import type { DiskDriver } from '#engine/disks/driver.ts';
import { convert } from '#engine/operations/convert.ts';
import { extract, planExtraction } from '#engine/operations/extract.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { inspect, inspectPackage } from '#engine/operations/inspect.ts';
import { verifyPackage } from '#engine/operations/verify.ts';
import { packageDrivers } from '#engine/packages/registry.ts';
import type { PackageDriver } from '#engine/packages/driver.ts';
import { Failure } from '#shared/failure.ts';
import { bzImage } from '../electron/engine/guests/kernels/build-kernel.ts';
import { noise, prose, writeRawDisk } from '../electron/engine/pattern.ts';
import { quietControl } from '../electron/engine/quiet-control.ts';
import { scratchFolder } from '../electron/engine/scratch.ts';
import { item, minimal } from '../fixtures/packages/descriptors.ts';
import { tar, tarFile } from '../fixtures/packages/tar-builder.ts';

const folder = scratchFolder();
const at = (...names: string[]): string => join(folder, ...names);
const packages: readonly PackageDriver[] = packageDrivers;
const disks: readonly DiskDriver[] = diskDrivers;

const rawDisk = writeRawDisk(at('disk.raw'), 6 << 20, [
  { at: 0, bytes: prose(1 << 20, 1) },
  { at: 3 << 20, bytes: noise(200_000, 2) },
]);
const { sha256 } = hashImage({ path: rawDisk }, quietControl());
const vmdk = at('disk.vmdk');
convert(
  { source: { path: rawDisk }, outputPath: vmdk, target: { format: 'vmdk', variant: 'streamOptimized' } },
  quietControl(),
);
const vmdkBytes = readFileSync(vmdk);
const descriptor = new TextEncoder().encode(
  minimal({
    files: `<File ovf:id="f" ovf:href="disk.vmdk" ovf:size="${vmdkBytes.length}"/>`,
    disks:
      '<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="6" ovf:capacityAllocationUnits="byte * 2^20"/>',
    items: item({ InstanceID: 1, ResourceType: 17, ElementName: 'disk', HostResource: 'ovf:/disk/d' }),
  }),
);

/** The same package in each form. A new driver without one fails here: add it. */
const makers: Readonly<Record<string, (name: string) => string>> = {
  ova(name) {
    const path = at(`${name}.ova`);
    writeFileSync(path, tar(tarFile('a.ovf', descriptor), tarFile('disk.vmdk', vmdkBytes)));
    return path;
  },
  box(name) {
    const path = at(`${name}.box`);
    const metadata = '{"provider":"vmware_desktop"}';
    const vmx = 'displayName = "box"\nscsi0:0.present = "TRUE"\nscsi0:0.fileName = "disk.vmdk"\n';
    const members = [tarFile('metadata.json', metadata), tarFile('box.vmx', vmx)];
    writeFileSync(path, tar(...members, tarFile('disk.vmdk', vmdkBytes)));
    return path;
  },
  uec(name) {
    const path = at(`${name}.tar`);
    writeFileSync(path, tar(tarFile('disk-vmlinuz', bzImage()), tarFile('disk.vmdk', vmdkBytes)));
    return path;
  },
  ovf(name) {
    mkdirSync(at(name), { recursive: true });
    writeFileSync(at(name, 'disk.vmdk'), vmdkBytes);
    writeFileSync(at(name, 'a.ovf'), descriptor);
    return at(name, 'a.ovf');
  },
};

function make(driver: PackageDriver, name: string): string {
  const maker = makers[driver.id];
  if (maker === undefined) throw new Error(`there is no maker for ${driver.id}`);
  return maker(name);
}

/** Everything that can be asked of a damaged package must answer or fail with words. */
function survives(path: string): void {
  for (const ask of [
    () => inspect({ path }, quietControl(), true),
    () => inspectPackage(path),
    () => verifyPackage(path, quietControl()),
    () => hashImage({ path, member: 'disk.vmdk' }, quietControl()),
    () => planExtraction({ packagePath: path, outputFolder: folder, disks: [] }, quietControl()),
  ]) {
    try {
      ask();
    } catch (error) {
      expect(error, String((error as Error).stack)).toBeInstanceOf(Failure);
      expect((error as Failure).code, String(((error as Error).cause as Error | undefined)?.stack)).not.toBe(
        'internal',
      );
    }
  }
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(256 << 20);
}

/** The disk of an EC2 bundle is encrypted, so that it has no file to give out: its own tests say what holds for it. */
const readable = packages.filter(({ id }) => id !== 'ami');

describe.each(readable)('$id', (driver) => {
  const path = make(driver, `whole-${driver.id}`);

  it('is claimed by its own driver, and by no disk format', () => {
    const source = new FileSource(path);
    const claimed = packages.filter((other) => other.probe(source) === 'certain').map(({ id }) => id);
    expect(claimed).toEqual([driver.id]);
    expect(disks.filter((disk) => disk.probe(source) === 'certain')).toEqual([]);
    source.close();
    const disk = new FileSource(vmdk);
    expect(packages.filter((other) => other.probe(disk) !== 'no')).toEqual([]);
    expect(probeDisk(disk).id).toBe('vmdk');
    disk.close();
  });

  it('shows its disk, and gives it out as it was, in every format and as it is', () => {
    const info = inspect({ path }, quietControl(), true);
    expect(info).toMatchObject({ kind: 'package', format: driver.id, package: { manifest: 'absent' } });
    const [disk] = info.package!.systems[0]!.disks;
    expect(disk).toMatchObject({ name: 'disk.vmdk', format: 'vmdk', virtualSizeBytes: 6 << 20 });
    const targets = disks.flatMap(({ id, creation }) => (creation === undefined ? [] : [id]));
    for (const format of [...targets, 'as-is']) {
      const outputFolder = at(`${driver.id}-${format}`);
      mkdirSync(outputFolder);
      const request = { packagePath: path, outputFolder, disks: [{ name: 'disk.vmdk', target: { format } }] };
      const plan = planExtraction(request, quietControl());
      const { files } = extract(request, quietControl());
      expect(files).toMatchObject([{ disk: 'disk.vmdk', sha256, verified: true }]);
      expect(files[0]!.path).toBe(plan.disks[0]!.outputPath);
      expect(readdirSync(outputFolder)).toHaveLength(1);
      if (format === 'as-is') expect(readFileSync(files[0]!.path).equals(vmdkBytes)).toBe(true);
    }
  });

  it('gives out all disks or none', () => {
    const outputFolder = at(`${driver.id}-none`);
    mkdirSync(outputFolder);
    const target = { format: 'raw' };
    const disks = [
      { name: 'disk.vmdk', target, fileName: 'first.raw' },
      { name: 'disk.vmdk', target, fileName: 'second.raw' },
    ];
    const request = { packagePath: path, outputFolder, disks };
    // The second name is taken while the first disk is being written.
    const control = quietControl();
    const begin = control.begin.bind(control);
    const meddling = {
      ...control,
      begin(...words: Parameters<typeof begin>) {
        if (existsSync(at(`${driver.id}-none`, 'second.raw')) === false && control.partials.size === 2) {
          writeFileSync(at(`${driver.id}-none`, 'second.raw'), 'someone else');
        }
        begin(...words);
      },
    };
    expect(() => extract(request, meddling)).toThrow('io.exists');
    expect(readdirSync(outputFolder)).toEqual(['second.raw']);
    expect(readFileSync(join(outputFolder, 'second.raw'), 'utf8')).toBe('someone else');
    expect(control.partials.size).toBe(0);
  });

  it('ends in a Failure or an answer wherever it is cut off or a bit flips', () => {
    const bytes = readFileSync(path);
    const damaged = make(driver, `damaged-${driver.id}`);
    expect(dirname(damaged).startsWith(folder)).toBe(true);
    for (let step = 0; step < 20; step++) {
      writeFileSync(damaged, bytes.subarray(0, Math.floor((bytes.length * step) / 20)));
      survives(damaged);
    }
    const places = Math.min(bytes.length, 2048);
    for (let index = 0; index < 120; index++) {
      const place = Math.floor((places * index) / 120);
      bytes[place]! ^= 1 << (index % 8);
      writeFileSync(damaged, bytes);
      bytes[place]! ^= 1 << (index % 8);
      survives(damaged);
    }
  });
});
