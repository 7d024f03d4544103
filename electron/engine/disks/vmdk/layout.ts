/** The on-disk structures of VMDK, after VMware's "Virtual Disk Format 5.0", with its names; seSparse after qemu's block/vmdk.c. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { ascii, bits64le, bytes, struct, u16le, u32le, u64le, u8 } from '../../bytes/struct.ts';

export const format = 'vmdk';
export const sectorBytes = 512;

/** Sector counts and offsets above this would not be exact in bytes. */
export const maximumSectors = Math.floor(Number.MAX_SAFE_INTEGER / sectorBytes);

/** "Hosted Sparse Extent Header": the magic as bytes, and the versions that exist. */
export const sparseMagic = 'KDMV';
export const maximumSparseVersion = 3;

/** "Hosted Sparse Extent Header": the bits of `flags`. The upper half is for what a reader must know. */
export const flagValidNewLineDetection = 1 << 0;
export const flagRedundantGrainTable = 1 << 1;
export const flagZeroedGrains = 1 << 2;
export const flagCompressed = 1 << 16;
export const flagMarkers = 1 << 17;
export const incompatibleFlags = 0xffff0000;

/** "Hosted Sparse Extent Header": the values of `compressAlgorithm`. */
export const compressionNone = 0;
export const compressionDeflate = 1;

/** `gdOffset` of a streamOptimized header whose true values are in the footer. */
export const grainDirectoryAtEnd = 0xffff_ffff_ffff_ffffn;

/** A grain table entry of 0: the parent shows through, or zeros where there is none. */
export const grainAbsent = 0;
/** A grain table entry of 1: zeros. No grain can be there, sector 1 always holds metadata. */
export const grainZeroed = 1;

/** Grain sizes in bytes: VMware writes 64 KiB; a larger unit than this would have to be held in memory twice. */
export const maximumGrainBytes = 16 << 20;
/** Entries per grain table: VMware writes 512. */
export const maximumGrainTableEntries = 65536;
/** qemu's limit, far beyond any disk: VMware's largest have two million. */
export const maximumGrainTables = 1 << 25;
/** Descriptors are a few hundred bytes; those of disks split in many parts a few hundred kilobytes. */
export const maximumDescriptorBytes = 1 << 20;
/** Parts of one disk: 8 TiB in parts of 2 GiB. Each is an open file. */
export const maximumExtents = 4096;

/** "Hosted Sparse Extent Header"; also the footer of a streamOptimized extent. Sizes and offsets in sectors. */
export const sparseExtentHeader = struct({ format, name: 'SparseExtentHeader' }, sectorBytes, {
  magicNumber: ascii(0, 4),
  version: u32le(4),
  flags: u32le(8),
  capacity: u64le(12),
  grainSize: u64le(20),
  descriptorOffset: u64le(28),
  descriptorSize: u64le(36),
  numGTEsPerGT: u32le(44),
  rgdOffset: bits64le(48),
  gdOffset: bits64le(56),
  overHead: u64le(64),
  uncleanShutdown: u8(72),
  singleEndLineChar: u8(73),
  nonEndLineChar: u8(74),
  doubleEndLineChar1: u8(75),
  doubleEndLineChar2: u8(76),
  compressAlgorithm: u16le(77),
});

/** What the four characters of the newline detection must be. */
export const newLineDetection = {
  singleEndLineChar: 0x0a,
  nonEndLineChar: 0x20,
  doubleEndLineChar1: 0x0d,
  doubleEndLineChar2: 0x0a,
} as const;

/** "Stream-Optimized Compressed Sparse Extents": what precedes the deflated bytes of a grain. */
export const grainMarker = struct({ format, name: 'GrainMarker' }, 12, { lba: u64le(0), size: u32le(8) });

/** The same section: what precedes a grain table, a grain directory, the footer and the end. `val` is a sector count. */
export const metadataMarker = struct({ format, name: 'Marker' }, sectorBytes, {
  val: bits64le(0),
  size: u32le(8),
  type: u32le(12),
});
export const markerEndOfStream = 0;
export const markerGrainTable = 1;
export const markerGrainDirectory = 2;
export const markerFooter = 3;

/** "ESX Server Sparse Extents" (of version 1.1): the COWDisk_Header, as far as it is in use. In sectors. */
export const cowMagic = 'COWD';
export const cowDiskHeader = struct({ format, name: 'COWDisk_Header' }, 2048, {
  magicNumber: ascii(0, 4),
  version: u32le(4),
  flags: u32le(8),
  numSectors: u32le(12),
  grainSize: u32le(16),
  gdOffset: u32le(20),
  numGDEntries: u32le(24),
  freeSector: u32le(28),
});
export const cowGrainTableEntries = 4096;

/** The constant header of a space-efficient sparse extent. Offsets and sizes in sectors. */
export const seSparseMagic = 0x0000_0000_cafe_baben;
export const seSparseVersion = 0x0000_0002_0000_0001n;
export const seSparseConstHeader = struct({ format, name: 'SESparseConstHeader' }, sectorBytes, {
  magic: bits64le(0),
  version: bits64le(8),
  capacity: u64le(16),
  grainSize: u64le(24),
  grainTableSize: u64le(32),
  flags: bits64le(40),
  reserved1: bits64le(48),
  reserved2: bits64le(56),
  reserved3: bits64le(64),
  reserved4: bits64le(72),
  volatileHeaderOffset: u64le(80),
  volatileHeaderSize: u64le(88),
  journalHeaderOffset: u64le(96),
  journalHeaderSize: u64le(104),
  journalOffset: u64le(112),
  journalSize: u64le(120),
  grainDirOffset: u64le(128),
  grainDirSize: u64le(136),
  grainTablesOffset: u64le(144),
  grainTablesSize: u64le(152),
  freeBitmapOffset: u64le(160),
  freeBitmapSize: u64le(168),
  backMapOffset: u64le(176),
  backMapSize: u64le(184),
  grainsOffset: u64le(192),
  grainsSize: u64le(200),
  padding: bytes(208, 304),
});

export const seSparseVolatileMagic = 0x0000_0000_cafe_cafen;
export const seSparseVolatileHeader = struct({ format, name: 'SESparseVolatileHeader' }, sectorBytes, {
  magic: bits64le(0),
  freeGTNumber: u64le(8),
  nextTxnSeqNumber: u64le(16),
  replayJournal: bits64le(24),
  padding: bytes(32, 480),
});

/** Throws through `wrong` when a disk of that capacity would have more grain tables than any has. */
export function requireTables(tableCount: number, wrong: (problem: Message) => Failure): void {
  if (tableCount > maximumGrainTables)
    throw wrong(inEnglish('{tableCount} grain tables are more than any disk has', { tableCount }));
}

/** The failure for what is no structure with fields: a table or a line of the descriptor. */
export function malformed(
  structure: string,
  field: string,
  fileOffset: number,
  problem: Message,
): Failure<'image.malformed'> {
  return new Failure('image.malformed', { format, structure, field, fileOffset, problem });
}

/** The failure for what is right but not done here. */
export function unsupported(feature: Message): Failure<'image.unsupported'> {
  return new Failure('image.unsupported', { format, feature });
}
