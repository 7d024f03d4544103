/** The VHD driver: Virtual PC's, Hyper-V's and Azure's virtual hard disks. */
import { inEnglish } from '#shared/in-english.ts';
import type { Creation, DiskDriver } from '../driver.ts';
import { uuidOption } from '../uuids.ts';
import { probeFooter } from './footer.ts';
import { maximumCapacityBytes, roundUp, sectorBytes, unsupported } from './layout.ts';
import { openVhd, parentNameOf } from './reader.ts';
import { resizeVhd } from './resize.ts';
import { structure } from './structure.ts';
import { createVhdWriter, fileBytes, targetGeometry } from './writer.ts';

/** Azure takes whole MiB, and nothing under 20 of them. */
const azureUnitBytes = 1 << 20;
const azureMinimumBytes = 20 * azureUnitBytes;

const creation: Creation = {
  variants: [
    {
      id: 'dynamic',
      title: inEnglish('Dynamic'),
      help: inEnglish(
        'Grows as the guest writes. Written as Hyper-V does ("win "), whose exact size every program reads.',
      ),
    },
    {
      id: 'fixed',
      title: inEnglish('Fixed size'),
      help: inEnglish(
        'As large as the disk from the start, as Azure wants it. Written as Hyper-V does, with the exact size.',
      ),
    },
  ],
  options: [
    {
      name: 'azure',
      title: inEnglish('Size for Azure'),
      help: inEnglish('Rounds the size up to whole MiB, at least 20 of them; Azure takes fixed disks only.'),
      type: 'boolean',
      default: false,
    },
    uuidOption(
      inEnglish(
        'The unique ID, by which differencing disks know their parent; made from the content when not given.',
      ),
    ),
  ],
  unitBytes: (shape) => targetGeometry(shape).unitBytes,
  capacityFor(capacityBytes, { options }) {
    const [unitBytes, minimumBytes] =
      options['azure'] === true ? [azureUnitBytes, azureMinimumBytes] : [sectorBytes, sectorBytes];
    const whole = Math.max(minimumBytes, roundUp(capacityBytes, unitBytes));
    if (whole > maximumCapacityBytes) {
      throw unsupported(
        inEnglish('a disk of {capacityBytes} bytes; {maximumCapacityBytes} are possible', {
          capacityBytes,
          maximumCapacityBytes,
        }),
      );
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
  references(file) {
    const name = parentNameOf(file);
    return { parent: name === null ? null : { name, identity: null }, extents: [], identity: null };
  },
  creation,
  structure,
  resize: resizeVhd,
};
