/** The VHDX driver: Hyper-V's virtual hard disks, version 2. */
import { inEnglish } from '#shared/in-english.ts';
import type { Creation, DiskDriver } from '../driver.ts';
import { uuidOption } from '../uuids.ts';
import {
  fileSignature,
  logicalSectorSizes,
  maximumBlockBytes,
  maximumCapacityBytes,
  minimumBlockBytes,
  roundUp,
  unsupported,
} from './layout.ts';
import { openVhdx, parentNameOf } from './reader.ts';
import { resizeVhdx } from './resize.ts';
import { structure } from './structure.ts';
import { fileBytes, logicalSectorBytesOf, maximumUnitBytes, targetGeometry } from './target-geometry.ts';
import { VhdxWriter } from './writer.ts';

const creation: Creation = {
  variants: [
    { id: 'dynamic', title: inEnglish('Dynamic'), help: inEnglish('Grows as the guest writes.') },
    {
      id: 'fixed',
      title: inEnglish('Fixed size'),
      help: inEnglish('As large as the disk from the start; zeros may be holes in the file.'),
    },
  ],
  options: [
    {
      name: 'block_size',
      title: inEnglish('Block size'),
      help: inEnglish('The unit of allocation; small ones save room, large ones suit large disks.'),
      type: 'size',
      default: maximumUnitBytes,
      minimum: minimumBlockBytes,
      maximum: maximumBlockBytes,
    },
    {
      name: 'logical_sector_size',
      title: inEnglish('Logical sector size'),
      help: inEnglish(
        'Bytes to a sector as the guest sees it; 4096 makes a 4Kn disk, which Hyper-V opens and QEMU does not.',
      ),
      type: 'choice',
      default: String(logicalSectorSizes[0]),
      choices: logicalSectorSizes.map(String),
    },
    uuidOption(
      inEnglish(
        'The virtual disk ID, which the guest sees as page 83 data; made from the content when not given.',
      ),
    ),
  ],
  unitBytes: (shape) => targetGeometry(shape).unitBytes,
  capacityFor(capacityBytes, { options }) {
    const logicalSectorBytes = logicalSectorBytesOf(options);
    const whole = Math.max(logicalSectorBytes, roundUp(capacityBytes, logicalSectorBytes));
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
    const blockCount = geometry.isFixed ? geometry.blockCount : countUnits(geometry.blockBytes);
    return { bytes: fileBytes(geometry, blockCount), exact: true };
  },
  allocatedSize(shape, unitCount) {
    const geometry = targetGeometry(shape);
    const whole = fileBytes(
      geometry,
      geometry.isFixed ? geometry.blockCount : Math.min(unitCount, geometry.blockCount),
    );
    return Math.min(whole, geometry.blocksOffset + unitCount * geometry.unitBytes);
  },
  writer: (sink, shape) => new VhdxWriter(sink, shape),
};

export const vhdx: DiskDriver<'vhdx'> = {
  id: 'vhdx',
  title: 'VHDX',
  extensions: ['vhdx', 'avhdx'],
  probe(file) {
    const start = new Uint8Array(fileSignature.length);
    if (file.sizeBytes < start.length) return 'no';
    file.read(0, start);
    return Buffer.from(start).toString('latin1') === fileSignature ? 'certain' : 'no';
  },
  open: openVhdx,
  references(file) {
    const name = parentNameOf(file);
    return { parent: name === null ? null : { name, identity: null }, extents: [], identity: null };
  },
  creation,
  structure,
  resize: resizeVhdx,
};
