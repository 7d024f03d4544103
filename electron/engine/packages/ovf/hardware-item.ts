/** Items of a VirtualHardwareSection: CIM_ResourceAllocationSettingData and its two storage and Ethernet kin (DSP0243 2.1, section 8). */
import type { Warning } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';
import { attribute, textOf, wholeNumber } from './descriptor-element.ts';
import { countsIn } from './configuration.ts';
import type { XmlElement } from './xml.ts';

/** CIM_ResourceAllocationSettingData.ResourceType, as far as it is looked at. */
export const resourceTypes = {
  processor: 3,
  memory: 4,
  ideController: 5,
  scsiController: 6,
  fibreChannelController: 7,
  iscsiController: 8,
  ethernetAdapter: 10,
  otherNetworkAdapter: 11,
  floppyDrive: 14,
  cdDrive: 15,
  dvdDrive: 16,
  diskDrive: 17,
  storageExtent: 19,
  otherStorageController: 20,
  logicalDisk: 31,
  storageVolume: 32,
} as const;

export interface HardwareItem {
  readonly instanceId: string | null;
  readonly resourceType: number | null;
  /** The texts of its other elements by their local names in lower case (dialects differ in InstanceID and InstanceId). */
  readonly values: ReadonlyMap<string, string>;
  readonly hostResources: readonly string[];
}

interface RawItem extends HardwareItem {
  readonly bound: string;
  /** Written to be combined with others of its InstanceID: for some configurations, or as a bound. */
  readonly partial: boolean;
}

const itemKinds: ReadonlySet<string> = new Set(['Item', 'StorageItem', 'EthernetPortItem']);

/**
 * The items that count in `configuration`, combined where several stand for one device (section 9.8: later elements
 * replace like-named earlier ones). Items that share an InstanceID by mistake stay apart, with a warning.
 */
export function readItems(
  section: XmlElement,
  configuration: string | null,
  warn: (warning: Warning) => void,
): HardwareItem[] {
  const raw = section.children
    .filter((element) => itemKinds.has(element.name) && countsIn(element, configuration))
    .map(readItem);
  const items: RawItem[] = [];
  const places = new Map<string, number>();
  for (const item of withoutBounds(raw)) {
    const place = item.instanceId === null ? undefined : places.get(item.instanceId);
    const earlier = place === undefined ? undefined : items[place];
    if (earlier !== undefined && place !== undefined && belongTogether(earlier, item)) {
      items[place] = combine(earlier, item);
      continue;
    }
    if (earlier !== undefined) {
      warn({
        code: 'package.duplicate-instance',
        message: inEnglish('Two devices have the InstanceID {instanceId}; they are taken for two.', {
          instanceId: item.instanceId ?? '',
        }),
      });
    } else if (item.instanceId !== null) {
      places.set(item.instanceId, items.length);
    }
    items.push(item);
  }
  return items;
}

/** A value of an item by its local name in lower case. */
export function itemValue(item: HardwareItem, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = item.values.get(name);
    if (value !== undefined && value !== '') return value;
  }
  return null;
}

function readItem(element: XmlElement): RawItem {
  const values = new Map<string, string>();
  const hostResources: string[] = [];
  for (const child of element.children) {
    const text = textOf(child);
    if (text === null) continue;
    const name = child.name.toLowerCase();
    if (name === 'hostresource') hostResources.push(text);
    else if (!values.has(name)) values.set(name, text);
  }
  const bound = (attribute(element, 'bound') ?? 'normal').toLowerCase();
  return {
    instanceId: values.get('instanceid') ?? null,
    resourceType: wholeNumber(values.get('resourcetype') ?? null),
    values,
    hostResources,
    bound,
    partial: attribute(element, 'configuration') !== null || attribute(element, 'bound') !== null,
  };
}

/** Section 8.4: minima and maxima are for who deploys; they only stand in where there is nothing else. */
function withoutBounds(items: readonly RawItem[]): RawItem[] {
  const normal = new Set(items.filter(({ bound }) => bound === 'normal').map(({ instanceId }) => instanceId));
  return items.filter(({ bound, instanceId }) => bound === 'normal' || !normal.has(instanceId));
}

function belongTogether(earlier: RawItem, later: RawItem): boolean {
  if (earlier.resourceType !== later.resourceType) return false;
  const countable: readonly (number | null)[] = [resourceTypes.processor, resourceTypes.memory];
  return earlier.partial || later.partial || countable.includes(later.resourceType);
}

function combine(earlier: RawItem, later: RawItem): RawItem {
  return {
    ...later,
    values: new Map([...earlier.values, ...later.values]),
    hostResources: later.hostResources.length > 0 ? later.hostResources : earlier.hostResources,
    partial: earlier.partial || later.partial,
  };
}
