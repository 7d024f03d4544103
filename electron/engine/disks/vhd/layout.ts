/** The on-disk structures of VHD, after Microsoft's Virtual Hard Disk Image Format Specification 1.0. */
import { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import { ascii, bits64be, bytes, struct, u16be, u32be, u64be, u8 } from '../../bytes/struct.ts';

export const format = 'vhd';
export const sectorBytes = 512;

export const footerCookie = 'conectix';
export const dynamicHeaderCookie = 'cxsparse';
/** Versions are major in the upper half, minor in the lower; a new major one is another format. */
export const version1 = 0x00010000;
export const noOffset = 0xffff_ffff_ffff_ffffn;
/** Disk Type. */
export const diskType = { fixed: 2, dynamic: 3, differencing: 4 } as const;

/** Hard Disk Footer. Before Virtual PC 2004 its last reserved byte was not written. */
export const footer = struct({ format, name: 'hard disk footer' }, 512, {
  cookie: ascii(0, 8),
  features: u32be(8),
  fileFormatVersion: u32be(12),
  dataOffset: bits64be(16),
  timeStamp: u32be(24),
  creatorApplication: ascii(28, 4),
  creatorVersion: u32be(32),
  creatorHostOs: ascii(36, 4),
  originalSize: bits64be(40),
  currentSize: u64be(48),
  cylinders: u16be(56),
  heads: u8(58),
  sectorsPerTrack: u8(59),
  diskType: u32be(60),
  checksum: u32be(64),
  uniqueId: bytes(68, 16),
  savedState: u8(84),
});
export const oldFooterBytes = 511;
/** Every footer has this feature bit, which means nothing. */
export const reservedFeature = 2;

/** Dynamic Disk Header. */
export const dynamicHeader = struct({ format, name: 'dynamic disk header' }, 1024, {
  cookie: ascii(0, 8),
  dataOffset: bits64be(8),
  tableOffset: u64be(16),
  headerVersion: u32be(24),
  maxTableEntries: u32be(28),
  blockSize: u32be(32),
  checksum: u32be(36),
  parentUniqueId: bytes(40, 16),
  parentTimeStamp: u32be(56),
  parentUnicodeName: bytes(64, 512),
});

/** Parent Locator Entry: eight of them in the dynamic disk header. */
export const parentLocator = struct({ format, name: 'parent locator entry' }, 24, {
  platformCode: ascii(0, 4),
  platformDataSpace: u32be(4),
  platformDataLength: u32be(8),
  platformDataOffset: u64be(16),
});
export const parentLocatorsOffset = 576;
export const parentLocatorCount = 8;
/** A path of 32,767 characters, the longest that Windows has. */
export const maximumLocatorBytes = 65536;

/** Block Allocation Table: the entry of a block that is not in the file. */
export const unallocated = 0xffffffff;
/** Enough for the largest disk in blocks of 128 KiB; the usual ones have 2 MiB. */
export const maximumBlocks = 2 ** 24;
export const usualBlockBytes = 2 << 20;
/** 2040 GiB: the most that Windows and qemu accept. */
export const maximumCapacityBytes = 2040 * 2 ** 30;

/** The largest geometry there is; it says only that the disk is larger than a geometry can tell. */
export const maximumGeometry = { cylinders: 65535, heads: 16, sectorsPerTrack: 255 } as const;

/** XenServer's map of blocks that are complete (blktap's vhd.h); its header follows the table of blocks. */
export const batmapHeader = struct({ format, name: 'batmap header' }, 29, {
  cookie: ascii(0, 8),
  batmapOffset: u64be(8),
  batmapSize: u32be(16),
  batmapVersion: u32be(20),
  checksum: u32be(24),
  marker: u8(28),
});
export const batmapCookie = 'tdbatmap';

/**
 * The checksum of a structure: the complement of the sum of its bytes, without the four of the checksum itself at
 * `checksumOffset` (-1 where it lies elsewhere).
 */
export function checksumOf(structure: Uint8Array, checksumOffset: number): number {
  let sum = 0;
  for (let at = 0; at < structure.length; at++) {
    if (checksumOffset < 0 || at < checksumOffset || at >= checksumOffset + 4) sum += structure[at]!;
  }
  return ~sum >>> 0;
}

/** Sector bitmaps are padded to whole sectors. */
export function bitmapBytesFor(blockBytes: number): number {
  return roundUp(Math.ceil(blockBytes / sectorBytes / 8), sectorBytes);
}

/** `value` up to the next multiple of `unit`. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** The failure for what the format knows and we do not read. */
export function unsupported(feature: Message): Failure<'image.unsupported'> {
  return new Failure('image.unsupported', { format, feature });
}
