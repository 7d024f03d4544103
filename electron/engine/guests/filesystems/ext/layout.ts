/** The structures of ext2, ext3 and ext4 (Linux, Documentation/filesystems/ext4), with no I/O. */
import { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import { bytes, struct, u16le, u32le, u8 } from '../../../bytes/struct.ts';

const named = (name: string) => ({ format: 'ext', name });

export const superblockOffset = 1024;
export const extMagic = 0xef53;
export const rootInode = 2;
export const leastInodeBytes = 128;

export const superblock = struct(named('superblock'), 1024, {
  inodeCount: u32le(0x0),
  blockCountLow: u32le(0x4),
  firstDataBlock: u32le(0x14),
  logBlockSize: u32le(0x18),
  blocksPerGroup: u32le(0x20),
  clustersPerGroup: u32le(0x24),
  inodesPerGroup: u32le(0x28),
  writeTime: u32le(0x30),
  magic: u16le(0x38),
  state: u16le(0x3a),
  revision: u32le(0x4c),
  inodeBytes: u16le(0x58),
  compatible: u32le(0x5c),
  incompatible: u32le(0x60),
  readOnlyCompatible: u32le(0x64),
  uuid: bytes(0x68, 16),
  label: bytes(0x78, 16),
  lastMounted: bytes(0x88, 64),
  descriptorBytes: u16le(0xfe),
  firstMetaGroup: u32le(0x104),
  blockCountHigh: u32le(0x150),
});

export type Superblock = ReturnType<typeof superblock.decode>;

export const incompatible = {
  compression: 0x1,
  fileType: 0x2,
  recover: 0x4,
  journalDevice: 0x8,
  metaBlockGroups: 0x10,
  extents: 0x40,
  bits64: 0x80,
  multiMount: 0x100,
  flexGroups: 0x200,
  attributeInodes: 0x400,
  checksumSeed: 0x2000,
  largeDirectory: 0x4000,
  inlineData: 0x8000,
  encryption: 0x10000,
  caseFolding: 0x20000,
} as const;

/** What Platter reads; compression, journal devices and data in directory entries are not among it. */
export const readableFeatures = Object.entries(incompatible)
  .filter(([name]) => name !== 'compression' && name !== 'journalDevice')
  .reduce((all, [, bit]) => all | bit, 0);

export const hasJournal = 0x4;
export const cleanState = 0x1;
export const errorState = 0x2;

/** The low half of a group's descriptor, and of the high one what is needed. */
export const groupDescriptor = struct(named('group descriptor'), 32, { inodeTableLow: u32le(0x8) });
export const inodeTableHighOffset = 0x28;

export const inode = struct(named('inode'), leastInodeBytes, {
  mode: u16le(0x0),
  sizeLow: u32le(0x4),
  modificationTime: u32le(0x10),
  linkCount: u16le(0x1a),
  flags: u32le(0x20),
  block: bytes(0x28, 60),
  sizeHigh: u32le(0x6c),
});

export type InodeFields = ReturnType<typeof inode.decode>;

export const inodeFlag = { encrypted: 0x800, extents: 0x80000, inlineData: 0x10000000 } as const;

/** What follows the first 128 bytes, where inodes are larger. */
export const inodeExtra = struct(named('inode'), 28, { extraBytes: u16le(0), modificationExtra: u32le(8) });

export const extentMagic = 0xf30a;
export const extentHeader = struct(named('extent header'), 12, {
  magic: u16le(0),
  entryCount: u16le(2),
  maximum: u16le(4),
  depth: u16le(6),
});
export const extentEntryBytes = 12;
export const extentIndex = struct(named('extent index'), extentEntryBytes, {
  logicalBlock: u32le(0),
  leafLow: u32le(4),
  leafHigh: u16le(8),
});
export const extentLeaf = struct(named('extent'), extentEntryBytes, {
  logicalBlock: u32le(0),
  length: u16le(4),
  startHigh: u16le(6),
  startLow: u32le(8),
});
/** Extents of a greater length are preallocated, not written: they read as zeros. */
export const longestWrittenExtent = 32768;
export const deepestTree = 5;

export const directoryEntryBytes = 8;
export const directoryEntry = struct(named('directory entry'), directoryEntryBytes, {
  inode: u32le(0),
  recordBytes: u16le(4),
  nameBytes: u8(6),
  fileType: u8(7),
});

export const attributeMagic = 0xea020000;
export const attributeEntry = struct(named('extended attribute'), 16, {
  nameBytes: u8(0),
  nameIndex: u8(1),
  valueOffset: u16le(2),
  valueInode: u32le(4),
  valueBytes: u32le(8),
});
/** The namespace `system.`. */
export const systemAttributes = 7;

export function malformed(structure: string, field: string, fileOffset: number, problem: Message): Failure {
  return new Failure('image.malformed', { format: 'ext', structure, field, fileOffset, problem });
}

export function unsupported(feature: Message): Failure {
  return new Failure('image.unsupported', { format: 'ext', feature });
}
