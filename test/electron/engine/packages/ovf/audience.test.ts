import { describe, expect, it } from 'vitest';
import { audienceNotes, type PackageTraits } from '#engine/packages/ovf/audience.ts';
import { parseXml } from '#engine/packages/ovf/xml.ts';
import type { PackageDisk, PackageSystem } from '#shared/domain/package.ts';
import { item, minimal, vmware } from '../../../../fixtures/packages/descriptors.ts';
import { openPackageOf } from '../../../../fixtures/packages/memory-container.ts';
import { inWords } from '#shared/text/in-words.ts';

const disk = (format: string, name = `d.${format}`): PackageDisk => ({
  name,
  file: name,
  format,
  virtualSizeBytes: 1,
  sizeInPackageBytes: 1,
  compression: null,
  parent: null,
  controller: null,
});
const system = (disks: readonly PackageDisk[], firmware: string | null = null): PackageSystem => ({
  name: 'vm',
  os: null,
  vcpus: null,
  memoryBytes: null,
  firmware,
  product: null,
  vendor: null,
  version: null,
  productUrl: null,
  annotation: null,
  nics: [],
  disks,
});

function notes(parts: Parameters<typeof minimal>[0], traits: Partial<PackageTraits> = {}): string[] {
  const all = { systems: [system([])], compressions: [], digests: [], ...traits };
  return audienceNotes(parseXml(minimal(parts), 'p.ovf'), all).map(({ code, message }) => {
    expect(code).toBe('package.ignored');
    return inWords(message);
  });
}

const systemType = (type: string): string =>
  `<VirtualHardwareSection><Info/><System><VirtualSystemType>${type}</VirtualSystemType></System></VirtualHardwareSection>`;

describe('what is ignored or refused', () => {
  it.each<[string, Parameters<typeof minimal>[0], Partial<PackageTraits>, readonly RegExp[]]>([
    ['nothing, where nothing is special', {}, {}, []],
    ['a VMDK', {}, { systems: [system([disk('vmdk')])] }, [/^OpenStack ignores everything but the disks/]],
    [
      'a qcow2',
      {},
      { systems: [system([disk('qcow2'), disk('vhd')])] },
      [
        /^VMware refuses d\.qcow2 \(qcow2\), d\.vhd \(vhd\): it takes VMDK/,
        /^VirtualBox refuses d\.qcow2 \(qcow2\): /,
        /^OpenStack ignores everything but/,
        /^OpenStack makes one image of each disk/,
      ],
    ],
    ['gzip', {}, { compressions: [null, 'gzip'] }, [/^VMware's host client does not undo gzip/]],
    ['SHA-256', {}, { digests: ['sha256'] }, [/^VMware ESXi before 6\.5/]],
    ['SHA-1', {}, { digests: ['sha1'] }, []],
    [
      'a foreign family',
      { after: systemType('virtualbox-2.2') },
      {},
      [/^VMware refuses the hardware family virtualbox-2\.2/],
    ],
    ['families of both', { after: systemType('vmx-07 virtualbox-2.2') }, {}, []],
    ["VirtualBox' section", { after: '<Machine/>' }, {}, [/^VMware ignores VirtualBox's own section/]],
    [
      'a property',
      { after: '<ProductSection><Info/><Property ovf:key="ip"/></ProductSection>' },
      {},
      [
        /^VMware ESXi without vCenter/,
        /^VirtualBox ignores the properties/,
        /^OpenStack ignores the properties \(ip\)/,
      ],
    ],
    [
      'deployment options',
      { more: '<DeploymentOptionSection><Info/></DeploymentOptionSection>' },
      {},
      [/^VMware ESXi without vCenter/, /^VirtualBox ignores the DeploymentOptionSection/],
    ],
    [
      'a start order',
      { more: '<StartupSection><Info/></StartupSection>' },
      {},
      [/^VirtualBox ignores the StartupSection/],
    ],
    [
      'an installation',
      { after: '<InstallSection><Info/></InstallSection>' },
      {},
      [/^VirtualBox ignores the InstallSection/],
    ],
    [
      "VMware's settings",
      { items: [1, 2, 3, 4, 5].map((n) => `<vmw:ExtraConfig vmw:key="k${n}" vmw:value=""/>`).join('') },
      {},
      [/^VirtualBox ignores VMware's settings \(k1, k2, k3, k4 and 1 more\)/],
    ],
    [
      'EFI',
      { items: '<vmw:Config vmw:key="firmware" vmw:value="efi"/>' },
      { systems: [system([], 'efi')] },
      [
        /^VirtualBox does not read the firmware/,
        /^OpenStack has to be told the firmware: .*hw_firmware_type=uefi/,
      ],
    ],
    [
      'several machines',
      {},
      { systems: [system([]), system([])] },
      [/^VirtualBox imports the 2 machines one by one/],
    ],
    [
      'a collection',
      { more: '<VirtualSystemCollection/>' },
      {},
      [/^VMware takes a package of several machines as a vApp/],
    ],
    [
      'shares',
      { more: '<ResourceAllocationSection/>' },
      {},
      [/^VirtualBox ignores the ResourceAllocationSection/],
    ],
    ['translations', { more: '<Strings/>' }, {}, [/^VirtualBox ignores the translations/]],
  ])('%s', (_, parts, traits, expected) => {
    const found = notes(parts, traits);
    expect(found).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(found[index]).toMatch(pattern);
  });

  it('is told beside the warnings of a package', () => {
    const { info } = openPackageOf(vmware, {
      'photo-disk1.vmdk': 'vmdk'.padEnd(1024),
      'photo-disk2.vmdk': 'vmdk',
      'photo.nvram': 'abc',
    });
    expect(info.warnings).toEqual([]);
    expect(info.notes!.map(({ message }) => inWords(message).split(' ', 1)[0])).toEqual([
      'VMware',
      'VirtualBox',
      'VirtualBox',
      'VirtualBox',
      'VirtualBox',
      'OpenStack',
      'OpenStack',
      'OpenStack',
      'OpenStack',
    ]);
    const compressed = openPackageOf(
      minimal({
        files: '<File ovf:id="f" ovf:href="d.vmdk" ovf:compression="gzip"/>',
        items: item({ InstanceID: 1, ResourceType: 3 }),
      }),
      { 'd.vmdk': 'x', 'p.mf': `SHA512(p.ovf)= ${'0'.repeat(128)}\n` },
    );
    expect(compressed.info.notes!.map(({ message }) => message)).toEqual([
      expect.stringMatching(/gzip/),
      expect.stringMatching(/SHA-1/),
    ]);
  });
});
