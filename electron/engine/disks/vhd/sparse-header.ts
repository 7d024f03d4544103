/** The dynamic disk header of dynamic and differencing VHDs (VHD 1.0, "Dynamic Disk Header Format"). */
import type { Failure } from '#shared/failure.ts';
import { readBytes, requireWithin, type ByteSource } from '../../bytes/source.ts';
import type { ValuesOf } from '../../bytes/struct.ts';
import {
  bitmapBytesFor,
  checksumOf,
  dynamicHeader,
  dynamicHeaderCookie,
  footer,
  maximumBlocks,
  sectorBytes,
  unsupported,
  version1,
} from './layout.ts';

/** The checked dynamic disk header. Offsets and sizes in bytes. */
export interface SparseHeader {
  readonly fields: ValuesOf<(typeof dynamicHeader)['fields']>;
  readonly fileOffset: number;
  readonly blockBytes: number;
  readonly bitmapBytes: number;
  /** The blocks that the disk has; the table may have room for more. */
  readonly blockCount: number;
  readonly hasChecksum: boolean;
}

/** @throws Failure `image.malformed`, `image.unsupported`, `image.truncated`. */
export function readSparseHeader(
  file: ByteSource,
  headerOffset: bigint,
  capacityBytes: number,
): SparseHeader {
  const header = decodeSparseHeader(file, headerOffset, capacityBytes);
  if (header.hasChecksum) return header;
  throw dynamicHeader.malformed('checksum', 'it is not the sum of the header', header.fileOffset);
}

/** The same for a header whose checksum may be wrong while everything else is possible. @throws Failure `image.*`. */
export function decodeSparseHeader(
  file: ByteSource,
  headerOffset: bigint,
  capacityBytes: number,
): SparseHeader {
  if (headerOffset > BigInt(file.sizeBytes)) {
    throw footer.malformed('dataOffset', `${headerOffset} is past the end of the file`);
  }
  const fileOffset = Number(headerOffset);
  const bytes = readBytes(file, fileOffset, dynamicHeader.sizeBytes);
  const fields = dynamicHeader.decode(bytes, 0, fileOffset);
  const malformed = (field: keyof typeof fields, problem: string): Failure =>
    dynamicHeader.malformed(field, problem, fileOffset);
  if (fields.cookie !== dynamicHeaderCookie) throw malformed('cookie', `it is not ${dynamicHeaderCookie}`);
  const hasChecksum = fields.checksum === checksumOf(bytes, dynamicHeader.fields.checksum.offset);
  if (fields.headerVersion >>> 16 !== version1 >>> 16) {
    throw unsupported(`a header of version ${fields.headerVersion >>> 16}.${fields.headerVersion & 0xffff}`);
  }
  const { blockSize, maxTableEntries, tableOffset } = fields;
  if (blockSize < sectorBytes || !Number.isInteger(Math.log2(blockSize))) {
    throw malformed('blockSize', `${blockSize} is not a power of two from ${sectorBytes} on`);
  }
  const blockCount = Math.ceil(capacityBytes / blockSize);
  if (blockCount > maxTableEntries) {
    throw malformed(
      'maxTableEntries',
      `${maxTableEntries} blocks of ${blockSize} do not hold ${capacityBytes} bytes`,
    );
  }
  if (blockCount > maximumBlocks) throw unsupported(`${blockCount} blocks; ${maximumBlocks} are possible`);
  requireWithin(file, tableOffset, blockCount * 4);
  const bitmapBytes = bitmapBytesFor(blockSize);
  return { fields, fileOffset, blockBytes: blockSize, bitmapBytes, blockCount, hasChecksum };
}
