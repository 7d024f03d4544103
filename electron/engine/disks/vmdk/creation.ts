/** What kinds of VMDK can be written, and with which options. */
import type { OptionDeclaration, VariantDeclaration } from '#shared/domain/format.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Creation } from '../driver.ts';
import { uuidOption } from '../uuids.ts';
import {
  extentFiles,
  extentFilesAllocation,
  extentFilesSize,
  hasExtentFiles,
  isFlat,
  unitBytesOf,
} from './extent-files.ts';
import { sectorBytes, unsupported } from './layout.ts';
import { maximumCapacityBytes, requireReachable, grainSectors } from './new-extent.ts';
import { sparseExtentAllocation, sparseExtentBytes } from './sparse-extent-writer.ts';
import { grainEncoder, StreamOptimizedWriter, streamOptimizedSize } from './stream-writer.ts';
import { ExtentFilesWriter, MonolithicSparseWriter } from './writer.ts';

const streamOptimized = 'streamOptimized';

const variants: readonly VariantDeclaration[] = [
  {
    id: 'monolithicSparse',
    title: inEnglish('Sparse, one file'),
    help: inEnglish(
      'For VMware Workstation, Player and Fusion, VirtualBox and QEMU: grows as it is written to.',
    ),
  },
  {
    id: streamOptimized,
    title: inEnglish('Compressed, for transport'),
    help: inEnglish('The disk format of OVF and OVA packages: compressed, to be imported rather than run.'),
  },
  {
    id: 'monolithicFlat',
    title: inEnglish('Plain, with a descriptor'),
    help: inEnglish(
      'The disk byte for byte in name-flat.vmdk, and a small descriptor beside it: what ESXi runs from.',
    ),
  },
  {
    id: 'twoGbMaxExtentSparse',
    title: inEnglish('Sparse, in parts of 2 GB'),
    help: inEnglish('name-s001.vmdk and so on with a descriptor, for file systems that hold no large files.'),
  },
  {
    id: 'twoGbMaxExtentFlat',
    title: inEnglish('Plain, in parts of 2 GB'),
    help: inEnglish('name-f001.vmdk and so on with a descriptor: the disk byte for byte, cut in parts.'),
  },
];

const options: readonly OptionDeclaration[] = [
  {
    name: 'adapter_type',
    type: 'choice',
    title: inEnglish('Disk controller'),
    help: inEnglish('The controller that the disk is meant for; IDE disks have another geometry.'),
    default: 'lsilogic',
    choices: ['ide', 'buslogic', 'lsilogic', 'legacyESX'],
    titles: {
      ide: 'IDE',
      buslogic: 'BusLogic',
      lsilogic: inEnglish('LSI Logic'),
      legacyESX: inEnglish('Legacy ESX'),
    },
  },
  {
    name: 'hwversion',
    type: 'integer',
    title: inEnglish('Virtual hardware version'),
    help: inEnglish('The oldest VMware virtual hardware that may use the disk; 4 is any.'),
    default: 4,
    minimum: 3,
    maximum: 22,
  },
  {
    name: 'toolsversion',
    type: 'integer',
    title: inEnglish('VMware Tools version'),
    help: inEnglish(
      'What the guest has installed, as VMware counts it; 2147483647 is an unknown one that the guest looks after itself.',
    ),
    default: 2147483647,
    minimum: 0,
    maximum: 2147483647,
  },
  {
    name: 'preallocated',
    type: 'boolean',
    title: inEnglish('Set all room aside'),
    help: inEnglish('For plain variants: the files take their full room at once instead of leaving holes.'),
    default: false,
  },
  uuidOption(
    inEnglish('A UUID for the disk, as VMware and VirtualBox know it; derived from the content when empty.'),
  ),
];

export const creation: Creation = {
  variants,
  options,
  unitBytes: ({ variant }) => unitBytesOf(variant),
  capacityFor(capacityBytes, choice) {
    if (capacityBytes > maximumCapacityBytes) throw unsupported(inEnglish('disks of more than 62 TiB'));
    if (capacityBytes < 1) throw unsupported(inEnglish('disks of no size'));
    if (choice.options['preallocated'] === true && !isFlat(choice.variant)) {
      throw new Failure('input.invalid', {
        problem: inEnglish('preallocated is for plain VMDKs, not {variant}', { variant: choice.variant }),
      });
    }
    const rounded = Math.ceil(capacityBytes / sectorBytes) * sectorBytes;
    if (hasExtentFiles(choice.variant)) extentFiles({ variant: choice.variant, capacityBytes: rounded });
    return rounded;
  },
  outputSize(shape, countUnits) {
    const unitCount = countUnits(unitBytesOf(shape.variant));
    if (hasExtentFiles(shape.variant)) return extentFilesSize(shape, unitCount);
    if (shape.variant === streamOptimized) return streamOptimizedSize(shape.capacityBytes, unitCount);
    const bytes = sparseExtentBytes(shape.capacityBytes, unitCount);
    if (unitCount > 0) requireReachable(bytes / sectorBytes - grainSectors);
    return { bytes, exact: true };
  },
  allocatedSize(shape, unitCount) {
    if (hasExtentFiles(shape.variant)) return extentFilesAllocation(shape, unitCount);
    return shape.variant === streamOptimized
      ? streamOptimizedSize(shape.capacityBytes, unitCount).bytes
      : sparseExtentAllocation(shape.capacityBytes, unitCount);
  },
  writer(sink, shape) {
    if (hasExtentFiles(shape.variant)) return new ExtentFilesWriter(sink, shape);
    return shape.variant === streamOptimized
      ? new StreamOptimizedWriter(sink, shape)
      : new MonolithicSparseWriter(sink, shape);
  },
  encoder: (shape) => (shape.variant === streamOptimized ? grainEncoder : null),
};
