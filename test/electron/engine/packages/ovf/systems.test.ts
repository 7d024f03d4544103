import { describe, expect, it } from 'vitest';
import { item, minimal } from '../../../../fixtures/packages/descriptors.ts';
import { openPackageOf } from '../../../../fixtures/packages/memory-container.ts';

const codes = (warnings: readonly { code: string }[]): string[] => warnings.map(({ code }) => code);

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
