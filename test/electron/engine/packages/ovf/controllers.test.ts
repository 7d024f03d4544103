import { describe, expect, it } from 'vitest';
import { Controllers } from '#engine/packages/ovf/controllers.ts';
import type { HardwareItem } from '#engine/packages/ovf/hardware-item.ts';

const item = (
  resourceType: number,
  instanceId: string,
  values: Record<string, string> = {},
): HardwareItem => ({
  resourceType,
  instanceId,
  values: new Map(Object.entries(values)),
  hostResources: [],
});
const disk = (parent: string, addressonparent?: string, type = 17): HardwareItem =>
  item(type, 'd', { parent, ...(addressonparent === undefined ? {} : { addressonparent }) });

describe('Controllers', () => {
  const controllers = new Controllers([
    item(5, '1', { address: '0' }),
    item(5, '2', { address: '1', resourcesubtype: 'PIIX4' }),
    item(6, '3', { resourcesubtype: 'lsilogic' }),
    item(6, '4', { address: '0:0:16.0', resourcesubtype: 'VirtualSCSI' }),
    item(20, '5', { resourcesubtype: 'vmware.sata.ahci' }),
    item(20, '6', { resourcesubtype: 'vmware.nvme.controller', busnumber: '3' }),
    item(20, '7', { caption: 'virtio-scsi controller' }),
    item(20, '8', { description: 'VirtIO block' }),
    item(20, '9', {}),
    item(8, '10', {}),
    item(7, '11', {}),
    item(5, '3', {}),
    item(24, '12', {}),
  ]);
  it.each([
    ['1', '0', 'IDE 0:0'],
    ['2', '1', 'IDE 1:1 (PIIX4)'],
    ['3', '1', 'SCSI 0:1 (lsilogic)'],
    ['4', '15', 'SCSI 1:15 (VirtualSCSI)'],
    ['5', '0', 'SATA 0:0 (vmware.sata.ahci)'],
    ['6', '0', 'NVMe 3:0 (vmware.nvme.controller)'],
    ['7', '0', 'virtio-SCSI 0:0'],
    ['8', '0', 'virtio 0:0'],
    ['9', '0', 'Storage 0:0'],
    ['10', '0', 'iSCSI 0:0'],
    ['11', '0', 'Fibre Channel 0:0'],
    ['12', '0', null],
    ['99', '0', null],
  ])('a disk at %s:%s is at %s', (parent, unit, expected) => {
    expect(controllers.describe(disk(parent, unit))).toBe(expected);
  });

  it('does without a unit, and says what is no hard disk', () => {
    expect(controllers.describe(disk('3'))).toBe('SCSI 0 (lsilogic)');
    expect(controllers.describe(disk('2', '0', 15))).toBe('CD/DVD on IDE 1:0 (PIIX4)');
    expect(controllers.describe(disk('2', '0', 14))).toBe('Floppy on IDE 1:0 (PIIX4)');
    expect(controllers.describe(item(17, 'x'))).toBeNull();
  });
});
