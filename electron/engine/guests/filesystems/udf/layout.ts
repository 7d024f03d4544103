/** The on-disk structures of UDF: ECMA-167 (3rd edition), as OSTA's UDF 1.02 to 2.60 restrict it. */
import { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import { ascii, bytes, struct, u16le, u32le, u64le, u8 } from '../../../bytes/struct.ts';

export const format = 'udf';

/** ECMA-167 2/8.3.1: the volume structure descriptors begin here, and are 2048 bytes each (or a longer sector). */
export const recognitionOffset = 32768;
export const recognitionBytes = 2048;

/** ECMA-167 3/7.2.1 and 4/7.2.1, as far as they are read. */
export const tagId = {
  sparingTable: 0,
  primaryVolume: 1,
  anchor: 2,
  volumePointer: 3,
  partition: 5,
  logicalVolume: 6,
  terminating: 8,
  fileSet: 256,
  fileIdentifier: 257,
  allocationExtent: 258,
  indirectEntry: 259,
  fileEntry: 261,
  extendedFileEntry: 266,
} as const;

/** 3/7.2: a descriptor's tag. */
export const descriptorTag = struct({ format, name: 'descriptor tag' }, 16, {
  identifier: u16le(0),
  version: u16le(2),
  checksum: u8(4),
  serialNumber: u16le(6),
  crc: u16le(8),
  crcLength: u16le(10),
  location: u32le(12),
});

/** 3/10.2. */
export const anchor = struct({ format, name: 'anchor volume descriptor pointer' }, 32, {
  mainLength: u32le(16),
  mainLocation: u32le(20),
  reserveLength: u32le(24),
  reserveLocation: u32le(28),
});
/** 3/10.3. */
export const volumePointer = struct({ format, name: 'volume descriptor pointer' }, 28, {
  nextLength: u32le(20),
  nextLocation: u32le(24),
});
/** 3/10.1. */
export const primaryVolume = struct({ format, name: 'primary volume descriptor' }, 512, {
  sequenceNumber: u32le(16),
  volumeIdentifier: bytes(24, 32),
  volumeSetIdentifier: bytes(72, 128),
  recordedAt: bytes(376, 12),
});
/** 3/10.5. */
export const partition = struct({ format, name: 'partition descriptor' }, 512, {
  sequenceNumber: u32le(16),
  number: u16le(22),
  startingLocation: u32le(188),
  length: u32le(192),
});
/** 3/10.6; the domain's suffix holds the revision of UDF (UDF 2.1.5.3). */
export const logicalVolume = struct({ format, name: 'logical volume descriptor' }, 440, {
  sequenceNumber: u32le(16),
  identifier: bytes(84, 128),
  blockBytes: u32le(212),
  revision: u16le(240),
  fileSetDescriptor: bytes(248, 16),
  mapTableLength: u32le(264),
  mapCount: u32le(268),
});

/** 3/10.7.2 and UDF 2.2.8 to 2.2.10: the kinds of partition maps. */
export const partitionMap = struct({ format, name: 'partition map' }, 6, {
  type: u8(0),
  length: u8(1),
  partitionNumber: u16le(4),
});
export const typedPartitionMap = struct({ format, name: 'partition map' }, 64, {
  type: u8(0),
  length: u8(1),
  identifier: ascii(5, 23),
  partitionNumber: u16le(38),
  // Of a sparable partition:
  packetLength: u16le(40),
  sparingTables: u8(42),
  sparingTableBytes: u32le(44),
  // Of a metadata partition:
  metadataLocation: u32le(40),
  mirrorLocation: u32le(44),
});
export const sparingTableLocationsOffset = 48;
export const mapIdentifier = {
  virtual: '*UDF Virtual Partition',
  sparable: '*UDF Sparable Partition',
  metadata: '*UDF Metadata Partition',
} as const;

/** UDF 2.2.12: what follows are pairs of packets, as they are asked for and where they are. */
export const sparingTable = struct({ format, name: 'sparing table' }, 56, { entryCount: u16le(48) });
/** UDF 2.2.11: the head of a virtual allocation table from UDF 2.00 on. */
export const virtualTableHead = struct({ format, name: 'virtual allocation table' }, 152, {
  headerLength: u16le(0),
});
/** The tail of one of UDF 1.50. */
export const virtualTableTail = struct({ format, name: 'virtual allocation table' }, 36, {
  identifier: ascii(1, 23),
});
export const virtualTableIdentifier = '*UDF Virtual Alloc Tbl';

/** 4/14.1. */
export const fileSet = struct({ format, name: 'file set descriptor' }, 512, { rootIcb: bytes(400, 16) });

/** 4/14.14.2: an extent by its partition. */
export const longAllocation = struct({ format, name: 'long_ad' }, 16, {
  length: u32le(0),
  block: u32le(4),
  partition: u16le(8),
});
/** 4/14.14.1: an extent in the partition of the descriptor that names it. */
export const shortAllocation = struct({ format, name: 'short_ad' }, 8, { length: u32le(0), block: u32le(4) });
/** 4/14.14.3. */
export const extendedAllocation = struct({ format, name: 'ext_ad' }, 20, {
  length: u32le(0),
  informationLength: u32le(8),
  block: u32le(12),
  partition: u16le(16),
});
/** The upper two bits of an extent's length (4/14.14.1.1). */
export const extentKind = { recorded: 0, allocated: 1, absent: 2, continuation: 3 } as const;

/** 4/14.5. */
export const allocationExtent = struct({ format, name: 'allocation extent descriptor' }, 24, {
  descriptorsBytes: u32le(20),
});

const icbFields = {
  strategy: u16le(20),
  fileType: u8(27),
  icbFlags: u16le(34),
};
/** 4/14.9. */
export const fileEntry = struct({ format, name: 'file entry' }, 176, {
  ...icbFields,
  permissions: u32le(44),
  informationLength: u64le(56),
  modifiedAt: bytes(84, 12),
  attributesBytes: u32le(168),
  descriptorsBytes: u32le(172),
});
/** 4/14.17. */
export const extendedFileEntry = struct({ format, name: 'extended file entry' }, 216, {
  ...icbFields,
  permissions: u32le(44),
  informationLength: u64le(56),
  modifiedAt: bytes(92, 12),
  attributesBytes: u32le(208),
  descriptorsBytes: u32le(212),
});
/** 4/14.7. */
export const indirectEntry = struct({ format, name: 'indirect entry' }, 52, { icb: bytes(36, 16) });

/** 4/14.6.6, and UDF 2.3.5.2. */
export const fileType = {
  unspecified: 0,
  directory: 4,
  bytes: 5,
  link: 12,
  virtualTable: 248,
  realTime: 249,
} as const;

/** 4/14.4. */
export const fileIdentifier = struct({ format, name: 'file identifier descriptor' }, 38, {
  characteristics: u8(18),
  identifierLength: u8(19),
  icb: bytes(20, 16),
  implementationUseLength: u16le(36),
});
export const characteristic = { hidden: 1, directory: 2, deleted: 4, parent: 8 } as const;

/** The failure for what lies at `fileOffset` of the volume. */
export function malformed(
  structure: string,
  field: string,
  fileOffset: number,
  problem: Message,
): Failure<'image.malformed'> {
  return new Failure('image.malformed', { format, structure, field, fileOffset, problem });
}

/** The failure for what UDF knows and we do not read. */
export function unsupported(feature: Message): Failure<'image.unsupported'> {
  return new Failure('image.unsupported', { format, feature });
}
