import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { openPackage } from '#engine/packages/registry.ts';
import type { PackageReader } from '#engine/packages/driver.ts';
import { describeWith, toolPath } from '../../../../setup/tools.ts';
import { item, minimal } from '../../../../fixtures/packages/descriptors.ts';
import { failureOf, RecordingControl } from '../../../../fixtures/packages/recording.ts';
import { tar, tarFile } from '../../../../fixtures/packages/tar-builder.ts';
import { prose, writeRawDisk } from '../../pattern.ts';
import { quietControl } from '../../quiet-control.ts';
import { scratchFolder } from '../../scratch.ts';

const folder = scratchFolder();
const raw = prose(1 << 20);

function box(files: Readonly<Record<string, Uint8Array | string>>): PackageReader {
  const bytes = tar(...Object.entries(files).map(([name, data]) => tarFile(name, data)));
  return openPackage(new MemorySource(bytes, 'a.box'), null);
}

describe('a box for libvirt', () => {
  const metadata = '{"provider":"libvirt","format":"raw","virtual_size":1}';

  it('has one disk, called box.img', () => {
    const reader = box({ 'metadata.json': metadata, Vagrantfile: 'system("rm -rf /")', 'box.img': raw });
    expect(reader.info).toMatchObject({
      format: 'box',
      path: 'a.box',
      manifest: 'absent',
      warnings: [],
      systems: [
        {
          name: 'box',
          product: null,
          annotation: 'Provider: libvirt',
          disks: [{ name: 'box.img', file: 'box.img', format: 'raw', virtualSizeBytes: 1 << 20 }],
        },
      ],
      texts: [{ file: 'Vagrantfile', text: 'system("rm -rf /")' }],
    });
    expect(reader.info.files.map(({ name, role }) => [name, role])).toEqual([
      ['metadata.json', 'other'],
      ['Vagrantfile', 'other'],
      ['box.img', 'disk'],
    ]);
    expect(reader.verify(new RecordingControl())).toEqual({ state: 'absent', entries: [] });
  });

  it('may list several disks', () => {
    const disks = [
      { path: 'box.img' },
      { path: 'sub/data.img' },
      { path: 'gone.img' },
      { path: '../up.img' },
    ];
    const reader = box({
      'metadata.json': JSON.stringify({ provider: 'libvirt', architecture: 'arm64', disks }),
      'box.img': raw,
      'sub/data.img': raw,
    });
    expect(reader.info.systems[0]).toMatchObject({
      annotation: 'Provider: libvirt\nArchitecture: arm64',
      disks: [
        { name: 'box.img' },
        { name: 'data.img', file: 'sub/data.img' },
        { file: null },
        { file: null },
      ],
    });
    expect(reader.info.warnings.map(({ code }) => code)).toEqual([
      'package.file-missing',
      'package.unsafe-name',
    ]);
  });

  it('says what does not agree', () => {
    const wrong = '{"provider":"libvirt","format":"qcow2","virtual_size":40}';
    expect(
      box({ 'metadata.json': wrong, 'box.img': raw }).info.warnings.map(({ message }) => message),
    ).toEqual([
      'box.img is raw, although metadata.json says qcow2.',
      'The disk has 1048576 bytes, although metadata.json says 40 GiB.',
    ]);
    const empty = box({ 'metadata.json': '{"provider":"libvirt"}', 'readme.img': raw });
    expect(empty.info.warnings.map(({ code }) => code)).toEqual([
      'package.file-missing',
      'package.no-system',
    ]);
  });
});

describe('a box for VirtualBox', () => {
  const descriptor = minimal({
    files: '<File ovf:id="f" ovf:href="box-disk001.vmdk"/>',
    disks: '<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="1048576"/>',
    items: item({ InstanceID: 1, ResourceType: 17, ElementName: 'disk', HostResource: 'ovf:/disk/d' }),
  });

  it.each([
    ['with metadata', { 'metadata.json': '{"provider":"virtualbox"}' }],
    ['of Vagrant 1.0', {}],
  ])('%s is what its descriptor says', (_, more) => {
    const reader = box({ ...more, Vagrantfile: '# hello', 'box.ovf': descriptor, 'box-disk001.vmdk': raw });
    expect(reader.info).toMatchObject({
      format: 'box',
      ovfVersion: '1.x',
      systems: [{ name: 'vm', disks: [{ file: 'box-disk001.vmdk', virtualSizeBytes: 1 << 20 }] }],
      texts: [{ file: 'Vagrantfile', text: '# hello' }],
    });
  });

  it('without a descriptor has the disks that lie in it', () => {
    const reader = box({ 'metadata.json': '{"provider":"virtualbox"}', 'a.vdi': raw, 'b-s001.vmdk': raw });
    expect(reader.info.systems[0]!.disks.map(({ file }) => file)).toEqual(['a.vdi']);
  });
});

describe('a box for VMware', () => {
  it('is what its .vmx says', () => {
    const reader = box({
      'metadata.json': '{"provider":"vmware_desktop"}',
      'box/vm.vmx':
        'displayName = "vm"\nguestOS = "debian12-64"\nmemsize = "1024"\nfirmware = "efi"\nsata0:0.fileName = "disk.img"\nethernet0.present = "TRUE"\n',
      'box/disk.img': raw,
    });
    expect(reader.info.systems[0]).toMatchObject({
      name: 'vm',
      os: 'debian12-64',
      memoryBytes: 2 ** 30,
      firmware: 'efi',
      nics: [{ name: 'Network adapter 1' }],
      disks: [{ file: 'box/disk.img', controller: 'SATA 0:0', format: 'raw' }],
    });
  });
});

describe('what is wrong with a box', () => {
  it.each([
    ['no provider', { 'metadata.json': '{}', 'box.img': raw }],
    ['no JSON', { 'metadata.json': 'provider: libvirt', 'box.img': raw }],
    ['a descriptor that is none', { 'metadata.json': '{"provider":"virtualbox"}', 'box.ovf': 'x' }],
  ])('%s is refused', (_, files) => {
    expect(failureOf(() => box(files)).code).toBe('package.malformed');
  });

  it('a disk does not open what is not in the box', () => {
    const vmdk =
      '# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 2048 FLAT "/etc/passwd" 0\n';
    const reader = box({ 'metadata.json': '{"provider":"hyperv"}', 'a.vmdk': vmdk });
    expect(reader.info.systems[0]!.disks).toMatchObject([{ format: 'vmdk', virtualSizeBytes: null }]);
    expect(reader.info.warnings).toMatchObject([{ code: 'reference.denied' }]);
  });

  it('a Vagrantfile that is no text is not shown', () => {
    const reader = box({
      'metadata.json': '{"provider":"x"}',
      'a.img': raw,
      Vagrantfile: new Uint8Array([0xff, 0xc0, 0x80]),
    });
    expect(reader.info.texts).toEqual([]);
  });
});

describeWith(['tar', '7z', 'qemu-img'], 'boxes as other programs pack them', () => {
  const disk = writeRawDisk(join(folder, 'disk.raw'), 3 << 20, [{ at: 1 << 20, bytes: raw }]);
  const files = join(folder, 'files');
  mkdirSync(files);
  execFileSync(toolPath('qemu-img')!, ['convert', '-O', 'qcow2', disk, join(files, 'box.img')]);
  writeFileSync(join(files, 'metadata.json'), '{"provider":"libvirt","format":"qcow2","virtual_size":1}');
  writeFileSync(join(files, 'Vagrantfile'), '');
  const names = ['./metadata.json', './Vagrantfile', './box.img'];

  it.each([
    ['tar', toolPath('tar')!, ['cf', join(folder, 'tar.box'), ...names]],
    ['tar.gz', toolPath('tar')!, ['czf', join(folder, 'tar.gz.box'), ...names]],
    [
      'zip',
      toolPath('7z')!,
      ['a', '-tzip', join(folder, 'zip.box'), 'metadata.json', 'Vagrantfile', 'box.img'],
    ],
  ])('%s', (kind, program, parameters) => {
    execFileSync(program, parameters, { cwd: files, stdio: 'ignore' });
    const path = join(folder, `${kind}.box`);
    if (kind !== 'tar.gz') {
      const reader = openPackage(new FileSource(path), null);
      expect(reader.info.warnings).toEqual([]);
      expect(reader.info.systems[0]!.disks).toMatchObject([{ format: 'qcow2', virtualSizeBytes: 3 << 20 }]);
      reader.close();
    }
    const { sha256 } = hashImage({ path, member: 'box.img' }, quietControl());
    expect(sha256).toBe(hashImage({ path: disk, format: 'raw' }, quietControl()).sha256);
    expect(readFileSync(disk)).toHaveLength(3 << 20);
  });
});
