/** Where disks are attached: controllers and addresses, as "SCSI 0:1 (lsilogic)". */
import { itemValue, resourceTypes, type HardwareItem } from './hardware-item.ts';

interface Controller {
  readonly family: string;
  readonly bus: string;
  readonly subtype: string | null;
}

/** Finds the controllers among the items of a system and says where an item is attached. */
export class Controllers {
  readonly #byInstance = new Map<string, Controller>();

  constructor(items: readonly HardwareItem[]) {
    const counts = new Map<string, number>();
    for (const item of items) {
      const family = familyOf(item);
      if (family === null || item.instanceId === null) continue;
      const count = counts.get(family) ?? 0;
      counts.set(family, count + 1);
      // Written twice, the first one is what the parents meant: numbers were given in order.
      if (this.#byInstance.has(item.instanceId)) continue;
      const bus = itemValue(item, 'busnumber', 'address');
      this.#byInstance.set(item.instanceId, {
        family,
        bus: bus !== null && /^\d{1,4}$/.test(bus) ? bus : String(count),
        subtype: itemValue(item, 'resourcesubtype'),
      });
    }
  }

  /** "SCSI 0:1 (lsilogic)", with what it is in front when it is no hard disk; null when it is attached to nothing. */
  describe(item: HardwareItem): string | null {
    const controller = this.#byInstance.get(itemValue(item, 'parent') ?? '');
    if (controller === undefined) return null;
    const { family, bus, subtype } = controller;
    const unit = itemValue(item, 'addressonparent');
    const address = `${family} ${bus}${unit === null ? '' : `:${unit}`}${subtype === null ? '' : ` (${subtype})`}`;
    const medium = mediumOf(item);
    return medium === null ? address : `${medium} on ${address}`;
  }
}

function familyOf(item: HardwareItem): string | null {
  switch (item.resourceType) {
    case resourceTypes.ideController:
      return 'IDE';
    case resourceTypes.scsiController:
      return 'SCSI';
    case resourceTypes.fibreChannelController:
      return 'Fibre Channel';
    case resourceTypes.iscsiController:
      return 'iSCSI';
    case resourceTypes.otherStorageController:
      return otherFamily(item);
    default:
      return null;
  }
}

/** SATA, NVMe and virtio share "other storage device", and only names tell them apart. */
function otherFamily(item: HardwareItem): string {
  const names = ['resourcesubtype', 'otherresourcetype', 'caption', 'elementname', 'description'];
  for (const name of names) {
    const text = itemValue(item, name) ?? '';
    if (/nvme/i.test(text)) return 'NVMe';
    if (/virtio/i.test(text)) return /scsi/i.test(text) ? 'virtio-SCSI' : 'virtio';
    if (/sata|ahci/i.test(text)) return 'SATA';
  }
  return 'Storage';
}

function mediumOf(item: HardwareItem): string | null {
  if (item.resourceType === resourceTypes.floppyDrive) return 'Floppy';
  const optical: readonly (number | null)[] = [resourceTypes.cdDrive, resourceTypes.dvdDrive];
  return optical.includes(item.resourceType) ? 'CD/DVD' : null;
}
