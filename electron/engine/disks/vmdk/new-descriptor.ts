/** The descriptor of a VMDK that we write ("The Descriptor File"), as VMware, VirtualBox and qemu like it. */
import { Failure } from '#shared/failure.ts';
import type { TargetShape } from '../driver.ts';
import type { ContentId } from './content-id.ts';
import { sectorBytes } from './layout.ts';

/** 10 KiB at sector 1, as everybody has it: VirtualBox writes its UUIDs into what is left. */
export const descriptorOffsetSectors = 1;
export const descriptorSectors = 20;

/** A writer is not told the name of its file. VMware, VirtualBox and qemu do not look at it in a file of one extent. */
const extentName = 'disk.vmdk';

/** "Tools of unknown version, provided by the host": what VMware's own open-vmdk and qemu write. */
const unknownToolsVersion = 2147483647;

/** The descriptor, padded to its sectors. */
export function newDescriptor(shape: TargetShape, id: ContentId): Uint8Array {
  const sectors = shape.capacityBytes / sectorBytes;
  const adapter = String(shape.options['adapter_type']);
  const { cylinders, heads, sectorsPerTrack } = geometry(sectors, adapter);
  const text = `# Disk DescriptorFile
version=1
encoding="UTF-8"
CID=${id.short}
parentCID=ffffffff
createType="${shape.variant}"

# Extent description
RW ${sectors} SPARSE "${extentName}"

# The Disk Data Base
#DDB

ddb.adapterType = "${adapter}"
ddb.geometry.cylinders = "${cylinders}"
ddb.geometry.heads = "${heads}"
ddb.geometry.sectors = "${sectorsPerTrack}"
ddb.longContentID = "${id.long}"
ddb.toolsVersion = "${unknownToolsVersion}"
ddb.virtualHWVersion = "${Number(shape.options['hwversion'])}"
`;
  const bytes = Buffer.alloc(descriptorSectors * sectorBytes);
  if (text.length > bytes.length) {
    throw new Failure('internal', { problem: 'the new descriptor is too long' });
  }
  bytes.write(text, 'latin1');
  return bytes;
}

/** IDE disks have at most 16383 cylinders of 16 heads; SCSI disks 255 heads, as VMware writes for all but small ones. */
function geometry(
  sectors: number,
  adapter: string,
): { cylinders: number; heads: number; sectorsPerTrack: number } {
  const sectorsPerTrack = 63;
  const [heads, maximumCylinders] = adapter === 'ide' ? [16, 16383] : [255, 65535];
  const cylinders = Math.min(Math.ceil(sectors / (heads * sectorsPerTrack)), maximumCylinders);
  return { cylinders, heads, sectorsPerTrack };
}
