/** The on-disk structures of ISO 9660 (ECMA-119, 4th edition) and of Joliet, which is a descriptor of the same form. */
import { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import { ascii, bytes, struct, u16le, u32be, u32le, u8, type Field } from '../../../bytes/struct.ts';

export const format = 'iso9660';

/** The logical sector, in which volume descriptors lie whatever the logical block is (6.1.2). */
export const sectorBytes = 2048;
/** The first volume descriptor (6.2.1), in sectors from the start of its session. */
export const descriptorSector = 16;
/** More than anybody writes; the set ends with a terminator. */
export const maximumDescriptors = 64;
export const standardId = 'CD001';

/** Volume descriptor types (8.1.1). */
export const descriptorType = {
  boot: 0,
  primary: 1,
  supplementary: 2,
  partition: 3,
  terminator: 255,
} as const;

/** A 16-bit number in both byte orders (7.2.3). Only the first is read: writers disagree about the second. */
const both16 = (offset: number): Field<number> => ({
  offset,
  sizeBytes: 4,
  get: (view, at) => view.getUint16(at, true),
  set: (view, at, value) => {
    view.setUint16(at, value, true);
    view.setUint16(at + 2, value, false);
  },
});

/** A 32-bit number in both byte orders (7.3.3). */
const both32 = (offset: number): Field<number> => ({
  offset,
  sizeBytes: 8,
  get: (view, at) => view.getUint32(at, true),
  set: (view, at, value) => {
    view.setUint32(at, value, true);
    view.setUint32(at + 4, value, false);
  },
});

/** 8.1: what all volume descriptors begin with. */
export const descriptorHead = struct({ format, name: 'volume descriptor' }, 7, {
  type: u8(0),
  standardIdentifier: ascii(1, 5),
  version: u8(6),
});

/** 8.4 and 8.5: the primary and the supplementary volume descriptor. */
export const volumeDescriptor = struct({ format, name: 'volume descriptor' }, sectorBytes, {
  ...descriptorHead.fields,
  volumeFlags: u8(7),
  systemIdentifier: bytes(8, 32),
  volumeIdentifier: bytes(40, 32),
  volumeSpaceSize: both32(80),
  escapeSequences: bytes(88, 32),
  volumeSetSize: both16(120),
  volumeSequenceNumber: both16(124),
  logicalBlockSize: both16(128),
  pathTableSize: both32(132),
  typeLPathTable: u32le(140),
  typeMPathTable: u32be(148),
  rootDirectoryRecord: bytes(156, 34),
  volumeSetIdentifier: bytes(190, 128),
  publisherIdentifier: bytes(318, 128),
  dataPreparerIdentifier: bytes(446, 128),
  applicationIdentifier: bytes(574, 128),
  copyrightFileIdentifier: bytes(702, 37),
  abstractFileIdentifier: bytes(739, 37),
  bibliographicFileIdentifier: bytes(776, 37),
  created: bytes(813, 17),
  modified: bytes(830, 17),
  expires: bytes(847, 17),
  effective: bytes(864, 17),
  fileStructureVersion: u8(881),
});

/** 8.2: a boot record; El Torito 1.0 puts the place of its catalogue behind the identifiers (figure 7). */
export const bootRecordDescriptor = struct({ format, name: 'boot record' }, sectorBytes, {
  ...descriptorHead.fields,
  bootSystemIdentifier: ascii(7, 32),
  bootIdentifier: bytes(39, 32),
  catalogueSector: u32le(71),
});
export const elTorito = 'EL TORITO SPECIFICATION';

/** 9.1: a directory record up to its file identifier. */
export const directoryRecord = struct({ format, name: 'directory record' }, 33, {
  recordLength: u8(0),
  extendedAttributeLength: u8(1),
  extentLocation: both32(2),
  dataLength: both32(10),
  recordedAt: bytes(18, 7),
  fileFlags: u8(25),
  fileUnitSize: u8(26),
  interleaveGapSize: u8(27),
  volumeSequenceNumber: both16(28),
  identifierLength: u8(32),
});

/** 9.1.6. */
export const fileFlag = { hidden: 1, directory: 2, associated: 4, multiExtent: 0x80 } as const;

/** SUSP 1.12, section 5.1: where the continuation of a system use area lies. */
export const continuationArea = struct({ format, name: 'SUSP CE' }, 28, {
  blockLocation: both32(4),
  offset: both32(12),
  lengthBytes: both32(20),
});

/** RRIP 1.12, section 4.1.1, as far as all versions have it. */
export const posixAttributes = struct({ format, name: 'RRIP PX' }, 36, {
  mode: both32(4),
  links: both32(12),
  userId: both32(20),
  groupId: both32(28),
});
/** The same with the serial number of RRIP 1.12. */
export const posixAttributesWithSerial = struct({ format, name: 'RRIP PX' }, 44, {
  ...posixAttributes.fields,
  serialNumber: both32(36),
});

/** RRIP 1.12, sections 4.1.5.1 and 4.1.5.2: where a relocated folder is, or came from. */
export const childLink = struct({ format, name: 'RRIP CL' }, 12, { location: both32(4) });

/** ZF, as mkzftree and the Linux kernel know it: the file's body is compressed. */
export const zisofsField = struct({ format, name: 'RRIP ZF' }, 16, {
  algorithm: ascii(4, 2),
  headerWords: u8(6),
  blockLog2: u8(7),
  uncompressedBytes: both32(8),
});

/** The head of a zisofs body. */
export const zisofsHeader = struct({ format, name: 'zisofs header' }, 16, {
  magic: bytes(0, 8),
  uncompressedBytes: u32le(8),
  headerWords: u8(12),
  blockLog2: u8(13),
});
export const zisofsMagic = Uint8Array.of(0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07);

/** 10: entries of the validation, default, header and section kind are 32 bytes each; 16-bit words of one path table. */
export const pathTableHead = {
  little: struct({ format, name: 'path table record' }, 8, {
    identifierLength: u8(0),
    extentLocation: u32le(2),
    parentNumber: u16le(6),
  }),
  big: struct({ format, name: 'path table record' }, 8, {
    identifierLength: u8(0),
    extentLocation: u32be(2),
    parentNumber: {
      offset: 6,
      sizeBytes: 2,
      get: (view, at) => view.getUint16(at, false),
      set: (view, at, value) => view.setUint16(at, value, false),
    } satisfies Field<number>,
  }),
};

/** The failure for what lies at `fileOffset`. */
export function malformed(
  structure: string,
  field: string,
  fileOffset: number,
  problem: Message,
): Failure<'image.malformed'> {
  return new Failure('image.malformed', { format, structure, field, fileOffset, problem });
}
