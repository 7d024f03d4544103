/** The VHD driver: Virtual PC's, Hyper-V's and Azure's virtual hard disks. */
import type { Creation, DiskDriver } from '../driver.ts';
import { probeFooter } from './footer.ts';
import { maximumCapacityBytes, roundUp, sectorBytes, unsupported } from './layout.ts';
import { openVhd } from './reader.ts';
import { createVhdWriter, fileBytes, targetGeometry } from './writer.ts';

const creation: Creation = {
  variants: [
    { id: 'dynamic', title: 'Dynamic', help: 'Grows as the guest writes.' },
    { id: 'fixed', title: 'Fixed size', help: 'As large as the disk from the start, as Azure wants it.' },
  ],
  options: [],
  unitBytes: (shape) => targetGeometry(shape).unitBytes,
  capacityFor(capacityBytes) {
    const whole = Math.max(sectorBytes, roundUp(capacityBytes, sectorBytes));
    if (whole > maximumCapacityBytes) {
      throw unsupported(`a disk of ${capacityBytes} bytes; ${maximumCapacityBytes} are possible`);
    }
    return whole;
  },
  outputSize(shape, countUnits) {
    const geometry = targetGeometry(shape);
    return { bytes: fileBytes(geometry, countUnits(geometry.unitBytes)), exact: true };
  },
  allocatedSize(shape, unitCount) {
    const geometry = targetGeometry(shape);
    return Math.min(
      fileBytes(geometry, unitCount),
      geometry.blocksOffset + (unitCount + 1) * (geometry.unitBytes + sectorBytes),
    );
  },
  writer: createVhdWriter,
};

export const vhd: DiskDriver<'vhd'> = {
  id: 'vhd',
  title: 'VHD',
  extensions: ['vhd', 'vpc', 'avhd'],
  probe: probeFooter,
  open: openVhd,
  creation,
};
