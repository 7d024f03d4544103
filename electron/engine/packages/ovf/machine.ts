/** Processors, memory, firmware and network adapters of a virtual system. */
import type { Warning } from '#shared/domain/image.ts';
import type { NetworkAdapter } from '#shared/domain/package.ts';
import { inEnglish } from '#shared/in-english.ts';
import { attribute, child, children, descendants, textOf, wholeNumber } from './descriptor-element.ts';
import { itemValue, resourceTypes, type HardwareItem } from './hardware-item.ts';
import { countsIn } from './configuration.ts';
import { bytesPerUnit, quantityInBytes } from './units.ts';
import type { XmlElement } from './xml.ts';

/** The number of virtual processors; oVirt may give sockets, cores and threads instead of a quantity. */
export function readVcpus(items: readonly HardwareItem[]): number | null {
  let total: number | null = null;
  for (const item of items) {
    if (item.resourceType !== resourceTypes.processor) continue;
    const quantity = wholeNumber(itemValue(item, 'virtualquantity')) || processorTopology(item);
    if (quantity !== null) total = (total ?? 0) + quantity;
  }
  return total;
}

function processorTopology(item: HardwareItem): number | null {
  const [sockets, cores, threads] = ['num_of_sockets', 'cpu_per_socket', 'threads_per_cpu'].map((name) =>
    wholeNumber(itemValue(item, name)),
  );
  if (!sockets || !cores) return null;
  return sockets * cores * (threads || 1);
}

const mebibyte = 2 ** 20;

/** The memory in bytes. Without units it is megabytes, by the custom of the products that leave them out. */
export function readMemory(items: readonly HardwareItem[], warn: (warning: Warning) => void): number | null {
  let total: number | null = null;
  for (const item of items) {
    if (item.resourceType !== resourceTypes.memory) continue;
    const quantity = itemValue(item, 'virtualquantity');
    if (quantity === null) continue;
    const unit = itemValue(item, 'virtualquantityunits', 'allocationunits');
    const unitBytes = unit === null ? mebibyte : bytesPerUnit(unit);
    const bytes = unitBytes === null ? null : quantityInBytes(quantity, unitBytes);
    if (bytes === null) {
      const message = inEnglish('The memory size “{quantity} {unit}” is not understood.', {
        quantity,
        unit: unit ?? 'MB',
      });
      warn({ code: 'package.unknown-quantity', message });
      continue;
    }
    total = (total ?? 0) + bytes;
  }
  return total;
}

/** The adapters, in their order. */
export function readAdapters(items: readonly HardwareItem[]): NetworkAdapter[] {
  const types: readonly (number | null)[] = [
    resourceTypes.ethernetAdapter,
    resourceTypes.otherNetworkAdapter,
  ];
  return items
    .filter(({ resourceType }) => types.includes(resourceType))
    .map((item, index) => ({
      name: itemValue(item, 'elementname', 'caption', 'name') ?? `Network adapter ${index + 1}`,
      model: itemValue(item, 'resourcesubtype'),
      network: itemValue(item, 'connection'),
      macAddress: macAddress(itemValue(item, 'macaddress', 'address')),
    }));
}

/** Six pairs of hexadecimal digits, however they are set apart; anything else in that place is not an address. */
function macAddress(text: string | null): string | null {
  const digits = text?.replace(/[:.-]/g, '') ?? '';
  if (!/^[0-9a-f]{12}$/i.test(digits)) return null;
  return digits.toLowerCase().match(/../g)!.join(':');
}

/** bios or efi, where VMware, VirtualBox, oVirt or XenServer say it. */
export function readFirmware(
  system: XmlElement,
  hardware: XmlElement | null,
  configuration: string | null,
): string | null {
  return (
    vmwareFirmware(hardware, configuration) ??
    virtualBoxFirmware(system) ??
    ovirtFirmware(system) ??
    xenFirmware(hardware)
  );
}

function vmwareFirmware(hardware: XmlElement | null, configuration: string | null): string | null {
  if (hardware === null) return null;
  const configs = [...children(hardware, 'Config'), ...children(hardware, 'ExtraConfig')];
  const firmware = configs.find(
    (config) => attribute(config, 'key') === 'firmware' && countsIn(config, configuration),
  );
  return firmware === undefined ? null : firmwareName(attribute(firmware, 'value'));
}

/** `<vbox:Machine>…<Hardware><Firmware type="EFI"/>` */
function virtualBoxFirmware(system: XmlElement): string | null {
  for (const firmware of descendants(system, 'Firmware')) {
    const name = firmwareName(attribute(firmware, 'type'));
    if (name !== null) return name;
  }
  return null;
}

/** BiosType: versions differ in what 0 and 2 mean, not in 1 (SeaBIOS) nor in 3 and 4 (OVMF). */
function ovirtFirmware(system: XmlElement): string | null {
  const type = textOf(child(system, 'BiosType'));
  if (type === '1') return 'bios';
  return type === '3' || type === '4' ? 'efi' : null;
}

/** `<VirtualSystemOtherConfigurationData Name="HVM_boot_params"><Value>order=dc;firmware=uefi;` */
function xenFirmware(hardware: XmlElement | null): string | null {
  if (hardware === null) return null;
  for (const data of children(hardware, 'VirtualSystemOtherConfigurationData')) {
    const value = textOf(child(data, 'Value')) ?? '';
    const name = firmwareName(/(?:^|;)\s*firmware\s*=\s*(\w+)/i.exec(value)?.[1] ?? null);
    if (attribute(data, 'Name') === 'HVM_boot_params' && name !== null) return name;
  }
  return null;
}

function firmwareName(text: string | null): string | null {
  if (text === null) return null;
  if (/^u?efi/i.test(text)) return 'efi';
  return /^bios$/i.test(text) ? 'bios' : null;
}
