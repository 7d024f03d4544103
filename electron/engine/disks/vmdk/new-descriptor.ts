/** The descriptor of a VMDK that we write ("The Descriptor File"), as VMware, VirtualBox and qemu like it. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { TargetShape } from '../driver.ts';
import { givenUuid, uuidBytes, uuidText } from '../uuids.ts';
import type { ContentId } from './content-id.ts';
import { sectorBytes } from './layout.ts';

/** 10 KiB at sector 1, as everybody has it: VirtualBox writes its UUIDs into what is left. */
export const descriptorOffsetSectors = 1;
export const descriptorSectors = 20;

/** One line of the extent description. */
export interface NewExtent {
  readonly sectors: number;
  readonly type: 'SPARSE' | 'FLAT';
  readonly name: string;
}

/**
 * How the extent with the descriptor in it is called. VMware, VirtualBox and qemu do not look at it there, and the bytes
 * of an output must not depend on its name.
 */
const ownName = 'disk.vmdk';

const noUuid = '00000000-0000-0000-0000-000000000000';

/** The descriptor of a disk whose only extent is in the same file, padded to its sectors. */
export function newEmbeddedDescriptor(shape: TargetShape, id: ContentId): Uint8Array {
  const sectors = shape.capacityBytes / sectorBytes;
  const text = newDescriptor(shape, id, [{ sectors, type: 'SPARSE', name: ownName }]);
  const bytes = Buffer.alloc(descriptorSectors * sectorBytes);
  if (text.length > bytes.length) {
    throw new Failure('internal', { problem: inEnglish('the new descriptor is too long') });
  }
  bytes.set(text);
  return bytes;
}

/** The descriptor for those extents, in UTF-8. */
export function newDescriptor(shape: TargetShape, id: ContentId, extents: readonly NewExtent[]): Uint8Array {
  const { options } = shape;
  const adapter = String(options['adapter_type']);
  const { cylinders, heads, sectorsPerTrack } = geometry(shape.capacityBytes / sectorBytes, adapter);
  const given = givenUuid(options);
  const [uuid, deviceId] = given === null ? [id.uuid, id.deviceId] : [uuidBytes(given), uuidBytes(given)];
  return Buffer.from(`# Disk DescriptorFile
version=1
encoding="UTF-8"
CID=${id.short}
parentCID=ffffffff
createType="${shape.variant}"

# Extent description
${extents.map(extentLine).join('\n')}

# The Disk Data Base
#DDB

ddb.adapterType = "${adapter}"
ddb.geometry.cylinders = "${cylinders}"
ddb.geometry.heads = "${heads}"
ddb.geometry.sectors = "${sectorsPerTrack}"
ddb.longContentID = "${id.long}"
ddb.toolsVersion = "${Number(options['toolsversion'])}"
ddb.uuid = "${vmwareUuid(deviceId)}"
ddb.uuid.image = "${uuidText(uuid)}"
ddb.uuid.modification = "${noUuid}"
ddb.uuid.parent = "${noUuid}"
ddb.uuid.parentmodification = "${noUuid}"
ddb.virtualHWVersion = "${Number(options['hwversion'])}"
`);
}

function extentLine({ sectors, type, name }: NewExtent): string {
  return `RW ${sectors} ${type} "${name}"${type === 'FLAT' ? ' 0' : ''}`;
}

/** `60 00 c2 9a 12 34 56 78-9a bc de f0 12 34 56 78` */
function vmwareUuid(uuid: Uint8Array): string {
  const bytes = Array.from(uuid, (byte) => byte.toString(16).padStart(2, '0'));
  return `${bytes.slice(0, 8).join(' ')}-${bytes.slice(8).join(' ')}`;
}

interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

/**
 * As VMware has it: IDE disks have at most 16383 cylinders of 16 heads; for SCSI disks it is the translation of BusLogic's
 * adapters, by size. Cylinders that are not whole do not count.
 */
export function geometry(sectors: number, adapter: string): Geometry {
  const [heads, sectorsPerTrack, most] = adapter === 'ide' ? [16, 63, 16383] : scsiTranslation(sectors);
  const cylinders = Math.max(1, Math.min(Math.floor(sectors / (heads * sectorsPerTrack)), most));
  return { cylinders, heads, sectorsPerTrack };
}

function scsiTranslation(sectors: number): [heads: number, sectorsPerTrack: number, most: number] {
  const gibibytes = (sectors * sectorBytes) / 2 ** 30;
  if (gibibytes < 1) return [64, 32, 65535];
  return gibibytes < 2 ? [128, 32, 65535] : [255, 63, 65535];
}
