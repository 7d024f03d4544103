/** Builds small UDF volumes for tests, descriptor by descriptor, plain or with a metadata partition. */
import { crcItu, tagChecksum } from '#engine/guests/filesystems/udf/tag.ts';

export const blockBytes = 2048;
const partitionStart = 300;
const metadataBlock = 20;
const metadataBlocks = 40;
/** Where the metadata file and its mirror have their entries, in blocks of the volume. */
export const metadataEntryBlock = partitionStart + 2;
export const mirrorEntryBlock = partitionStart + 3;

/** Fills in the tag of a descriptor whose body is `bytes` from 16 on. */
export function tagged(
  bytes: Buffer,
  identifier: number,
  location: number,
  bodyBytes = bytes.length,
): Buffer {
  bytes.writeUInt16LE(identifier, 0);
  bytes.writeUInt16LE(3, 2);
  bytes.writeUInt16LE(crcItu(bytes.subarray(16, bodyBytes)), 8);
  bytes.writeUInt16LE(bodyBytes - 16, 10);
  bytes.writeUInt32LE(location, 12);
  bytes[4] = tagChecksum(bytes);
  return bytes;
}

export function shortAd(length: number, block: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(length >>> 0, 0);
  bytes.writeUInt32LE(block, 4);
  return bytes;
}

export function longAd(length: number, block: number, partition: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(length >>> 0, 0);
  bytes.writeUInt32LE(block, 4);
  bytes.writeUInt16LE(partition, 8);
  return bytes;
}

/** Compressed Unicode: a byte a character where that is enough. */
export function osta(text: string): Buffer {
  const wide = [...text].some((character) => character.codePointAt(0)! > 255);
  if (!wide) return Buffer.concat([Buffer.from([8]), Buffer.from(text, 'latin1')]);
  return Buffer.concat([Buffer.from([16]), Buffer.from(text, 'utf16le').swap16()]);
}

export interface Entry {
  readonly fileType: number;
  readonly sizeBytes: number;
  /** 0 short, 1 long, 2 extended, 3 embedded. */
  readonly allocation: number;
  readonly area: Buffer;
  readonly extended?: boolean;
}

export function fileEntry(
  { fileType, sizeBytes, allocation, area, extended = false }: Entry,
  location: number,
): Buffer {
  const start = extended ? 216 : 176;
  const bytes = Buffer.alloc(start + area.length);
  bytes.writeUInt16LE(4, 20);
  bytes.writeUInt16LE(1, 24);
  bytes[27] = fileType;
  bytes.writeUInt16LE(allocation, 34);
  // rwxr-xr-x.
  bytes.writeUInt32LE((7 << 10) | (5 << 5) | 5, 44);
  bytes.writeUInt16LE(1, 48);
  bytes.writeBigUInt64LE(BigInt(sizeBytes), 56);
  const modified = extended ? 92 : 84;
  bytes.writeUInt16LE(0x1000 | 60, modified);
  bytes.writeInt16LE(2020, modified + 2);
  bytes.set([5, 6, 7, 8, 9, 0], modified + 4);
  bytes.writeUInt32LE(area.length, start - 4);
  area.copy(bytes, start);
  return tagged(bytes, extended ? 266 : 261, location);
}

export function fileIdentifier(name: string, icb: Buffer, characteristics: number, location = 0): Buffer {
  const text = name === '' ? Buffer.alloc(0) : osta(name);
  const bytes = Buffer.alloc(Math.ceil((38 + text.length) / 4) * 4);
  bytes.writeUInt16LE(1, 16);
  bytes[18] = characteristics;
  bytes[19] = text.length;
  icb.copy(bytes, 20);
  text.copy(bytes, 38);
  return tagged(bytes, 257, location);
}

/** A path as a link's body: `..`, `.`, names, and an empty first segment for the root. */
export function pathComponents(target: string): Buffer {
  return Buffer.concat(
    target.split('/').map((segment, index) => {
      if (segment === '' && index === 0) return Buffer.from([2, 0, 0, 0]);
      if (segment === '..' || segment === '.') return Buffer.from([segment === '.' ? 4 : 3, 0, 0, 0]);
      const name = osta(segment);
      return Buffer.concat([Buffer.from([5, name.length, 0, 0]), name]);
    }),
  );
}

export interface Volume {
  readonly bytes: Buffer;
  /** The number by which extents name the partition of entries and folders, and that of bodies. */
  readonly metadataPartition: number;
  /** Puts `content` at a block of the metadata (or only) partition. */
  metadata(block: number, content: Buffer): void;
  /** Puts `content` at a block of the physical partition. */
  data(block: number, content: Buffer): void;
}

/** A volume without files: the root's entry has to be put at metadata block 1. Data may begin at block 80. */
export function emptyVolume(withMetadata: boolean, blocks = 500): Volume {
  const bytes = Buffer.alloc(blocks * blockBytes);
  const at = (block: number, content: Buffer): void => void content.copy(bytes, block * blockBytes);
  for (const [index, name] of ['BEA01', 'NSR03', 'TEA01'].entries()) {
    at(16 + index, Buffer.from(`\0${name}\x01`, 'latin1'));
  }
  const sequenceBlock = 32;
  const anchorBody = Buffer.alloc(512);
  for (const offset of [16, 24]) {
    anchorBody.writeUInt32LE(16 * blockBytes, offset);
    anchorBody.writeUInt32LE(offset === 16 ? sequenceBlock : sequenceBlock + 16, offset + 4);
  }
  at(256, tagged(anchorBody, 2, 256));
  for (const start of [sequenceBlock, sequenceBlock + 16]) {
    const descriptors = [primary, partition(blocks), logical(withMetadata), terminator];
    for (const [index, make] of descriptors.entries()) at(start + index, make(start + index));
  }
  const metadataPartition = withMetadata ? 1 : 0;
  const metadata = (block: number, content: Buffer): void =>
    at(partitionStart + (withMetadata ? metadataBlock : 0) + block, content);
  if (withMetadata) {
    for (const [block, fileType] of [
      [metadataEntryBlock, 250],
      [mirrorEntryBlock, 251],
    ] as const) {
      const sizeBytes = metadataBlocks * blockBytes;
      // Two extents, so that they have to be joined.
      const area = Buffer.concat([
        shortAd(10 * blockBytes, metadataBlock),
        shortAd(sizeBytes - 10 * blockBytes, metadataBlock + 10),
      ]);
      at(
        block,
        fileEntry({ fileType, sizeBytes, allocation: 0, area, extended: true }, block - partitionStart),
      );
    }
  }
  const fileSet = Buffer.alloc(512);
  longAd(blockBytes, 1, metadataPartition).copy(fileSet, 400);
  metadata(0, tagged(fileSet, 256, 0));
  return {
    bytes,
    metadataPartition,
    metadata,
    data: (block, content) => at(partitionStart + block, content),
  };
}

function dstring(into: Buffer, offset: number, sizeBytes: number, text: string): void {
  const encoded = osta(text);
  encoded.copy(into, offset);
  into[offset + sizeBytes - 1] = encoded.length;
}

function primary(location: number): Buffer {
  const bytes = Buffer.alloc(512);
  dstring(bytes, 24, 32, 'VOLUME');
  dstring(bytes, 72, 128, '0123456789ABCDEF set');
  return tagged(bytes, 1, location);
}

const partition =
  (blocks: number) =>
  (location: number): Buffer => {
    const bytes = Buffer.alloc(512);
    bytes.writeUInt16LE(1, 20);
    bytes.write('+NSR03', 25, 'latin1');
    bytes.writeUInt32LE(1, 184);
    bytes.writeUInt32LE(partitionStart, 188);
    bytes.writeUInt32LE(blocks - partitionStart, 192);
    return tagged(bytes, 5, location);
  };

const logical =
  (withMetadata: boolean) =>
  (location: number): Buffer => {
    const maps = Buffer.alloc(withMetadata ? 70 : 6);
    maps.set([1, 6, 1, 0, 0, 0]);
    if (withMetadata) {
      maps.set([2, 64], 6);
      maps.write('*UDF Metadata Partition', 6 + 5, 'latin1');
      maps.writeUInt16LE(0x250, 6 + 28);
      maps.writeUInt16LE(1, 6 + 36);
      maps.writeUInt32LE(metadataEntryBlock - partitionStart, 6 + 40);
      maps.writeUInt32LE(mirrorEntryBlock - partitionStart, 6 + 44);
      maps.writeUInt32LE(0xffffffff, 6 + 48);
      maps.writeUInt32LE(32, 6 + 52);
      maps.writeUInt16LE(1, 6 + 56);
    }
    const bytes = Buffer.alloc(440 + maps.length);
    bytes.write('OSTA Compressed Unicode', 21, 'latin1');
    dstring(bytes, 84, 128, 'Läbel');
    bytes.writeUInt32LE(blockBytes, 212);
    bytes.write('*OSTA UDF Compliant', 217, 'latin1');
    bytes.writeUInt16LE(0x250, 240);
    longAd(blockBytes, 0, withMetadata ? 1 : 0).copy(bytes, 248);
    bytes.writeUInt32LE(maps.length, 264);
    bytes.writeUInt32LE(withMetadata ? 2 : 1, 268);
    maps.copy(bytes, 440);
    return tagged(bytes, 6, location);
  };

function terminator(location: number): Buffer {
  return tagged(Buffer.alloc(512), 8, location);
}
