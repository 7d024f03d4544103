/** The VDI driver: VirtualBox's own disk images. */
import { inEnglish } from '#shared/in-english.ts';
import type { Creation, DiskDriver } from '../driver.ts';
import { uuidOption } from '../uuids.ts';
import {
  maximumBlocks,
  preHeader,
  sectorBytes,
  signature,
  signatureOffset,
  unsupported,
  usualBlockBytes,
} from './layout.ts';
import { readHeader } from './header.ts';
import { openVdi } from './reader.ts';
import { resizeVdi } from './resize.ts';
import { structure } from './structure.ts';
import { fileBytes, targetGeometry, VdiWriter } from './writer.ts';

const creation: Creation = {
  variants: [
    { id: 'dynamic', title: inEnglish('Dynamic'), help: inEnglish('Grows as the guest writes.') },
    {
      id: 'static',
      title: inEnglish('Fixed size'),
      help: inEnglish('As large as the disk from the start; zeros may be holes in the file.'),
    },
  ],
  options: [
    uuidOption(inEnglish('By which VirtualBox knows the image; made from the content when not given.')),
  ],
  unitBytes: (shape) => targetGeometry(shape).unitBytes,
  capacityFor(capacityBytes) {
    // VirtualBox knows no disk without a sector.
    const whole = Math.max(1, Math.ceil(capacityBytes / sectorBytes)) * sectorBytes;
    if (whole > maximumBlocks * usualBlockBytes)
      throw unsupported(inEnglish('a disk of {capacityBytes} bytes', { capacityBytes }));
    return whole;
  },
  outputSize(shape, countUnits) {
    const geometry = targetGeometry(shape);
    return { bytes: fileBytes(geometry, countUnits(geometry.unitBytes)), exact: true };
  },
  allocatedSize(shape, unitCount) {
    const geometry = targetGeometry(shape);
    return Math.min(fileBytes(geometry, unitCount), geometry.dataOffset + unitCount * geometry.unitBytes);
  },
  writer: (sink, shape) => new VdiWriter(sink, shape),
};

export const vdi: DiskDriver<'vdi'> = {
  id: 'vdi',
  title: 'VDI',
  extensions: ['vdi'],
  probe(file) {
    if (file.sizeBytes < preHeader.sizeBytes) return 'no';
    const bytes = new DataView(new ArrayBuffer(4));
    file.read(signatureOffset, new Uint8Array(bytes.buffer));
    return bytes.getUint32(0, true) === signature ? 'certain' : 'no';
  },
  open: openVdi,
  references(file) {
    const { uuid, parentUuid } = readHeader(file);
    const parent = parentUuid === null ? null : { name: null, identity: parentUuid };
    return { parent, extents: [], identity: uuid };
  },
  creation,
  structure,
  resize: resizeVdi,
};
