/** The order and presence that DSP8023 1.1 (OVF Envelope schema) and the CIM schemas of RASD and VSSD demand. */
import { describe, expect, it } from 'vitest';
import { describeMachine, descriptorLimit, type DescribedFile } from '#engine/builders/descriptor-xml.ts';
import { machineFields, readMachine } from '#engine/builders/machine-fields.ts';
import { resolveOptions } from '#engine/operations/target.ts';
import { parseXml, type XmlElement } from '#engine/packages/ovf/xml.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import { openPackageOf } from '../../../fixtures/packages/memory-container.ts';

const machineOf = (given: OptionValues, diskCount: number) =>
  readMachine(resolveOptions(machineFields, given, 'x'), diskCount, 'machine');
const file = (index: number): DescribedFile => ({
  name: `d${index}.vmdk`,
  sizeBytes: 4,
  virtualSizeBytes: 1024 * index,
  dataBytes: 512,
  formatUri: 'http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized',
});
const everything = {
  name: 'A & B',
  product: 'P',
  vendor: 'V',
  version: '1',
  annotation: 'one\ntwo',
  eula: 'Be <kind>.',
  firmware: 'efi',
  nics: 2,
};

/** `?` none or one, `*` any number, nothing: exactly one. */
const content: Readonly<Record<string, readonly string[]>> = {
  Envelope: ['References', 'DiskSection?', 'NetworkSection?', 'VirtualSystem'],
  References: ['File*'],
  DiskSection: ['Info', 'Disk*'],
  NetworkSection: ['Info', 'Network*'],
  Network: ['Description?'],
  VirtualSystem: [
    'Info',
    'Name?',
    'OperatingSystemSection?',
    'VirtualHardwareSection?',
    'AnnotationSection?',
    'ProductSection?',
    'EulaSection?',
  ],
  OperatingSystemSection: ['Info', 'Description?', 'OSType?'],
  VirtualHardwareSection: ['Info', 'System?', 'Item*', 'Config*'],
  AnnotationSection: ['Info', 'Annotation'],
  ProductSection: ['Info', 'Product?', 'Vendor?', 'Version?'],
  EulaSection: ['Info', 'License'],
  System: ['ElementName', 'InstanceID', 'VirtualSystemIdentifier?', 'VirtualSystemType?'],
  Item: [
    'Address?',
    'AddressOnParent?',
    'AllocationUnits?',
    'AutomaticAllocation?',
    'Connection*',
    'Description?',
    'ElementName',
    'HostResource*',
    'InstanceID',
    'Parent?',
    'ResourceSubType?',
    'ResourceType?',
    'VirtualQuantity?',
  ],
};
const requiredAttributes: Readonly<Record<string, readonly string[]>> = {
  File: ['href', 'id'],
  Disk: ['capacity', 'diskId'],
  Network: ['name'],
  VirtualSystem: ['id'],
  OperatingSystemSection: ['id'],
};

function requireValid(node: XmlElement): void {
  const model = content[node.name];
  const names = node.children.map(({ name }) => name);
  if (model !== undefined) {
    const places = new Map(model.map((word, index) => [word.replace(/[?*]$/, ''), index]));
    expect(
      names.filter((name) => !places.has(name)),
      node.name,
    ).toEqual([]);
    expect(names, node.name).toEqual([...names].sort((a, b) => places.get(a)! - places.get(b)!));
    for (const word of model) {
      const count = names.filter((name) => name === word.replace(/[?*]$/, '')).length;
      if (!word.endsWith('*')) expect(count, `${node.name}/${word}`).toBeLessThanOrEqual(1);
      if (!/[?*]$/.test(word)) expect(count, `${node.name}/${word}`).toBe(1);
    }
  } else expect(names, node.name).toEqual([]);
  const qualified = node.attributes.filter(
    ({ namespace }) => namespace === 'http://schemas.dmtf.org/ovf/envelope/1',
  );
  expect(qualified.map(({ name }) => name)).toEqual(
    expect.arrayContaining([...(requiredAttributes[node.name] ?? [])]),
  );
  for (const child of node.children) requireValid(child);
}

describe('a descriptor', () => {
  it.each<[string, OptionValues, number]>([
    ['of everything', everything, 3],
    ['of little', { nics: 0 }, 1],
    ['with IDE disks', { diskController: 'ide' }, 4],
    ['with many disks', {}, 15],
  ])('%s has the elements and attributes that the schema wants, in its order', (_, fields, diskCount) => {
    const files = Array.from({ length: diskCount }, (__, index) => file(index + 1));
    const text = describeMachine(machineOf(fields, diskCount), files);
    const root = parseXml(text, 'p.ovf');
    expect([root.name, root.namespace]).toEqual(['Envelope', 'http://schemas.dmtf.org/ovf/envelope/1']);
    requireValid(root);
    expect(text).not.toMatch(/undefined|null|NaN/);
  });

  it('is read as what was typed', () => {
    const text = describeMachine(
      machineOf({ ...everything, osType: 'windows2019', nicModel: 'vmxnet3' }, 2),
      [file(1), file(2)],
    );
    const { info } = openPackageOf(text, { 'd1.vmdk': 'vmdk', 'd2.vmdk': 'vmdk' });
    expect(info.warnings).toEqual([]);
    expect(info.systems).toMatchObject([
      {
        name: 'A & B',
        os: 'Windows Server 2019',
        vcpus: 2,
        memoryBytes: 2 ** 31,
        firmware: 'efi',
        product: 'P',
        vendor: 'V',
        version: '1',
        annotation: 'one\ntwo',
        nics: [{ model: 'VmxNet3', network: 'VM Network' }, { model: 'VmxNet3' }],
        disks: [
          { file: 'd1.vmdk', virtualSizeBytes: 1024, controller: 'SCSI 0:0 (lsilogic)' },
          { file: 'd2.vmdk', virtualSizeBytes: 2048, controller: 'SCSI 0:1 (lsilogic)' },
        ],
      },
    ]);
    expect(info.licenses).toEqual([{ title: 'A licence', text: 'Be <kind>.' }]);
  });

  it('attaches disks where there is room: two on each IDE channel, none on a SCSI controller’s own unit', () => {
    const controllers = (given: OptionValues, count: number): (string | null)[] => {
      const files = Array.from({ length: count }, (_, index) => file(index + 1));
      const content = Object.fromEntries(files.map(({ name }) => [name, 'vmdk']));
      const { info } = openPackageOf(describeMachine(machineOf(given, count), files), content);
      return info.systems[0]!.disks.map(({ controller }) => controller);
    };
    expect(controllers({ diskController: 'ide' }, 3)).toEqual([
      'IDE 0:0 (PIIX4)',
      'IDE 0:1 (PIIX4)',
      'IDE 1:0 (PIIX4)',
    ]);
    expect(controllers({ diskController: 'pvscsi' }, 9).slice(6)).toEqual([
      'SCSI 0:6 (VirtualSCSI)',
      'SCSI 0:8 (VirtualSCSI)',
      'SCSI 0:9 (VirtualSCSI)',
    ]);
    expect(controllers({ diskController: 'sata' }, 1)).toEqual(['SATA 0:0 (vmware.sata.ahci)']);
  });

  it('never gets longer than was said', () => {
    const machine = machineOf(everything, 1);
    const huge = Number.MAX_SAFE_INTEGER;
    const limit = descriptorLimit(machine, [file(1)]);
    const longest = describeMachine(machine, [
      { ...file(1), sizeBytes: huge, virtualSizeBytes: huge, dataBytes: huge },
    ]);
    expect(Buffer.byteLength(longest)).toBe(limit);
    expect(Buffer.byteLength(describeMachine(machine, [file(1)]))).toBeLessThan(limit);
  });
});
