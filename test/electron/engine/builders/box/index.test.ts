import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { build } from '#engine/operations/build.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { inspectPackage } from '#engine/operations/inspect.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import { failureOf } from '../../../../fixtures/packages/recording.ts';
import { describeWith, toolPath } from '../../../../setup/tools.ts';
import { prose, writeRawDisk } from '../../pattern.ts';
import { quietControl } from '../../quiet-control.ts';
import { scratchFolder } from '../../scratch.ts';

const folder = scratchFolder();
const at = (...names: string[]): string => join(folder, ...names);
const disk = writeRawDisk(at('disk.raw'), 3 << 20, [{ at: 1 << 20, bytes: prose(1 << 20) }]);
const large = writeRawDisk(at('large.raw'), 2 ** 31 + 512, [{ at: 2 ** 31, bytes: prose(512) }]);
const hash = (path: string, member?: string): string =>
  hashImage(member === undefined ? { path, format: 'raw' } : { path, member }, quietControl()).sha256;

function make(builder: string, name: string, paths: readonly string[], fields: OptionValues = {}): string {
  build({ builder, inputs: paths.map((path) => ({ path })), outputPath: at(name), fields }, quietControl());
  return at(name);
}

describe('a box for libvirt', () => {
  it('has a qcow2 disk called box.img, and its size in GiB, rounded up', () => {
    const path = make('box-libvirt', 'one.box', [large], { vcpus: 4, memoryMiB: 512, diskBus: 'sata' });
    const info = inspectPackage(path);
    expect(info).toMatchObject({
      format: 'box',
      warnings: [],
      systems: [{ disks: [{ name: 'box.img', format: 'qcow2', virtualSizeBytes: 2 ** 31 + 512 }] }],
    });
    expect(info.files.map(({ name }) => name)).toEqual(['metadata.json', 'Vagrantfile', 'box.img']);
    expect(info.texts![0]!.text).toMatch(
      /libvirt\.cpus = 4\n +libvirt\.memory = 512\n +libvirt\.disk_bus = "sata"\n/,
    );
    expect(hash(path, 'box.img')).toBe(hash(large));
  });

  it('lists several disks', () => {
    const path = make('box-libvirt', 'two.box', [disk, large], { architecture: 'arm64' });
    expect(inspectPackage(path)).toMatchObject({
      warnings: [],
      systems: [
        {
          annotation: 'Provider: libvirt\nArchitecture: arm64',
          disks: [{ name: 'box.img' }, { name: 'box_2.img' }],
        },
      ],
    });
    expect(hash(path, 'box_2.img')).toBe(hash(large));
  });

  it.each([{ diskBus: '"; system("x' }, { nicModel: '#{x}' }, { memoryMiB: '1; exit' }])(
    'takes no program for %j',
    (fields) => {
      expect(failureOf(() => make('box-libvirt', 'x.box', [disk], fields)).code).toBe('input.invalid');
    },
  );
});

describe('a box for VirtualBox', () => {
  const path = make('box-virtualbox', 'vb.box', [disk, disk], {
    osType: 'debian12',
    memoryMiB: 512,
    diskController: 'sata',
  });

  it('is a machine on NAT with an address of its own', () => {
    const info = inspectPackage(path);
    expect(info).toMatchObject({
      format: 'box',
      ovfVersion: '1.x',
      warnings: [],
      systems: [
        {
          name: 'vb',
          os: 'Debian 12 (64-bit)',
          memoryBytes: 2 ** 29,
          nics: [{ network: 'NAT', model: 'E1000' }],
          disks: [
            { file: 'box-disk001.vmdk', format: 'vmdk', virtualSizeBytes: 3 << 20 },
            { file: 'box-disk002.vmdk' },
          ],
        },
      ],
    });
    expect(info.files.map(({ name }) => name)).toEqual([
      'metadata.json',
      'box.ovf',
      'Vagrantfile',
      'box-disk001.vmdk',
      'box-disk002.vmdk',
    ]);
    expect(info.texts![0]!.text).toMatch(/config\.vm\.base_mac = "080027[0-9A-F]{6}"/);
    expect(hash(path, 'box-disk002.vmdk')).toBe(hash(disk));
  });

  it('is the same every time', () => {
    const fields = { osType: 'debian12', memoryMiB: 512, diskController: 'sata' };
    const again = make('box-virtualbox', 'again/vb.box', [disk, disk], fields);
    expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
  });
});

describeWith(['tar', 'qemu-img'], 'boxes for other programs', () => {
  it('unpack, and hold JSON and disks', () => {
    const target = at('unpacked');
    mkdirSync(target);
    const path = make('box-libvirt', 'judged.box', [large], { architecture: 'amd64' });
    execFileSync(toolPath('tar')!, ['xf', path, '-C', target]);
    expect(JSON.parse(readFileSync(join(target, 'metadata.json'), 'utf8'))).toEqual({
      provider: 'libvirt',
      format: 'qcow2',
      virtual_size: 3,
      architecture: 'amd64',
    });
    const compare = ['compare', '-f', 'qcow2', '-F', 'raw', join(target, 'box.img'), large];
    expect(execFileSync(toolPath('qemu-img')!, compare, { encoding: 'utf8' })).toMatch(/identical/);
  });
});
