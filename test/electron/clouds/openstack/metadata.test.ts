// OpenStack's properties, proposed from what a package and a disk say.
import { describe, expect, it } from 'vitest';
import type { MachineFacts, PreflightFacts } from '#shared/domain/preflight.ts';
import { joinMetadata, metadataProblem, withLive } from '../../../../electron/clouds/metadata.ts';
import { fields, propose } from '../../../../electron/clouds/openstack/metadata.ts';
import { fieldsOfNamespace } from '../../../../electron/clouds/openstack/metadefs.ts';
import { factsWith, machine, packageWith, type Changes } from '../facts.ts';

const proposed = (facts: PreflightFacts): Record<string, string> =>
  Object.fromEntries(propose(facts).map(({ name, value }) => [name, value]));
const ofMachine = (changes: Partial<MachineFacts>): Record<string, string> =>
  proposed({ ...packageWith('ova', { layout: null }), machine: { ...machine, ...changes } });

describe('proposals', () => {
  it.each<[string | null, object]>([
    ['SCSI 0:0 (lsilogic)', { hw_disk_bus: 'scsi', hw_scsi_model: 'lsilogic' }],
    ['SCSI 0:0 (lsilogicsas)', { hw_disk_bus: 'scsi', hw_scsi_model: 'lsisas1068' }],
    ['SCSI 0:1 (VirtualSCSI)', { hw_disk_bus: 'scsi', hw_scsi_model: 'vmpvscsi' }],
    ['SCSI 0:0 (buslogic)', { hw_disk_bus: 'scsi', hw_scsi_model: 'buslogic' }],
    ['virtio-SCSI 0:0 (VirtioSCSI)', { hw_disk_bus: 'scsi', hw_scsi_model: 'virtio-scsi' }],
    ['virtio 0:0', { hw_disk_bus: 'virtio' }],
    ['SATA 0:0 (AHCI)', { hw_disk_bus: 'sata' }],
    ['IDE 1:0', { hw_disk_bus: 'ide' }],
    [null, {}],
  ])('take the controller %s', (controller, expected) => {
    const found = ofMachine({ controller });
    expect({ bus: found['hw_disk_bus'], model: found['hw_scsi_model'] }).toEqual({
      bus: (expected as Record<string, string>)['hw_disk_bus'],
      model: (expected as Record<string, string>)['hw_scsi_model'],
    });
  });

  it.each([
    ['VmxNet3', 'vmxnet3'],
    ['E1000', 'e1000'],
    ['E1000e', 'e1000e'],
    ['PCNet32', 'pcnet'],
    ['virtio', 'virtio'],
    ['something else', undefined],
  ])('take the network adapter %s', (nicModel, expected) => {
    expect(ofMachine({ nicModel })['hw_vif_model']).toBe(expected);
  });

  it.each<[Partial<MachineFacts>, string | undefined]>([
    [{ firmware: 'efi' }, 'uefi'],
    [{ firmware: 'bios' }, 'bios'],
    [{ firmware: null }, undefined],
  ])('take the firmware of the package %o', (changes, expected) => {
    expect(ofMachine(changes)['hw_firmware_type']).toBe(expected);
  });

  it.each<[Changes, object]>([
    [
      { layout: { boot: { bios: false, uefi: true, efiSystemPartition: true } } },
      {
        hw_firmware_type: 'uefi',
        os_type: 'linux',
        os_distro: 'debian',
        os_version: '12',
        architecture: 'x86_64',
      },
    ],
    [
      { layout: { distribution: { id: 'opensuse-leap', version: '15.6' } } },
      { os_distro: 'opensuse', os_version: '15.6' },
    ],
    [{ layout: { architectures: ['i386'], distribution: null } }, { architecture: 'i686' }],
    [{ layout: { system: 'windows', distribution: null } }, { os_type: 'windows' }],
  ])('take what is on the disk %o', (changes, expected) => {
    expect(proposed(factsWith(changes))).toMatchObject(expected);
  });

  it('say nothing where it could be either, and only what a field takes', () => {
    expect(proposed(factsWith())['hw_firmware_type']).toBeUndefined();
    for (const facts of [factsWith(), packageWith('ova', {})]) {
      for (const { name, value } of propose(facts)) {
        expect(metadataProblem({ fields, ownNames: null, ownValues: false }, name, value)).toBeNull();
      }
    }
  });
});

describe('metadata', () => {
  const cloud = { fields, ownNames: /^(?!os_glance)[a-z_]+$/, ownValues: false };
  const proposals = [{ name: 'os_type', value: 'linux', reason: '' }];
  it('is what is proposed, with what was said in its place, and without what is left out', () => {
    expect(joinMetadata(cloud, proposals, { team: 'blue' })).toEqual({ os_type: 'linux', team: 'blue' });
    expect(joinMetadata(cloud, proposals, { os_type: 'windows' })).toEqual({ os_type: 'windows' });
    expect(joinMetadata(cloud, proposals, { os_type: '' })).toEqual({});
  });
  it('may have a value that is not known where the cloud keeps any, in one line', () => {
    const open = { ...cloud, ownValues: true };
    expect(joinMetadata(open, proposals, { os_type: 'beos' })).toEqual({ os_type: 'beos' });
    expect(() => joinMetadata(open, proposals, { os_type: 'be\nos' })).toThrow(/one of/);
  });
  it.each([
    [{ os_type: 'beos' }, /one of linux, windows/],
    [{ kernel_id: '12' }, /does not take/],
    [{ os_glance_x: '1' }, /no metadata/],
    [{ os_glance_x: '' }, /no metadata/],
  ])('refuses %o', (given, words) => {
    expect(() => joinMetadata(cloud, proposals, given)).toThrow(words);
  });
});

describe("a cloud's own definitions", () => {
  const answer = {
    namespace: 'OS::Compute::LibvirtImage',
    properties: {
      hw_disk_bus: { title: 'Disk Bus', description: 'theirs', type: 'string', enum: ['scsi', 'virtio'] },
      hw_boot_count: { title: 'Count', description: 'x', type: 'integer', minimum: 1, maximum: 9 },
      hw_flag: { title: 'Flag', type: 'boolean' },
      hw_text: { type: 'string' },
      hw_list: { type: 'array' },
      hw_bad: null,
    },
  };
  it('become fields, whatever else they hold', () => {
    expect(fieldsOfNamespace(answer).map(({ name, type }) => [name, type])).toEqual([
      ['hw_disk_bus', 'choice'],
      ['hw_boot_count', 'integer'],
      ['hw_flag', 'choice'],
      ['hw_text', 'text'],
    ]);
    for (const nothing of [null, 7, [], {}, { properties: 'x' }])
      expect(fieldsOfNamespace(nothing)).toEqual([]);
  });
  it('add to what can be chosen; the words stay ours', () => {
    const joined = withLive(fields, fieldsOfNamespace(answer));
    const bus = joined.find(({ name }) => name === 'hw_disk_bus')!;
    expect(bus).toMatchObject({
      title: 'Disk bus',
      choices: ['scsi', 'virtio', 'sata', 'ide', 'usb', 'fdc'],
    });
    expect(joined.slice(fields.length).map(({ name }) => name)).toEqual([
      'hw_boot_count',
      'hw_flag',
      'hw_text',
    ]);
  });
});
