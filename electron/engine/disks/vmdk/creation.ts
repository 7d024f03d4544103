/** What kinds of VMDK can be written, and with which options. */
import type { Creation } from '../driver.ts';
import { sectorBytes, unsupported } from './layout.ts';
import { grainBytes, maximumCapacityBytes, requireReachable, grainSectors } from './new-extent.ts';
import { grainEncoder, StreamOptimizedWriter, streamOptimizedSize } from './stream-writer.ts';
import { monolithicSparseAllocation, monolithicSparseBytes, MonolithicSparseWriter } from './writer.ts';

const streamOptimized = 'streamOptimized';

export const creation: Creation = {
  variants: [
    {
      id: 'monolithicSparse',
      title: 'Sparse, one file',
      help: 'For VMware Workstation, Player and Fusion, VirtualBox and QEMU: grows as it is written to.',
    },
    {
      id: streamOptimized,
      title: 'Compressed, for transport',
      help: 'The disk format of OVF and OVA packages: compressed, to be imported rather than run.',
    },
  ],
  options: [
    {
      name: 'adapter_type',
      type: 'choice',
      title: 'Disk controller',
      help: 'The controller that the disk is meant for; IDE disks have another geometry.',
      default: 'lsilogic',
      choices: ['ide', 'buslogic', 'lsilogic', 'legacyESX'],
    },
    {
      name: 'hwversion',
      type: 'integer',
      title: 'Virtual hardware version',
      help: 'The oldest VMware virtual hardware that may use the disk; 4 is any.',
      default: 4,
      minimum: 3,
      maximum: 22,
    },
  ],
  unitBytes: () => grainBytes,
  capacityFor(capacityBytes) {
    if (capacityBytes > maximumCapacityBytes) throw unsupported('disks of more than 62 TiB');
    if (capacityBytes < 1) throw unsupported('disks of no size');
    return Math.ceil(capacityBytes / sectorBytes) * sectorBytes;
  },
  outputSize(shape, countUnits) {
    const unitCount = countUnits(grainBytes);
    if (shape.variant === streamOptimized) return streamOptimizedSize(shape.capacityBytes, unitCount);
    const bytes = monolithicSparseBytes(shape.capacityBytes, unitCount);
    if (unitCount > 0) requireReachable(bytes / sectorBytes - grainSectors);
    return { bytes, exact: true };
  },
  allocatedSize(shape, unitCount) {
    return shape.variant === streamOptimized
      ? streamOptimizedSize(shape.capacityBytes, unitCount).bytes
      : monolithicSparseAllocation(shape.capacityBytes, unitCount);
  },
  writer(sink, shape) {
    return shape.variant === streamOptimized
      ? new StreamOptimizedWriter(sink, shape)
      : new MonolithicSparseWriter(sink, shape);
  },
  encoder: (shape) => (shape.variant === streamOptimized ? grainEncoder : null),
};
