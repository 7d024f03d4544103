/** Reads and checks the header of a VDI image in the two versions that exist, VDIHEADER0 and VDIHEADER1. */
import { inEnglish, type Message } from '#shared/in-english.ts';
import { type ByteSource, requireWithin } from '../../bytes/source.ts';
import { guidText, isNullUuid } from '../uuids.ts';
import {
  blockZero,
  header0,
  header1,
  header1Bytes,
  imageType,
  maximumBlocks,
  preHeader,
  sectorBytes,
  signature,
  unsupported,
  version11,
  versions0,
} from './layout.ts';

export type Variant = 'dynamic' | 'static' | 'differencing';

/** What both versions say. Offsets and sizes in bytes. */
export interface Header {
  readonly version: string;
  readonly variant: Variant;
  readonly comment: string;
  readonly capacityBytes: number;
  readonly blockBytes: number;
  /** What precedes the data of every block. */
  readonly blockExtraBytes: number;
  readonly blockCount: number;
  readonly statedAllocatedBlocks: number;
  readonly blockMapOffset: number;
  readonly dataOffset: number;
  readonly uuid: string | null;
  readonly modificationUuid: string | null;
  readonly parentUuid: string | null;
  readonly parentModificationUuid: string | null;
  /** Where the fields that a repair or a resize writes are, in bytes of the file. */
  readonly places: { readonly cbDisk: number; readonly cBlocks: number; readonly cBlocksAllocated: number };
}

/** @throws Failure `image.malformed`, `image.unsupported`, `image.truncated`. */
export function readHeader(file: ByteSource): Header {
  const { u32Signature, u32Version } = preHeader.read(file, 0);
  if (u32Signature !== signature)
    throw preHeader.malformed('u32Signature', inEnglish('it is not that of a VDI image'));
  if (u32Version === version11) return readHeader1(file);
  if (versions0.includes(u32Version)) return readHeader0(file);
  throw unsupported(`version ${u32Version >>> 16}.${u32Version & 0xffff}`);
}

function readHeader0(file: ByteSource): Header {
  const raw = header0.read(file, 0);
  const blockMapOffset = header0.sizeBytes;
  return check(file, header0.malformed, raw, {
    version: `0.${raw.u32Version}`,
    blockExtraBytes: 0,
    blockMapOffset,
    dataOffset: blockMapOffset + raw.cBlocks * 4,
    parentModificationUuid: null,
    places: placesIn(header0.fields),
  });
}

function readHeader1(file: ByteSource): Header {
  const raw = header1.read(file, 0);
  const { cbHeader, offBlocks, offData, cBlocks, cbBlockExtra } = raw;
  const { malformed } = header1;
  if (cbHeader < header1Bytes)
    throw malformed(
      'cbHeader',
      inEnglish('{cbHeader} is less than {header1Bytes}', { cbHeader, header1Bytes }),
    );
  if (offBlocks < header1.sizeBytes) {
    throw malformed(
      'offBlocks',
      inEnglish('the block map at {offBlocks} overlaps the header', { offBlocks }),
    );
  }
  if (offData < offBlocks + cBlocks * 4) {
    throw malformed('offData', inEnglish('the data at {offData} overlaps the block map', { offData }));
  }
  if (cbBlockExtra !== 0 && !Number.isInteger(Math.log2(cbBlockExtra))) {
    throw malformed('cbBlockExtra', inEnglish('{cbBlockExtra} is not a power of two', { cbBlockExtra }));
  }
  return check(file, malformed, raw, {
    version: '1.1',
    blockExtraBytes: cbBlockExtra,
    blockMapOffset: offBlocks,
    dataOffset: offData,
    parentModificationUuid: uuidText(raw.uuidParentModify),
    places: placesIn(header1.fields),
  });
}

function placesIn(fields: Readonly<Record<keyof Header['places'], { offset: number }>>): Header['places'] {
  return {
    cbDisk: fields.cbDisk.offset,
    cBlocks: fields.cBlocks.offset,
    cBlocksAllocated: fields.cBlocksAllocated.offset,
  };
}

/** A GUID in the usual notation; null when it is all zeros. */
function uuidText(guid: Uint8Array): string | null {
  return isNullUuid(guid) ? null : guidText(guid);
}

/** The fields that both versions have. */
interface CommonFields {
  readonly u32Type: number;
  readonly szComment: Uint8Array;
  readonly cbDisk: number;
  readonly cbBlock: number;
  readonly cBlocks: number;
  readonly cBlocksAllocated: number;
  readonly uuidCreate: Uint8Array;
  readonly uuidModify: Uint8Array;
  readonly uuidLinkage: Uint8Array;
}

type OwnFields =
  'version' | 'blockExtraBytes' | 'blockMapOffset' | 'dataOffset' | 'parentModificationUuid' | 'places';

function check(
  file: ByteSource,
  malformed: (field: keyof CommonFields, problem: Message) => Error,
  raw: CommonFields,
  own: Pick<Header, OwnFields>,
): Header {
  const { cbDisk, cbBlock, cBlocks } = raw;
  const parentUuid = uuidText(raw.uuidLinkage);
  const variant = variantOf(raw.u32Type, malformed);
  if (variant === 'differencing' && parentUuid === null) {
    throw malformed('uuidLinkage', inEnglish('a differencing image names no parent'));
  }
  if (variant !== 'differencing' && parentUuid !== null) {
    throw malformed('uuidLinkage', inEnglish('an image that is not differencing names a parent'));
  }
  if (cbBlock < sectorBytes || !Number.isInteger(Math.log2(cbBlock))) {
    throw malformed(
      'cbBlock',
      inEnglish('{cbBlock} is not a power of two from {sectorBytes} on', { cbBlock, sectorBytes }),
    );
  }
  if (cBlocks > maximumBlocks)
    throw unsupported(
      inEnglish('an image of {cBlocks} blocks; {maximumBlocks} are possible', { cBlocks, maximumBlocks }),
    );
  if (cbDisk > cBlocks * cbBlock) {
    throw malformed(
      'cbDisk',
      inEnglish('{cbDisk} bytes do not fit in {cBlocks} blocks of {cbBlock}', { cbDisk, cBlocks, cbBlock }),
    );
  }
  requireWithin(file, own.blockMapOffset, cBlocks * 4);
  return {
    ...own,
    variant,
    comment: textOf(raw.szComment),
    capacityBytes: cbDisk,
    blockBytes: cbBlock,
    blockCount: cBlocks,
    statedAllocatedBlocks: raw.cBlocksAllocated,
    uuid: uuidText(raw.uuidCreate),
    modificationUuid: uuidText(raw.uuidModify),
    parentUuid,
  };
}

function variantOf(type: number, malformed: (field: 'u32Type', problem: Message) => Error): Variant {
  switch (type) {
    case imageType.dynamic:
      return 'dynamic';
    case imageType.static:
      return 'static';
    case imageType.differencing:
      return 'differencing';
    case imageType.undo:
      throw unsupported(inEnglish('an undo image'));
    default:
      throw malformed('u32Type', inEnglish('there is no type {type}', { type }));
  }
}

/** Text up to the first zero; what is not UTF-8 becomes a replacement character. */
function textOf(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end)).trim();
}

/** Whether an entry of the block map is a block of the file. */
export function isAllocated(entry: number): boolean {
  return entry < blockZero;
}
