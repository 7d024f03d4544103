/** The on-disk structures of qcow2, after qemu's "Qcow2 Image File Format" (docs/interop/qcow2). */
import { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import { bits64be, bytes, struct, u16be, u32be, u64be, u8 } from '../../bytes/struct.ts';

export const format = 'qcow2';

/** "QFI\xfb" (section Header). */
export const magic = 0x514649fb;

export const minimumClusterBits = 9;
/** qemu's own limit: larger clusters are possible on paper, but nothing makes or reads them. */
export const maximumClusterBits = 21;
/** Extended L2 entries need subclusters of at least a sector. */
export const minimumExtendedClusterBits = 14;
/** Section Extended L2 Entries: a cluster has as many subclusters as its bitmap bits. */
export const subclusters = 32;
export const sectorBytes = 512;

/** qemu's limit on the L1 table, in bytes. */
export const maximumL1Bytes = 32 << 20;
/** qemu's limit on the refcount table, in bytes. */
export const maximumRefcountTableBytes = 8 << 20;
export const maximumSnapshots = 65536;
/** qemu's limits on the snapshot table and on the extra data of one entry, in bytes. */
export const maximumSnapshotTableBytes = maximumSnapshots * 1024;
export const maximumSnapshotExtraBytes = 1024;
export const maximumBackingNameBytes = 1023;
export const maximumBitmaps = 65535;
/** qemu's limit on one bitmap, in bytes of the file. */
export const maximumBitmapBytes = 512 << 20;
export const maximumBitmapDirectoryBytes = maximumBitmaps * 1024;

export const headerV2Bytes = 72;
export const headerV3Bytes = 104;
/** The v3 header with the compression type and its padding. */
export const headerWithCompressionBytes = 112;

const headerFields = {
  magic: u32be(0),
  version: u32be(4),
  backingFileOffset: u64be(8),
  backingFileSize: u32be(16),
  clusterBits: u32be(20),
  size: u64be(24),
  cryptMethod: u32be(32),
  l1Size: u32be(36),
  l1TableOffset: u64be(40),
  refcountTableOffset: u64be(48),
  refcountTableClusters: u32be(56),
  nbSnapshots: u32be(60),
  snapshotsOffset: u64be(64),
};

const headerV3Fields = {
  ...headerFields,
  incompatibleFeatures: bits64be(72),
  compatibleFeatures: bits64be(80),
  autoclearFeatures: bits64be(88),
  refcountOrder: u32be(96),
  headerLength: u32be(100),
};

/** Section Header: version 2, and the beginning of version 3. */
export const headerV2 = struct({ format, name: 'header' }, headerV2Bytes, headerFields);

/** Section Header, version 3 as far as it is mandatory. */
export const headerV3 = struct({ format, name: 'header' }, headerV3Bytes, headerV3Fields);

/** Section Additional fields. */
export const headerWithCompression = struct({ format, name: 'header' }, headerWithCompressionBytes, {
  ...headerV3Fields,
  compressionType: u8(104),
});

/** Bit numbers of incompatible_features. */
export const incompatibleBit = { dirty: 0, corrupt: 1, dataFile: 2, compression: 3, extendedL2: 4 } as const;
export const knownIncompatibleBits = 5;
/** Bit numbers of compatible_features. */
export const compatibleBit = { lazyRefcounts: 0 } as const;
/** Bit numbers of autoclear_features. */
export const autoclearBit = { bitmaps: 0, rawDataFile: 1 } as const;

export const cryptMethods: readonly (string | null)[] = [null, 'AES', 'LUKS'];
export const compressionTypes = ['zlib', 'zstd'] as const;
export type CompressionType = (typeof compressionTypes)[number];

/** Section Header extensions: the type numbers. */
export const extensionType = {
  end: 0,
  backingFormat: 0xe2792aca,
  featureNames: 0x6803f857,
  bitmaps: 0x23852875,
  cryptoHeader: 0x0537be77,
  dataFile: 0x44415441,
} as const;

export const headerExtension = struct({ format, name: 'header extension' }, 8, {
  type: u32be(0),
  length: u32be(4),
});

/** Section Feature name table. `name` is padded with zeros. */
export const featureName = struct({ format, name: 'feature name table' }, 48, {
  type: u8(0),
  bit: u8(1),
  name: bytes(2, 46),
});

export const bitmapsExtension = struct({ format, name: 'bitmaps extension' }, 24, {
  nbBitmaps: u32be(0),
  reserved: u32be(4),
  bitmapDirectorySize: u64be(8),
  bitmapDirectoryOffset: u64be(16),
});

export const cryptoHeaderExtension = struct({ format, name: 'full disk encryption header pointer' }, 16, {
  offset: u64be(0),
  length: u64be(8),
});

export const bitmapDirectoryEntry = struct({ format, name: 'bitmap directory entry' }, 24, {
  bitmapTableOffset: u64be(0),
  bitmapTableSize: u32be(8),
  flags: u32be(12),
  type: u8(16),
  granularityBits: u8(17),
  nameSize: u16be(18),
  extraDataSize: u32be(20),
});

/** Section Snapshots: the part of fixed size. */
export const snapshotTableEntry = struct({ format, name: 'snapshot table entry' }, 40, {
  l1TableOffset: u64be(0),
  l1Size: u32be(8),
  idStrSize: u16be(12),
  nameSize: u16be(14),
  dateSec: u32be(16),
  dateNsec: u32be(20),
  vmClockNsec: bits64be(24),
  vmStateSize: u32be(32),
  extraDataSize: u32be(36),
});

/** The extra data of a snapshot table entry as far as we use it. */
export const snapshotExtraData = struct({ format, name: 'snapshot table entry' }, 16, {
  vmStateSizeLarge: u64be(0),
  diskSize: u64be(8),
});

/** What is wrong with one entry of a table. `fileOffset` is where the entry lies. */
export function malformedEntry(
  structure: 'L1 table entry' | 'L2 table entry' | 'refcount table entry' | 'compressed cluster',
  field: string,
  fileOffset: number,
  problem: Message,
): Failure<'image.malformed'> {
  return new Failure('image.malformed', { format, structure, field, fileOffset, problem });
}

/** The failure for something the specification knows, or may know one day, and we do not. */
export function unsupported(feature: Message): Failure<'image.unsupported'> {
  return new Failure('image.unsupported', { format, feature });
}

/** `value` up to the next multiple of `unit`. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
