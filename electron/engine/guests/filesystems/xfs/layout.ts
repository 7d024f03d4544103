/** The structures of XFS, versions 4 and 5 ("XFS Algorithms & Data Structures", 3rd edition), big endian, with no I/O. */
import { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import { ascii, bits64be, bytes, struct, u16be, u32be, u64be, u8 } from '../../../bytes/struct.ts';

const named = (name: string) => ({ format: 'xfs', name });

export const superblock = struct(named('superblock'), 264, {
  magic: ascii(0, 4),
  blockBytes: u32be(4),
  blockCount: u64be(8),
  uuid: bytes(32, 16),
  rootInode: u64be(56),
  groupBlocks: u32be(84),
  groupCount: u32be(88),
  version: u16be(100),
  inodeBytes: u16be(104),
  inodesPerBlock: u16be(106),
  label: bytes(108, 12),
  inodesPerBlockLog: u8(123),
  groupBlocksLog: u8(124),
  inProgress: u8(126),
  directoryBlockLog: u8(192),
  features2: u32be(200),
  incompatible: u32be(216),
});

export type Superblock = ReturnType<typeof superblock.decode>;

export const versionFlag = { directory2: 0x2000 } as const;
/** Version 4: directory entries carry a file's kind. */
export const features2FileType = 0x200;
export const incompatible = {
  fileType: 0x1,
  sparseInodes: 0x2,
  metaUuid: 0x4,
  bigTime: 0x8,
  needsRepair: 0x10,
  largeExtentCounts: 0x20,
  exchangeRange: 0x40,
  parentPointers: 0x80,
} as const;
export const readableFeatures = Object.values(incompatible).reduce((all, bit) => all | bit, 0);

export const inodeMagic = 0x494e;
/** Where the data fork begins: after the core of a version 2, or of a version 3 inode. */
export const forkOffset = { 2: 100, 3: 176 } as const;

export const inodeCore = struct(named('inode'), 100, {
  magic: u16be(0),
  mode: u16be(2),
  version: u8(4),
  format: u8(5),
  largeExtentCount: u64be(24),
  modificationTime: bits64be(40),
  size: u64be(56),
  extentCount: u32be(76),
  attributeForkOffset: u8(82),
  flags: u16be(90),
});

export type InodeCore = ReturnType<typeof inodeCore.decode>;

export const forkFormat = { local: 1, extents: 2, tree: 3 } as const;
export const realtimeFlag = 0x1;
/** Version 3 inodes, the second word of flags. */
export const flags2Offset = 120;
export const flags2 = { bigTime: 0x8n, largeExtentCounts: 0x10n } as const;

export const extentRecordBytes = 16;
export const treeBlock = struct(named('extent tree block'), 24, {
  magic: ascii(0, 4),
  level: u16be(4),
  recordCount: u16be(6),
});
export const treeMagic: Readonly<Record<string, number>> = { BMAP: 24, BMA3: 72 };
/** Far more levels than a file of any size takes. */
export const deepestTree = 9;

/** Directories address data, leaves and free space by offset: data lies below 32 GiB. */
export const directoryDataEnd = 2 ** 35;
/** Header bytes by magic: a directory of one block, and blocks of larger ones. */
export const directoryMagic: Readonly<Record<string, { readonly header: number; readonly single: boolean }>> =
  {
    XD2B: { header: 16, single: true },
    XDB3: { header: 64, single: true },
    XD2D: { header: 16, single: false },
    XDD3: { header: 64, single: false },
  };
export const unusedTag = 0xffff;

export const remoteLinkMagic = 'XSLM';
export const remoteLinkHeaderBytes = 56;
export const longestLink = 1024;

export function malformed(structure: string, field: string, fileOffset: number, problem: Message): Failure {
  return new Failure('image.malformed', { format: 'xfs', structure, field, fileOffset, problem });
}

export function unsupported(feature: Message): Failure {
  return new Failure('image.unsupported', { format: 'xfs', feature });
}
