/** The on-disk structures of VirtualBox's VDI (VDICore.h). */
import { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import { bytes, struct, u32le, u64le } from '../../bytes/struct.ts';

export const format = 'vdi';
export const sectorBytes = 512;

/** VDI_IMAGE_SIGNATURE. */
export const signature = 0xbeda107f;
export const signatureOffset = 64;

/** u32Version: the major number in the upper half, the minor one in the lower. */
export const version11 = 0x00010001;
/** The header of the first releases, VDIHEADER0. */
export const versions0: readonly number[] = [0x00000001, 0x00000002];

/** VDI_IMAGE_TYPE_*. */
export const imageType = { dynamic: 1, static: 2, undo: 3, differencing: 4 } as const;

/** Values of the block map that are no block of the file: VDI_IMAGE_BLOCK_FREE and VDI_IMAGE_BLOCK_ZERO. */
export const blockFree = 0xffffffff;
export const blockZero = 0xfffffffe;

/** The block size that VirtualBox gives to every image unless told otherwise, and the only one that qemu reads. */
export const usualBlockBytes = 1 << 20;
/** Where VirtualBox begins the block map and the data of new images (VDI_DATA_ALIGN). */
export const alignmentBytes = 1 << 20;
/** 256 TiB in the usual blocks: far more than VirtualBox makes, and a map that can still be walked. */
export const maximumBlocks = 2 ** 28;

const preHeaderFields = {
  szFileInfo: bytes(0, 64),
  u32Signature: u32le(signatureOffset),
  u32Version: u32le(68),
};

/** VDIPREHEADER. */
export const preHeader = struct({ format, name: 'VDIPREHEADER' }, 72, preHeaderFields);

/** VDIPREHEADER with VDIHEADER0. The block map follows at once. */
export const header0 = struct({ format, name: 'VDIHEADER0' }, 420, {
  ...preHeaderFields,
  u32Type: u32le(72),
  fFlags: u32le(76),
  szComment: bytes(80, 256),
  cbDisk: u64le(352),
  cbBlock: u32le(360),
  cBlocks: u32le(364),
  cBlocksAllocated: u32le(368),
  uuidCreate: bytes(372, 16),
  uuidModify: bytes(388, 16),
  uuidLinkage: bytes(404, 16),
});

/** cbHeader of a VDIHEADER1 without and with the LCHS geometry (VDIHEADER1PLUS). */
export const header1Bytes = 384;
export const header1PlusBytes = 400;

/** VDIPREHEADER with VDIHEADER1. */
export const header1 = struct({ format, name: 'VDIHEADER1' }, preHeader.sizeBytes + header1Bytes, {
  ...preHeaderFields,
  cbHeader: u32le(72),
  u32Type: u32le(76),
  fFlags: u32le(80),
  szComment: bytes(84, 256),
  offBlocks: u32le(340),
  offData: u32le(344),
  legacyCylinders: u32le(348),
  legacyHeads: u32le(352),
  legacySectors: u32le(356),
  legacySectorBytes: u32le(360),
  cbDisk: u64le(368),
  cbBlock: u32le(376),
  cbBlockExtra: u32le(380),
  cBlocks: u32le(384),
  cBlocksAllocated: u32le(388),
  uuidCreate: bytes(392, 16),
  uuidModify: bytes(408, 16),
  uuidLinkage: bytes(424, 16),
  uuidParentModify: bytes(440, 16),
});

/** LCHSGeometry at the end of a VDIHEADER1PLUS. */
export const logicalGeometry = struct({ format, name: 'VDIHEADER1PLUS' }, 16, {
  cCylinders: u32le(0),
  cHeads: u32le(4),
  cSectors: u32le(8),
  cbSector: u32le(12),
});
export const logicalGeometryOffset = preHeader.sizeBytes + header1Bytes;

/** The failure for what the format knows and we do not read. */
export function unsupported(feature: Message): Failure<'image.unsupported'> {
  return new Failure('image.unsupported', { format, feature });
}
