import { describe, expect, it } from 'vitest';
import type { Message } from '#shared/in-english.ts';
import { inWords } from '#shared/text/in-words.ts';
import * as dialects from '../../../../fixtures/packages/descriptors.ts';
import { openPackageOf } from '../../../../fixtures/packages/memory-container.ts';
import { failureOf, readAll } from '../../../../fixtures/packages/recording.ts';

const { minimal } = dialects;
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
            parent: null,
            controller: 'SCSI 0:0 (lsilogic)',
          },
          {
            name: 'photo-disk2.vmdk',
            file: 'photo-disk2.vmdk',
            format: 'vmdk',
            virtualSizeBytes: 2 ** 31,
            sizeInPackageBytes: 4,
            compression: null,
            parent: null,
            controller: 'SCSI 0:1 (lsilogic)',
          },
          {
            name: 'scratch',
            file: null,
            format: null,
            virtualSizeBytes: 2 ** 30,
            sizeInPackageBytes: null,
            compression: null,
            parent: null,
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
        parent: null,
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
    expect(inWords((failure.details as { problem: Message }).problem)).toMatch(problem);
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
