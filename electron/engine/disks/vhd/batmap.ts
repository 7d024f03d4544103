/** XenServer's batmap: one bit for each block whose sectors are all in the file, whatever its bitmap says (blktap's vhd.h). */
import type { Span } from '#shared/domain/image.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { batmapCookie, batmapHeader, checksumOf, roundUp, sectorBytes } from './layout.ts';

/** Where the table of blocks lies, in bytes and blocks. */
interface TablePlace {
  readonly fields: { readonly tableOffset: number; readonly maxTableEntries: number };
  readonly blockCount: number;
}

/** A batmap that can be believed, and what it takes of the file with its header. */
export interface Batmap {
  readonly bits: Uint8Array;
  readonly spans: readonly Span[];
}

/** The batmap, or null where there is none or a damaged one: the bitmaps of the blocks say the same, only slower. */
export function readBatmap(file: ByteSource, { fields, blockCount }: TablePlace): Batmap | null {
  const headerOffset = fields.tableOffset + roundUp(fields.maxTableEntries * 4, sectorBytes);
  if (headerOffset + batmapHeader.sizeBytes > file.sizeBytes) return null;
  const bytes = new Uint8Array(batmapHeader.sizeBytes);
  file.read(headerOffset, bytes);
  if (Buffer.from(bytes.buffer, 0, 8).toString('latin1') !== batmapCookie) return null;
  const view = new DataView(bytes.buffer);
  const offset = Number(view.getBigUint64(batmapHeader.fields.batmapOffset.offset));
  const { batmapSize, checksum } = {
    batmapSize: view.getUint32(batmapHeader.fields.batmapSize.offset),
    checksum: view.getUint32(batmapHeader.fields.checksum.offset),
  };
  const neededBytes = Math.ceil(blockCount / 8);
  const lengthBytes = batmapSize * sectorBytes;
  if (lengthBytes < neededBytes || lengthBytes > neededBytes + spareBytes) return null;
  if (offset + lengthBytes > file.sizeBytes) return null;
  const bits = new Uint8Array(lengthBytes);
  file.read(offset, bits);
  if (checksumOf(bits, -1) !== checksum) return null;
  const spans = [
    { start: headerOffset, length: sectorBytes },
    { start: offset, length: lengthBytes },
  ];
  return { bits, spans };
}

/** A table of blocks may have been made for a larger disk. */
const spareBytes = 1 << 20;
