/** The dynamic disk header of dynamic and differencing VHDs (VHD 1.0, "Dynamic Disk Header Format"). */
import type { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
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
  throw dynamicHeader.malformed('checksum', inEnglish('it is not the sum of the header'), header.fileOffset);
}

/** The same for a header whose checksum may be wrong while everything else is possible. @throws Failure `image.*`. */
export function decodeSparseHeader(
  file: ByteSource,
  headerOffset: bigint,
  capacityBytes: number,
): SparseHeader {
  if (headerOffset > BigInt(file.sizeBytes)) {
    throw footer.malformed(
      'dataOffset',
      inEnglish('{headerOffset} is past the end of the file', { headerOffset: String(headerOffset) }),
    );
  }
  const fileOffset = Number(headerOffset);
  const bytes = readBytes(file, fileOffset, dynamicHeader.sizeBytes);
  const fields = dynamicHeader.decode(bytes, 0, fileOffset);
  const malformed = (field: keyof typeof fields, problem: Message): Failure =>
    dynamicHeader.malformed(field, problem, fileOffset);
  if (fields.cookie !== dynamicHeaderCookie)
    throw malformed('cookie', inEnglish('it is not {dynamicHeaderCookie}', { dynamicHeaderCookie }));
  const hasChecksum = fields.checksum === checksumOf(bytes, dynamicHeader.fields.checksum.offset);
  if (fields.headerVersion >>> 16 !== version1 >>> 16) {
    throw unsupported(
      inEnglish('a header of version {headerVersion}.{headerVersion2}', {
        headerVersion: fields.headerVersion >>> 16,
        headerVersion2: fields.headerVersion & 0xffff,
      }),
    );
  }
  const { blockSize, maxTableEntries, tableOffset } = fields;
  if (blockSize < sectorBytes || !Number.isInteger(Math.log2(blockSize))) {
    throw malformed(
      'blockSize',
      inEnglish('{blockSize} is not a power of two from {sectorBytes} on', { blockSize, sectorBytes }),
    );
  }
  const blockCount = Math.ceil(capacityBytes / blockSize);
  if (blockCount > maxTableEntries) {
    throw malformed(
      'maxTableEntries',
      inEnglish('{maxTableEntries} blocks of {blockSize} do not hold {capacityBytes} bytes', {
        maxTableEntries,
        blockSize,
        capacityBytes,
      }),
    );
  }
  if (blockCount > maximumBlocks)
    throw unsupported(
      inEnglish('{blockCount} blocks; {maximumBlocks} are possible', { blockCount, maximumBlocks }),
    );
  requireWithin(file, tableOffset, blockCount * 4);
  const bitmapBytes = bitmapBytesFor(blockSize);
  return { fields, fileOffset, blockBytes: blockSize, bitmapBytes, blockCount, hasChecksum };
}
