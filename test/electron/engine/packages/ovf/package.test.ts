import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import * as dialects from '../../../../fixtures/packages/descriptors.ts';
import { openPackageOf } from '../../../../fixtures/packages/memory-container.ts';
import { failureOf, readAll, RecordingControl } from '../../../../fixtures/packages/recording.ts';

const { item, minimal } = dialects;
const codes = (warnings: readonly { code: string }[]): string[] => warnings.map(({ code }) => code);

describe('dialects', () => {
  it('VMware', () => {
    const files = {
      'photo-disk1.vmdk': 'vmdk'.padEnd(1024),
      'photo-disk2.vmdk': 'vmdk',
      'photo.nvram': 'abc',
    };
    const { info } = openPackageOf(dialects.vmware, files);
    expect(info).toMatchObject({
      path: 'memory.ova',
      format: 'ova',
      ovfVersion: '1.x',
      fileSizeBytes: 12_345,
    });
    expect(info.warnings).toEqual([]);
    expect(info.systems).toEqual([
      {
        name: 'photo server',
        os: 'Ubuntu Linux (64-bit)',
        vcpus: 4,
        memoryBytes: 4096 * 2 ** 20,
        firmware: 'efi',
        product: 'Photo Server',
        vendor: 'Example Ltd.',
        version: '2.1.0-77',
        productUrl: 'https://example.org/photo',
        annotation: 'Keeps photos.\n<Safely>.',
        nics: [{ name: 'Network adapter 1', model: 'VmxNet3', network: 'VM Network', macAddress: null }],
        disks: [
          {
            name: 'photo-disk1.vmdk',
            file: 'photo-disk1.vmdk',
            format: 'vmdk',
            virtualSizeBytes: 16 * 2 ** 30,
            sizeInPackageBytes: 1024,
            compression: null,
            controller: 'SCSI 0:0 (lsilogic)',
          },
          {
            name: 'photo-disk2.vmdk',
            file: 'photo-disk2.vmdk',
            format: 'vmdk',
            virtualSizeBytes: 2 ** 31,
            sizeInPackageBytes: 4,
            compression: null,
            controller: 'SCSI 0:1 (lsilogic)',
          },
          {
            name: 'scratch',
            file: null,
            format: null,
            virtualSizeBytes: 2 ** 30,
            sizeInPackageBytes: null,
            compression: null,
            controller: 'NVMe 0:0 (vmware.nvme.controller)',
          },
        ],
      },
    ]);
    expect(info.networks).toEqual([{ name: 'VM Network', description: 'The VM Network network' }]);
    expect(info.licenses).toEqual([{ title: 'An end-user license agreement', text: 'Be kind.' }]);
    expect(info.files.map(({ name, sizeBytes, role }) => [name, sizeBytes, role])).toEqual([
      ['p.ovf', Buffer.byteLength(dialects.vmware), 'descriptor'],
      ['photo-disk1.vmdk', 1024, 'disk'],
      ['photo-disk2.vmdk', 4, 'disk'],
      ['photo.nvram', 3, 'other'],
    ]);
    expect([info.manifest, info.certificate]).toEqual(['absent', null]);
  });

  it('VirtualBox 1.0', () => {
    const { info } = openPackageOf(dialects.virtualBox1, {
      'box-disk001.vmdk': 'vmdk',
      'box-disk002.iso': 'raw',
    });
    expect(info.ovfVersion).toBe('1.x');
    const [system] = info.systems;
    expect(system).toMatchObject({
      name: 'box',
      os: 'RedHat_64',
      vcpus: 2,
      memoryBytes: 512 * 2 ** 20,
      firmware: 'efi',
      product: 'Box',
    });
    expect(system!.nics).toEqual([
      { name: "Ethernet adapter on 'NAT'", model: 'E1000', network: 'NAT', macAddress: null },
    ]);
    expect(
      system!.disks.map(({ name, controller, virtualSizeBytes }) => [name, controller, virtualSizeBytes]),
    ).toEqual([
      ['box-disk001.vmdk', 'SATA 0:0 (AHCI)', 8 * 2 ** 30],
      ['box-disk002.iso', 'CD/DVD on IDE 1:1 (PIIX4)', null],
    ]);
    expect(info.licenses).toHaveLength(1);
  });

  it('VirtualBox 2.0', () => {
    const { info } = openPackageOf(dialects.virtualBox2, { 'box-disk001.vmdk': 'vmdk' });
    expect(info.ovfVersion).toBe('2.x');
    expect(info.systems[0]).toMatchObject({
      name: 'box2',
      os: 'Linux (64-bit)',
      vcpus: 1,
      memoryBytes: 256 * 2 ** 20,
    });
    expect(info.systems[0]!.disks).toMatchObject([
      { controller: 'SCSI 0:2 (lsilogicsas)', virtualSizeBytes: 1 * 2 ** 20 },
    ]);
    expect(info.systems[0]!.nics).toEqual([
      { name: 'Ethernet adapter', model: 'virtio', network: 'Bridged', macAddress: '08:00:27:00:00:02' },
    ]);
    expect(info.warnings).toEqual([]);
  });

  it('version 0.9', () => {
    const { info } = openPackageOf(dialects.version09, { 'old.vmdk': 'vmdk'.padEnd(512) });
    expect(info.ovfVersion).toBe('0.9');
    expect(info.systems.map(({ name }) => name)).toEqual(['old', 'empty']);
    expect(info.systems[0]).toMatchObject({
      os: 'Linux',
      vcpus: 1,
      memoryBytes: 256 * 2 ** 20,
      annotation: 'Old.',
    });
    expect(info.systems[0]!.disks).toMatchObject([{ name: 'old.vmdk', controller: 'SCSI 0 (LsiLogic)' }]);
    expect(info.systems[1]).toMatchObject({ os: null, vcpus: null, memoryBytes: null, disks: [], nics: [] });
    expect(info.networks).toEqual([{ name: 'bridged', description: null }]);
    expect(info.licenses).toEqual([{ title: 'Licence', text: 'As is.' }]);
    expect(info.warnings).toEqual([]);
  });

  it('oVirt’s export', () => {
    const { info } = openPackageOf(dialects.ovirtExport, { 'group-1/image-1': 'raw'.padEnd(900) });
    expect(info.systems).toMatchObject([
      {
        name: 'web',
        os: 'rhel_8x64',
        vcpus: 8,
        memoryBytes: 2048 * 2 ** 20,
        firmware: 'efi',
        annotation: 'The web server',
      },
    ]);
    expect(info.systems[0]!.disks).toEqual([
      {
        name: 'image-1',
        file: 'group-1/image-1',
        format: 'raw',
        virtualSizeBytes: 20 * 2 ** 30,
        sizeInPackageBytes: 900,
        compression: null,
        controller: 'VirtIO_SCSI',
      },
    ]);
    expect(info.systems[0]!.nics).toMatchObject([{ name: 'nic1', macAddress: '56:6f:00:00:00:01' }]);
    expect(info.warnings).toEqual([]);
  });

  it('oVirt’s OVA', () => {
    const { info } = openPackageOf(dialects.ovirtOva, { 'image-2': 'qcow2'.padEnd(1024) });
    expect(info.systems).toMatchObject([
      { name: 'db', os: 'Red Hat Enterprise Linux (64-bit)', vcpus: 1, firmware: 'bios' },
    ]);
    expect(info.systems[0]!.disks).toMatchObject([
      { name: 'image-2', format: 'qcow2', virtualSizeBytes: 10 * 2 ** 30, controller: 'VirtIO' },
    ]);
    expect(info.warnings).toEqual([]);
  });

  it('XenServer', () => {
    const { info } = openPackageOf(dialects.xenServer, { 'one.vhd': 'vhd'.padEnd(2048) });
    expect(info.systems).toMatchObject([
      { name: 'The machine', os: 'Ein Linux', vcpus: 2, memoryBytes: 768 * 2 ** 20, firmware: 'efi' },
    ]);
    expect(info.systems[0]!.disks).toMatchObject([
      { name: 'one.vhd', format: 'vhd', virtualSizeBytes: 2 ** 32, controller: null },
    ]);
    expect(info.systems[0]!.nics).toMatchObject([
      { name: 'Ethernet', macAddress: '0a:1b:2c:3d:4e:5f', network: 'Network 0' },
    ]);
    expect(info.networks).toEqual([{ name: 'Network 0', description: 'The first network' }]);
    expect(info.warnings).toEqual([]);
  });

  it('prefixes that are never declared', () => {
    const { info } = openPackageOf(dialects.undeclared, { 'x.img': 'raw' });
    expect(info.ovfVersion).toBeNull();
    expect(info.systems).toMatchObject([{ name: 'v', disks: [{ name: 'x.img', virtualSizeBytes: 512 }] }]);
    expect(info.warnings).toEqual([]);
  });

  it('UTF-16 and Latin-1', () => {
    const utf16 = Buffer.from(
      `\ufeff${dialects.undeclared.replace("odd:id='v'", "odd:id='größe'")}`,
      'utf16le',
    );
    expect(openPackageOf(utf16, { 'x.img': 'raw' }).info.systems[0]!.name).toBe('größe');
    const latin = `<?xml version="1.0" encoding="ISO-8859-1"?>${dialects.undeclared.replace("odd:id='v'", "odd:id='é'")}`;
    expect(openPackageOf(Buffer.from(latin, 'latin1'), { 'x.img': 'raw' }).info.systems[0]!.name).toBe('é');
  });
});

describe('how hardware names disks', () => {
  const oneDisk = (resource: string): ReturnType<typeof openPackageOf> =>
    openPackageOf(
      minimal({
        files: '<File ovf:id="f1" ovf:href="./disk.vmdk"/>',
        disks: '<Disk ovf:diskId="d1" ovf:fileRef="f1" ovf:capacity="512"/>',
        items:
          item({ InstanceID: 1, ResourceType: 6 }) +
          item({ InstanceID: 2, Parent: 1, ResourceType: 17, HostResource: resource }),
      }),
      { 'disk.vmdk': 'vmdk' },
    );

  it.each([
    'ovf:/disk/d1',
    'ovf://disk/d1',
    '/disk/d1',
    'disk/d1',
    'ovf:disk/./d1',
    'OVF:/Disk/d1',
    'd1',
    'ovf:/file/f1',
    'f1',
  ])('%s', (resource) => {
    const { info } = oneDisk(resource);
    expect(info.systems[0]!.disks).toMatchObject([
      { name: 'disk.vmdk', file: 'disk.vmdk', controller: 'SCSI 0' },
    ]);
    expect(info.warnings).toEqual([]);
  });

  it('shows a disk that nothing uses, and warns of one that is used but not there', () => {
    const { info } = oneDisk('ovf:/disk/other');
    expect(info.systems[0]!.disks).toMatchObject([{ name: 'disk.vmdk', controller: null }]);
    expect(codes(info.warnings)).toEqual(['package.dangling-reference']);
  });

  it('makes a disk of a file that a hard disk uses, and none of what lies in a drive', () => {
    const files = '<File ovf:id="f1" ovf:href="a.img"/><File ovf:id="f2" ovf:href="b.iso"/>';
    const items =
      item({ InstanceID: 1, ResourceType: 17, HostResource: 'ovf:/file/f1' }) +
      item({ InstanceID: 2, ResourceType: 15, HostResource: 'ovf:/file/f2' });
    const { info } = openPackageOf(minimal({ files, items }), { 'a.img': 'raw', 'b.iso': 'iso' });
    expect(info.systems[0]!.disks).toMatchObject([{ name: 'a.img', file: 'a.img', virtualSizeBytes: null }]);
    expect(info.files.map(({ name, role }) => [name, role])).toContainEqual(['b.iso', 'other']);
    expect(info.warnings).toEqual([]);
  });

  it('gives each disk a name of its own', () => {
    const file = (id: string, href: string): string => `<File ovf:id="${id}" ovf:href="${href}"/>`;
    const disk = (id: string, ref: string): string =>
      `<Disk ovf:diskId="${id}" ovf:fileRef="${ref}" ovf:capacity="1"/>`;
    const { info } = openPackageOf(
      minimal({
        files:
          file('a', 'one/disk.img') +
          file('b', 'two/disk.img') +
          file('c', 'three/DISK.img') +
          file('e', 'nul.img'),
        disks:
          disk('x', 'a') +
          disk('y', 'b') +
          disk('y', 'c') +
          disk('z', 'e') +
          '<Disk ovf:diskId="a:b/c?" ovf:capacity="1"/>',
      }),
      { 'one/disk.img': 'raw', 'two/disk.img': 'raw', 'three/DISK.img': 'raw', 'nul.img': 'raw' },
    );
    expect(info.systems[0]!.disks.map(({ name, file: path }) => [name, path])).toEqual([
      ['disk.img', 'one/disk.img'],
      ['y', 'two/disk.img'],
      ['y-2', 'three/DISK.img'],
      ['_nul.img', 'nul.img'],
      ['a_b_c_', null],
    ]);
  });

  it('shows what a group says of itself with its systems, and a shared disk with both', () => {
    const text = minimal().replace(
      /<VirtualSystem ovf:id="vm">[\s\S]*<\/VirtualSystem>/,
      `<VirtualSystemCollection ovf:id="g"><Info/><ProductSection><Info/><Product>Suite</Product></ProductSection>
        <VirtualSystem ovf:id="a"><Info/><ProductSection><Info/><Product>Own</Product></ProductSection>
          <VirtualHardwareSection><Info/>${item({ InstanceID: 1, ResourceType: 17, HostResource: '/disk/d' })}</VirtualHardwareSection></VirtualSystem>
        <VirtualSystemCollection ovf:id="h"><Info/><VirtualSystem ovf:id="b"><Info/>
          <VirtualHardwareSection><Info/>${item({ InstanceID: 1, ResourceType: 17, HostResource: '/disk/d' })}</VirtualHardwareSection></VirtualSystem></VirtualSystemCollection>
      </VirtualSystemCollection>`,
    );
    const disks = '<Disk ovf:diskId="d" ovf:capacity="9"/></DiskSection>';
    const { info } = openPackageOf(text.replace('</DiskSection>', disks));
    expect(
      info.systems.map(({ name, product, disks: own }) => [name, product, own.map((d) => d.name)]),
    ).toEqual([
      ['a', 'Own', ['d']],
      ['b', 'Suite', ['d']],
    ]);
  });
});

describe('what a careful person wants to know', () => {
  const warningsOf = (
    parts: Parameters<typeof minimal>[0],
    files: Record<string, Uint8Array | string> = {},
  ) => openPackageOf(minimal(parts), files).info.warnings;
  const file = '<File ovf:id="f" ovf:href="d.vmdk"/>';
  const disk = '<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="1024"/>';

  it.each<[string, Parameters<typeof minimal>[0], Record<string, string>, string, RegExp]>([
    [
      'a file that is not there',
      { files: file, disks: disk },
      {},
      'package.file-missing',
      /d\.vmdk is not in the package/,
    ],
    [
      'a disk in no file',
      { disks: disk },
      {},
      'package.file-missing',
      /“f” that the descriptor does not list/,
    ],
    [
      'a wrong size',
      { files: file.replace('/>', ' ovf:size="9"/>'), disks: disk },
      { 'd.vmdk': 'vmdk' },
      'package.size-mismatch',
      /4 bytes long, although the descriptor says 9/,
    ],
    [
      'another format',
      { files: file, disks: disk.replace('/>', ' ovf:format="http://x/vmdk.html"/>') },
      { 'd.vmdk': 'qcow2' },
      'package.format-mismatch',
      /is qcow2, although the descriptor says vmdk/,
    ],
    [
      'a delta',
      { files: file, disks: disk.replace('/>', ' ovf:parentRef="base"/>') },
      { 'd.vmdk': 'vmdk' },
      'package.delta-disk',
      /differs from the disk base/,
    ],
    [
      'a capacity in words',
      { files: file, disks: disk.replace('1024', 'big') },
      { 'd.vmdk': 'vmdk' },
      'package.unknown-quantity',
      /“big”/,
    ],
    [
      'a capacity of an unknown property',
      { files: file, disks: disk.replace('1024', `$${'{x}'}`) },
      { 'd.vmdk': 'vmdk' },
      'package.unknown-quantity',
      /x/,
    ],
    [
      'a capacity in unknown units',
      { files: file, disks: disk.replace('/>', ' ovf:capacityAllocationUnits="hertz"/>') },
      { 'd.vmdk': 'vmdk' },
      'package.unknown-quantity',
      /hertz/,
    ],
    [
      'a name that climbs',
      { files: file.replace('d.vmdk', '../d.vmdk'), disks: disk },
      {},
      'package.unsafe-name',
      /“\.\.\/d\.vmdk” is not opened: it climbs/,
    ],
    [
      'a URL',
      { files: file.replace('d.vmdk', 'http://x/d.vmdk'), disks: disk },
      {},
      'package.unsafe-name',
      /it is a URL/,
    ],
    [
      'an absolute name',
      { files: file.replace('d.vmdk', '/etc/passwd'), disks: disk },
      {},
      'package.unsafe-name',
      /it is absolute/,
    ],
    [
      'a method that is not gzip',
      { files: file.replace('/>', ' ovf:compression="bzip2"/>'), disks: disk },
      { 'd.vmdk': 'BZh' },
      'image.unsupported',
      /bzip2/,
    ],
    [
      'two kinds of hardware',
      { after: '<VirtualHardwareSection><Info/></VirtualHardwareSection>' },
      {},
      'package.several-hardware',
      /2 kinds/,
    ],
    [
      'memory in pages',
      { items: item({ ResourceType: 4, VirtualQuantity: 1, AllocationUnits: 'page' }) },
      {},
      'package.unknown-quantity',
      /1 page/,
    ],
  ])('%s', (_, parts, files, code, message) => {
    const [warning, ...others] = warningsOf(parts, files);
    expect(warning?.code).toBe(code);
    expect(warning?.message).toMatch(message);
    expect(others).toEqual([]);
  });

  it('opening what is refused or missing says the same', () => {
    const text = minimal({
      files: file.replace('d.vmdk', '../d.vmdk') + '<File ovf:id="g" ovf:href="gone"/>',
      disks: disk,
    });
    const reader = openPackageOf(text);
    expect(reader.info.systems[0]!.disks).toMatchObject([
      { name: 'd.vmdk', file: '../d.vmdk', format: null },
    ]);
    expect(failureOf(() => reader.openFile('../d.vmdk'))).toMatchObject({
      code: 'package.unsafe-name',
      details: { name: '../d.vmdk', reason: 'it climbs out of the package' },
    });
    expect(failureOf(() => reader.openFile('gone'))).toMatchObject({
      code: 'package.file-missing',
      details: { file: 'gone' },
    });
    expect(failureOf(() => reader.openFile('never-heard-of')).code).toBe('package.file-missing');
  });

  it('of a hundred things, and no more', () => {
    const files = Array.from({ length: 300 }, (_, n) => `<File ovf:id="f${n}" ovf:href="gone-${n}"/>`);
    expect(warningsOf({ files: files.join('') })).toHaveLength(100);
  });
});

describe('references', () => {
  const disk = '<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="1024"/>';
  const withFile = (attributes: string, files: Record<string, Uint8Array | string>) =>
    openPackageOf(minimal({ files: `<File ovf:id="f" ${attributes}/>`, disks: disk }), files);

  it.each([
    ['escaped', 'my%20disk%231.img', 'my disk#1.img'],
    ['with a percent sign that is none', '100%25.img', '100%25.img'],
    ['as Windows writes it', 'disks\\d.img', 'disks/d.img'],
    ['from here', './disks/./d.img', 'disks/d.img'],
  ])('a name %s', (_, href, name) => {
    const reader = withFile(`ovf:href="${href}"`, { [name]: 'raw!' });
    expect(reader.info.systems[0]!.disks).toMatchObject([{ file: name, sizeInPackageBytes: 4 }]);
    expect(readAll(reader.openFile(name)).toString()).toBe('raw!');
  });

  it('an escaped name does not climb either', () => {
    const { info } = withFile('ovf:href="%2e%2e/%2e%2e/etc/passwd"', {});
    expect(codes(info.warnings)).toEqual(['package.unsafe-name']);
  });

  it('gzip, as the descriptor says', () => {
    const compressed = gzipSync('vmdk and the rest of it');
    const reader = withFile('ovf:href="d.gz" ovf:compression="gzip"', { 'd.gz': compressed });
    expect(reader.info.systems[0]!.disks).toMatchObject([
      { name: 'd.gz', format: 'vmdk', compression: 'gzip', sizeInPackageBytes: compressed.length },
    ]);
    const source = reader.openFile('d.gz');
    expect(source.seekable).toBe(false);
    expect(readAll(source).toString()).toBe('vmdk and the rest of it');
    expect(reader.info.warnings).toEqual([]);
    expect(failureOf(() => reader.openFile('d.gz', new RecordingControl(0)).sizeBytes).code).toBe(
      'operation.cancelled',
    );
  });

  it('gzip that is said to be none, and the other way round', () => {
    const silent = withFile('ovf:href="d.gz" ovf:compression="identity"', { 'd.gz': gzipSync('vmdk') });
    expect(silent.info.systems[0]!.disks).toMatchObject([{ format: 'vmdk', compression: 'gzip' }]);
    expect(readAll(silent.openFile('d.gz')).toString()).toBe('vmdk');
    const boastful = withFile('ovf:href="d" ovf:compression="gzip"', { d: 'raw as it is' });
    expect(boastful.info.systems[0]!.disks).toMatchObject([{ format: 'raw', compression: null }]);
    expect(readAll(boastful.openFile('d')).toString()).toBe('raw as it is');
    expect([...codes(silent.info.warnings), ...codes(boastful.info.warnings)]).toEqual([
      'package.compression-mismatch',
      'package.compression-mismatch',
    ]);
  });

  it('leaves archives alone that are no disks', () => {
    const archive = gzipSync('tar');
    const reader = openPackageOf(minimal({ files: '<File ovf:id="f" ovf:href="a.tar.gz"/>' }), {
      'a.tar.gz': archive,
    });
    expect(readAll(reader.openFile('a.tar.gz'))).toEqual(archive);
    expect(reader.info.warnings).toEqual([]);
  });

  it('bzip2 is refused by name', () => {
    const reader = withFile('ovf:href="d" ovf:compression="bzip2"', { d: 'BZh' });
    expect(reader.info.systems[0]!.disks).toMatchObject([{ format: null, compression: 'bzip2' }]);
    expect(failureOf(() => reader.openFile('d'))).toMatchObject({
      code: 'image.unsupported',
      details: { feature: 'files compressed with bzip2' },
    });
  });

  const chunks = { 'd.img.000000000': 'raw1', 'd.img.000000001': 'raw2', 'd.img.000000002': '3' };

  it('chunks', () => {
    const reader = withFile('ovf:href="d.img" ovf:chunkSize="4" ovf:size="9"', chunks);
    expect(reader.info.systems[0]!.disks).toMatchObject([
      { name: 'd.img', file: 'd.img', sizeInPackageBytes: 9 },
    ]);
    expect(readAll(reader.openFile('d.img')).toString()).toBe('raw1raw23');
    expect(readAll(reader.openFile('d.img.000000001')).toString()).toBe('raw2');
    expect(reader.info.files.filter(({ role }) => role === 'disk').map(({ name }) => name)).toEqual(
      Object.keys(chunks),
    );
    expect(reader.info.warnings).toEqual([]);
  });

  it('chunks of a compressed file', () => {
    const compressed = gzipSync('vmdk in pieces');
    const pieces = { 'd.000000000': compressed.subarray(0, 20), 'd.000000001': compressed.subarray(20) };
    const reader = withFile('ovf:href="d" ovf:chunkSize="20" ovf:compression="gzip"', pieces);
    expect(reader.info.systems[0]!.disks).toMatchObject([{ format: 'vmdk', compression: 'gzip' }]);
    expect(readAll(reader.openFile('d')).toString()).toBe('vmdk in pieces');
  });

  it('a file that is too small to be cut keeps its name', () => {
    const reader = withFile('ovf:href="d.img" ovf:chunkSize="1000"', { 'd.img': 'raw' });
    expect(readAll(reader.openFile('d.img')).toString()).toBe('raw');
    expect(reader.info.warnings).toEqual([]);
  });

  it('chunks that the descriptor does not mention', () => {
    const reader = withFile('ovf:href="d.img"', chunks);
    expect(readAll(reader.openFile('d.img')).toString()).toBe('raw1raw23');
    expect(codes(reader.info.warnings)).toEqual(['package.undeclared-chunks']);
  });

  it.each([
    [
      'the first',
      { 'd.img.000000001': 'raw2' },
      'ovf:chunkSize="4"',
      'package.file-missing',
      'd.img.000000000',
    ],
    [
      'one in between',
      { 'd.img.000000000': 'raw1', 'd.img.000000002': '3' },
      'ovf:chunkSize="4"',
      'package.file-missing',
      'd.img.000000001',
    ],
    [
      'the last, by the size',
      { 'd.img.000000000': 'raw1' },
      'ovf:chunkSize="4" ovf:size="9"',
      'package.file-missing',
      'd.img.000000001',
    ],
    [
      'a part of one',
      { ...chunks, 'd.img.000000001': 'ra' },
      'ovf:chunkSize="4"',
      'package.malformed',
      'chunk 1 is 2 bytes long instead of 4',
    ],
  ])('chunks of which %s is missing', (_, files, attributes, code, word) => {
    const reader = withFile(`ovf:href="d.img" ${attributes}`, files as Record<string, string>);
    expect(codes(reader.info.warnings)).toEqual([code]);
    expect(reader.info.warnings[0]!.message).toContain(word);
    expect(reader.info.systems[0]!.disks).toMatchObject([{ file: 'd.img', format: null }]);
    expect(failureOf(() => reader.openFile('d.img')).code).toBe(code);
  });

  it('everything in a folder of the archive', () => {
    const reader = openPackageOf(
      minimal({ files: '<File ovf:id="f" ovf:href="d.img"/>', disks: disk }),
      { 'sub/d.img': 'raw', 'sub/p.mf': `SHA1(d.img)= ${createHash('sha1').update('raw').digest('hex')}` },
      'sub/p.ovf',
    );
    expect(reader.info.systems[0]!.disks).toMatchObject([{ name: 'd.img', file: 'sub/d.img' }]);
    expect(readAll(reader.openFile('sub/d.img')).toString()).toBe('raw');
    expect(reader.verify(new RecordingControl()).entries).toMatchObject([
      { file: 'd.img', state: 'valid' },
      { file: 'p.ovf', state: 'unlisted' },
    ]);
  });
});

describe('texts in other files', () => {
  it('are read, and what cannot be read is warned of', () => {
    const text = minimal({
      files:
        '<File ovf:id="l" ovf:href="licence.txt"/><File ovf:id="s" ovf:href="en.xml"/><File ovf:id="b" ovf:href="broken.xml"/>',
      after:
        '<Name ovf:msgid="n">plain</Name><EulaSection><Info>L</Info><License ovf:fileRef="l"/></EulaSection>',
    }).replace(
      '</Envelope>',
      '<Strings ovf:fileRef="s" xml:lang="en"/><Strings ovf:fileRef="b"/></Envelope>',
    );
    const { info } = openPackageOf(text, {
      'licence.txt': 'A long licence.\n',
      'en.xml': '<Strings xml:lang="en-US"><Msg ovf:msgid="n">The name</Msg></Strings>',
      'broken.xml': '<Strings>',
    });
    expect(info.systems[0]!.name).toBe('The name');
    expect(info.licenses).toEqual([{ title: 'L', text: 'A long licence.' }]);
    expect(info.warnings).toMatchObject([
      { code: 'package.malformed', message: expect.stringContaining('“b”') as string },
    ]);
  });
});

describe('the gate', () => {
  const reader = openPackageOf(minimal({ files: '<File ovf:id="f" ovf:href="disks/d.vmdk"/>' }), {
    'disks/d.vmdk': 'vmdk',
    'disks/d-flat.vmdk': 'data',
    'top.vmdk': 'top',
  });
  const open = (name: string): string =>
    readAll(reader.context.openReference({ name, format: null })).toString();

  it('leads to files of the package', () => {
    expect(open('top.vmdk')).toBe('top');
    expect(open('disks/d-flat.vmdk')).toBe('data');
  });

  it('starts where the file lies that names another', () => {
    const source = reader.context.openReference({ name: 'disks/d.vmdk', format: null });
    const inner = reader.context.contextOf!(source);
    expect(readAll(inner.openReference({ name: 'd-flat.vmdk', format: null })).toString()).toBe('data');
  });

  it.each(['/etc/passwd', '../x', 'C:\\x', 'http://x/y', ''])('is closed to %j', (name) => {
    expect(failureOf(() => open(name)).code).toBe('reference.denied');
  });

  it('says what is missing', () => {
    expect(failureOf(() => open('gone.vmdk'))).toMatchObject({
      code: 'image.parent-missing',
      details: { path: 'memory.ova', reference: 'gone.vmdk' },
    });
  });
});

describe('the manifest', () => {
  const text = minimal({
    files: '<File ovf:id="f" ovf:href="d.img"/>',
    disks: '<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="1"/>',
  });
  const sha = (data: string): string => createHash('sha256').update(data).digest('hex');
  const lines = `SHA256(p.ovf)= ${sha(text)}\nSHA256(d.img)= ${sha('raw')}\n`;

  it('is checked', () => {
    const reader = openPackageOf(text, { 'd.img': 'raw', 'p.mf': lines, 'extra.txt': 'x' });
    expect(reader.info.manifest).toBe('present');
    const control = new RecordingControl();
    const result = reader.verify(control);
    expect(result.state).toBe('valid');
    expect(result.entries.map(({ file, state }) => [file, state])).toEqual([
      ['p.ovf', 'valid'],
      ['d.img', 'valid'],
      ['extra.txt', 'unlisted'],
    ]);
    expect(control.phases.map(({ item: name }) => name)).toEqual(['p.ovf', 'd.img']);
  });

  it('does not fit a file that was changed', () => {
    const result = openPackageOf(text, { 'd.img': 'bad', 'p.mf': lines }).verify(new RecordingControl());
    expect(result.state).toBe('mismatch');
    expect(result.entries[1]).toMatchObject({ file: 'd.img', expected: sha('raw'), actual: sha('bad') });
  });

  it('does not hold when a file that is needed is missing', () => {
    const result = openPackageOf(text, { 'p.mf': lines }).verify(new RecordingControl());
    expect(result.state).toBe('mismatch');
    expect(result.entries[1]).toMatchObject({ file: 'd.img', state: 'missing' });
  });

  it('never leads out of the package', () => {
    const hostile = `${lines}SHA256(../../etc/passwd)= ${sha('x')}\nSHA256(/etc/passwd)= ${sha('x')}\n`;
    const result = openPackageOf(text, { 'd.img': 'raw', 'p.mf': hostile }).verify(new RecordingControl());
    expect(result.entries.slice(2).map(({ state }) => state)).toEqual(['missing', 'missing']);
  });

  it('is absent where there is none', () => {
    const reader = openPackageOf(text, { 'd.img': 'raw' });
    expect(reader.info.manifest).toBe('absent');
    expect(reader.verify(new RecordingControl())).toEqual({ state: 'absent', entries: [] });
  });

  it('may have another name in an archive, and Latin-1 in it', () => {
    const odd = Buffer.from(`SHA256(d\xefsk)= ${sha('x')}`, 'latin1');
    const reader = openPackageOf(text, { 'd.img': 'raw', 'other.MF': odd });
    expect(reader.info.files.find(({ role }) => role === 'manifest')?.name).toBe('other.MF');
    expect(reader.verify(new RecordingControl()).entries[0]).toMatchObject({
      file: 'dïsk',
      state: 'missing',
    });
  });

  it('shows a certificate that cannot be read', () => {
    const { info } = openPackageOf(text, { 'd.img': 'raw', 'p.mf': lines, 'p.cert': 'no certificate' });
    expect(info.certificate).toEqual({ file: 'p.cert', subject: null, issuer: null, validTo: null });
    expect(info.files.find(({ name }) => name === 'p.cert')?.role).toBe('certificate');
    expect(codes(info.warnings)).toEqual(['package.certificate']);
  });
});

describe('descriptors that are none', () => {
  it.each([
    ['another root', '<domain/>', /root is domain/],
    ['broken XML', '<Envelope>\n<a></Envelope>', /^line 2/],
    ['a DTD', '<!DOCTYPE Envelope><Envelope/>', /DTD/],
    ['nothing in it', '<Envelope/>', /describes nothing/],
    [
      'too many disks',
      minimal({ disks: '<Disk ovf:diskId="d" ovf:capacity="1"/>'.repeat(5000) }),
      /more than 4096 disks/,
    ],
    [
      'too many files',
      minimal({ files: '<File ovf:id="d" ovf:href="1"/>'.repeat(5000) }),
      /more than 4096 files/,
    ],
  ])('%s', (_, text, problem) => {
    const failure = failureOf(() => openPackageOf(text));
    expect(failure.code).toBe('package.malformed');
    expect((failure.details as { problem: string }).problem).toMatch(problem);
  });

  it('a descriptor without a system still shows its disks', () => {
    const text = `<Envelope><References><File id="f" href="d.img"/></References>
      <DiskSection><Disk diskId="d" fileRef="f" capacity="5"/></DiskSection></Envelope>`;
    const { info } = openPackageOf(text, { 'd.img': 'raw' });
    expect(info.systems).toMatchObject([{ name: 'disks', disks: [{ name: 'd.img', virtualSizeBytes: 5 }] }]);
    expect(codes(info.warnings)).toEqual(['package.no-system']);
  });

  it('flipped bytes end in a failure or an answer', () => {
    const original = Buffer.from(dialects.virtualBox2);
    for (let at = 0; at < original.length; at += 3) {
      const bytes = Buffer.from(original);
      bytes[at] = bytes[at]! ^ (1 << (at % 8));
      try {
        expect(openPackageOf(bytes, { 'box-disk001.vmdk': 'vmdk' }).info.format).toBe('ova');
      } catch (error) {
        expect(error).toMatchObject({ name: 'Failure' });
      }
    }
  });
});
