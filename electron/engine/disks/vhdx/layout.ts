/** The on-disk structures of VHDX, after Microsoft's [MS-VHDX]. */
import { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import { ascii, bits64le, bytes, struct, u16le, u32le, u64le } from '../../bytes/struct.ts';

export const format = 'vhdx';

const kibibyte = 1024;
/** Everything but the header section is aligned to this. */
export const mebibyte = kibibyte * kibibyte;

/** 2.2.1 File Type Identifier. */
export const fileTypeIdentifier = struct({ format, name: 'file type identifier' }, 520, {
  signature: ascii(0, 8),
  creator: bytes(8, 512),
});
export const fileSignature = 'vhdxfile';

/** 2.2.2 Headers. */
export const header = struct({ format, name: 'header' }, 4 * kibibyte, {
  signature: ascii(0, 4),
  checksum: u32le(4),
  sequenceNumber: bits64le(8),
  fileWriteGuid: bytes(16, 16),
  dataWriteGuid: bytes(32, 16),
  logGuid: bytes(48, 16),
  logVersion: u16le(64),
  version: u16le(66),
  logLength: u32le(68),
  logOffset: u64le(72),
});
export const headerSignature = 'head';
export const headerOffsets = [64 * kibibyte, 128 * kibibyte] as const;
export const version1 = 1;

/** 2.2.3 Region Table. */
export const regionTableBytes = 64 * kibibyte;
export const regionTableOffsets = [192 * kibibyte, 256 * kibibyte] as const;
export const regionTableHeader = struct({ format, name: 'region table' }, 16, {
  signature: ascii(0, 4),
  checksum: u32le(4),
  entryCount: u32le(8),
});
export const regionTableSignature = 'regi';
export const maximumRegions = 2047;
export const regionTableEntry = struct({ format, name: 'region table entry' }, 32, {
  guid: bytes(0, 16),
  fileOffset: u64le(16),
  length: u32le(24),
  required: u32le(28),
});
export const regionGuid = {
  blockAllocationTable: '2dc27766-f623-4200-9d64-115e9bfd4a08',
  metadata: '8b7ca206-4790-4b9a-b8fe-575f050f886e',
} as const;

/** 2.3 Log. */
export const logSectorBytes = 4 * kibibyte;
export const logEntryHeader = struct({ format, name: 'log entry header' }, 64, {
  signature: ascii(0, 4),
  checksum: u32le(4),
  entryLength: u32le(8),
  tail: u32le(12),
  sequenceNumber: bits64le(16),
  descriptorCount: u32le(24),
  logGuid: bytes(32, 16),
  flushedFileOffset: u64le(48),
  lastFileOffset: u64le(56),
});
export const logEntrySignature = 'loge';
/** Zero and data descriptors; the first 12 bytes after the signature mean something else in each. */
export const logDescriptor = struct({ format, name: 'log descriptor' }, 32, {
  signature: ascii(0, 4),
  trailingBytes: bytes(4, 4),
  leadingBytes: bytes(8, 8),
  fileOffset: u64le(16),
  sequenceNumber: bits64le(24),
});
export const dataDescriptorSignature = 'desc';
export const zeroDescriptorSignature = 'zero';
export const dataSectorSignature = 'data';
/** Windows makes logs of 1 MiB; a log is held in memory while it is replayed. */
export const maximumLogBytes = 16 * mebibyte;

/** 2.6 Metadata Region. */
export const metadataTableBytes = 64 * kibibyte;
export const metadataTableHeader = struct({ format, name: 'metadata table' }, 32, {
  signature: ascii(0, 8),
  entryCount: u16le(10),
});
export const metadataSignature = 'metadata';
export const maximumMetadataItems = 2047;
export const maximumMetadataItemBytes = mebibyte;
export const metadataTableEntry = struct({ format, name: 'metadata table entry' }, 32, {
  itemId: bytes(0, 16),
  offset: u32le(16),
  length: u32le(20),
  flags: u32le(24),
});
export const metadataFlag = { isUser: 1, isVirtualDisk: 2, isRequired: 4 } as const;
export const metadataGuid = {
  fileParameters: 'caa16737-fa36-4d43-b3b6-33f0aa44e76b',
  virtualDiskSize: '2fa54224-cd1b-4876-b211-5dbed83bf4b8',
  virtualDiskId: 'beca12ab-b2e6-4523-93ef-c309e000c746',
  logicalSectorSize: '8141bf1d-a96f-4709-ba47-f233a8faab5f',
  physicalSectorSize: 'cda348c7-445d-4471-9cc9-e9885251c556',
  parentLocator: 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c',
} as const;
export type MetadataItem = keyof typeof metadataGuid;

/** 2.6.2.1 File Parameters: the flags after the block size. */
export const fileParameterFlag = { leaveBlocksAllocated: 1, hasParent: 2 } as const;
export const minimumBlockBytes = mebibyte;
export const maximumBlockBytes = 256 * mebibyte;
export const maximumCapacityBytes = 64 * 2 ** 40;
export const logicalSectorSizes: readonly number[] = [512, 4096];

/** 2.6.2.6 Parent Locator. */
export const parentLocatorHeader = struct({ format, name: 'parent locator' }, 20, {
  locatorType: bytes(0, 16),
  keyValueCount: u16le(18),
});
export const parentLocatorEntry = struct({ format, name: 'parent locator entry' }, 12, {
  keyOffset: u32le(0),
  valueOffset: u32le(4),
  keyLength: u16le(8),
  valueLength: u16le(10),
});
export const vhdxLocatorType = 'b04aefb7-d19e-4a81-b789-25b8e9445913';

/** 2.5 BAT: the states in the lowest bits of an entry. */
export const blockState = {
  notPresent: 0,
  undefined: 1,
  zero: 2,
  unmapped: 3,
  /** As the specification had it before it was published (0.95); qemu reads it, too. */
  unmappedDraft: 5,
  fullyPresent: 6,
  partiallyPresent: 7,
} as const;
/** Sectors whose bits one sector bitmap block of 1 MiB holds. */
export const sectorsPerChunk = 2 ** 23;

/** What is wrong at one place of a table. */
export function malformedAt(
  structure: string,
  field: string,
  fileOffset: number,
  problem: Message,
): Failure<'image.malformed'> {
  return new Failure('image.malformed', { format, structure, field, fileOffset, problem });
}

/** The failure for what the format knows, or may know one day, and we do not read. */
export function unsupported(feature: Message): Failure<'image.unsupported'> {
  return new Failure('image.unsupported', { format, feature });
}

/** `value` up to the next multiple of `unit`. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
