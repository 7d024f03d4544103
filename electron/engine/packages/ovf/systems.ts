/** The virtual systems of a package, however deep their collections nest (DSP0243 2.1, section 7.2). */
import type { Warning } from '#shared/domain/image.ts';
import type { PackageDisk, PackageSystem } from '#shared/domain/package.ts';
import { inEnglish } from '#shared/in-english.ts';
import { Controllers } from './controllers.ts';
import { attribute, children, kindOf } from './descriptor-element.ts';
import type { DiskDescriber, DiskElement, DiskElements } from './disks.ts';
import { readItems, resourceTypes, type HardwareItem } from './hardware-item.ts';
import { readAdapters, readFirmware, readMemory, readVcpus } from './machine.ts';
import { readOperatingSystem } from './operating-systems.ts';
import { readAnnotation, readProduct, type Product } from './product.ts';
import { localisedChild, type Localise } from './strings.ts';
import type { XmlElement } from './xml.ts';

/** What reading a system needs of the rest of the descriptor. */
export interface SystemContext {
  readonly localise: Localise;
  readonly configuration: string | null;
  readonly disks: DiskElements;
  readonly describer: DiskDescriber;
  readonly warn: (warning: Warning) => void;
  /** The disk that stands for a file which an item uses directly; null when there is no such file. */
  readonly diskOfFile: (fileId: string) => DiskElement | null;
}

interface Inherited {
  readonly product: Product | null;
  readonly annotation: string | null;
}

/** Reads all systems, and shows disks that none of them uses with the first. */
export function readSystems(envelope: XmlElement, context: SystemContext): PackageSystem[] {
  const used = new Set<DiskElement>();
  const systems = [...readContents(envelope, { product: null, annotation: null }, context, used)];
  const unused = context.disks.all.filter((disk) => !used.has(disk));
  if (unused.length === 0) return systems;
  const disks = unused.map((disk): PackageDisk => ({
    ...context.describer.describe(disk),
    controller: disk.diskInterface,
  }));
  const [first, ...others] = systems;
  if (first !== undefined) return [{ ...first, disks: [...first.disks, ...disks] }, ...others];
  context.warn({
    code: 'package.no-system',
    message: inEnglish('The descriptor describes disks, but no virtual system.'),
  });
  return [{ ...nothing, name: attribute(envelope, 'id') ?? 'disks', disks }];
}

const nothing: Omit<PackageSystem, 'name' | 'disks'> = {
  os: null,
  vcpus: null,
  memoryBytes: null,
  firmware: null,
  product: null,
  vendor: null,
  version: null,
  productUrl: null,
  annotation: null,
  nics: [],
};

function* readContents(
  parent: XmlElement,
  inherited: Inherited,
  context: SystemContext,
  used: Set<DiskElement>,
): Iterable<PackageSystem> {
  const own: Inherited = {
    product: readProduct(parent, context.localise) ?? inherited.product,
    annotation: readAnnotation(parent, context.localise) ?? inherited.annotation,
  };
  for (const element of parent.children) {
    const kind = kindOf(element);
    if (kind === 'VirtualSystem') yield readSystem(element, own, context, used);
    else if (kind === 'VirtualSystemCollection') yield* readContents(element, own, context, used);
  }
}

function readSystem(
  system: XmlElement,
  inherited: Inherited,
  context: SystemContext,
  used: Set<DiskElement>,
): PackageSystem {
  const { localise, configuration } = context;
  const name = localisedChild(system, 'Name', localise) ?? attribute(system, 'id') ?? 'system';
  const sections = children(system, 'VirtualHardwareSection');
  if (sections.length > 1) {
    const message = inEnglish('{name} has {count} kinds of hardware to choose from; the first is shown.', {
      name,
      count: sections.length,
    });
    context.warn({ code: 'package.several-hardware', message });
  }
  const hardware = sections[0] ?? null;
  const items = hardware === null ? [] : readItems(hardware, configuration, context.warn);
  return {
    name,
    os: readOperatingSystem(system, localise),
    vcpus: readVcpus(items),
    memoryBytes: readMemory(items, context.warn),
    firmware: readFirmware(system, hardware, configuration),
    ...(readProduct(system, localise) ?? inherited.product ?? noProduct),
    annotation: readAnnotation(system, localise) ?? inherited.annotation,
    nics: readAdapters(items),
    disks: readAttachedDisks(items, context, used),
  };
}

const noProduct: Product = { product: null, vendor: null, version: null, productUrl: null };

function readAttachedDisks(
  items: readonly HardwareItem[],
  context: SystemContext,
  used: Set<DiskElement>,
): PackageDisk[] {
  const controllers = new Controllers(items);
  const disks: PackageDisk[] = [];
  const here = new Set<DiskElement>();
  for (const item of items) {
    for (const resource of item.hostResources) {
      const disk = findDisk(item, resource, context);
      if (disk === null || here.has(disk)) continue;
      here.add(disk);
      used.add(disk);
      const controller = controllers.describe(item) ?? disk.diskInterface;
      disks.push({ ...context.describer.describe(disk), controller });
    }
  }
  return disks;
}

const hardDisks: readonly (number | null)[] = [
  resourceTypes.diskDrive,
  resourceTypes.storageExtent,
  resourceTypes.logicalDisk,
  resourceTypes.storageVolume,
];

/** What a HostResource stands for: `ovf:/disk/id`, with the scheme and slashes that the dialects give it (section 8.3). */
function findDisk(item: HardwareItem, resource: string, context: SystemContext): DiskElement | null {
  const [, kind, id] = /^(?:ovf:)?\/*(disk|file)\/+(.+)$/i.exec(resource) ?? [null, null, resource];
  const isHardDisk = hardDisks.includes(item.resourceType);
  // An image in a drive is a file like any other; only a hard disk is one to extract.
  if (kind?.toLowerCase() === 'file' && !isHardDisk) return null;
  const disk =
    kind?.toLowerCase() === 'file'
      ? (context.disks.inFile(id!) ?? context.diskOfFile(id!))
      : context.disks.find(id!);
  // Without a kind it may be a path of the host (oVirt), or what else a device connects to.
  if (disk === null && (kind !== null || isHardDisk)) {
    const message = inEnglish('The hardware uses “{resource}”, which the descriptor does not describe.', {
      resource,
    });
    context.warn({ code: 'package.dangling-reference', message });
  }
  return disk;
}
