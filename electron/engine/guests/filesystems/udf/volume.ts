/** Opens a UDF volume (ECMA-167 part 3): anchor, volume descriptor sequence, partition maps, file set. */
import { readBytes, type ByteSource } from '../../../bytes/source.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import {
  anchor,
  logicalVolume,
  malformed,
  partition,
  primaryVolume,
  recognitionBytes,
  recognitionOffset,
  tagId,
  volumePointer,
} from './layout.ts';
import { dstring, timestamp } from './osta.ts';
import { readPartitionMaps } from './partition-maps.ts';
import type { PartitionTable } from './partitions.ts';
import { requireTag, tagIdentifier } from './tag.ts';

export interface UdfVolume {
  readonly table: PartitionTable;
  readonly label: string;
  readonly volumeSetIdentifier: string;
  readonly recordedAt: string | null;
  /** As 0x0201 for 2.01. */
  readonly revision: number;
  readonly blockBytes: number;
  /** The place of the file set descriptor, a long_ad. */
  readonly fileSetDescriptor: Uint8Array;
  /** Whether the main sequence was unreadable and the reserve one was taken. */
  readonly reserve: boolean;
}

/** In the order of asking: optical media, hard disks, and the rest. */
const blockSizes = [2048, 512, 4096, 1024] as const;
const maximumRecognitions = 64;
const maximumDescriptors = 1024;

/** Whether the recognition sequence names UDF (NSR02, NSR03). */
export function isRecognised(volume: ByteSource): boolean {
  // Structures of disks with 4096-byte sectors are that far apart.
  return [recognitionBytes, 4096].some((step) => {
    for (let index = 0; index < maximumRecognitions; index++) {
      const at = recognitionOffset + index * step;
      if (at + 7 > volume.sizeBytes) return false;
      const identifier = Buffer.from(readBytes(volume, at + 1, 5)).toString('latin1');
      if (identifier === 'NSR02' || identifier === 'NSR03') return true;
      if (!['BEA01', 'BOOT2', 'CD001', 'CDW02'].includes(identifier)) return false;
    }
    return false;
  });
}

interface Anchor {
  readonly blockBytes: number;
  readonly values: ReturnType<typeof anchor.decode>;
}

/** The first anchor among the places where one has to be (3/8.4.2.1); null when there is none. */
export function findAnchor(volume: ByteSource): Anchor | null {
  for (const blockBytes of blockSizes) {
    const last = Math.floor(volume.sizeBytes / blockBytes) - 1;
    for (const block of [256, last, last - 256, 512]) {
      if (block < 16 || block > last) continue;
      const bytes = readBytes(volume, block * blockBytes, 512);
      const location = new DataView(bytes.buffer).getUint32(12, true);
      if (tagIdentifier(bytes) === tagId.anchor && location === block) {
        return { blockBytes, values: anchor.decode(bytes) };
      }
    }
  }
  return null;
}

/** @throws Failure `image.*`. */
export function openVolume(volume: ByteSource): UdfVolume {
  const found = findAnchor(volume);
  if (found === null)
    throw malformed('anchor volume descriptor pointer', 'tag', 0, inEnglish('there is none'));
  const { blockBytes, values } = found;
  const sequences = [
    { location: values.mainLocation, length: values.mainLength, reserve: false },
    { location: values.reserveLocation, length: values.reserveLength, reserve: true },
  ];
  let problem: Failure | null = null;
  for (const { location, length, reserve } of sequences) {
    try {
      const sequence = readSequence(volume, blockBytes, location, length);
      return { ...assembled(volume, blockBytes, sequence), reserve };
    } catch (error) {
      if (!(error instanceof Failure) || !error.code.startsWith('image.')) throw error;
      // The reserve sequence is for that; but what is not supported stays so.
      if (error.code === 'image.unsupported') throw error;
      problem ??= error;
    }
  }
  throw problem!;
}

interface Sequence {
  primary: ReturnType<typeof primaryVolume.decode> | null;
  logical: { values: ReturnType<typeof logicalVolume.decode>; maps: Uint8Array } | null;
  /** By their numbers. */
  readonly partitions: Map<number, ReturnType<typeof partition.decode>>;
}

/** Of every descriptor the one with the highest sequence number counts (3/8.4.3). */
function readSequence(volume: ByteSource, blockBytes: number, location: number, length: number): Sequence {
  const sequence: Sequence = { primary: null, logical: null, partitions: new Map() };
  let next = location;
  let end = location + Math.floor(length / blockBytes);
  for (let count = 0; next < end; count++) {
    if (count >= maximumDescriptors) {
      throw malformed(
        'volume descriptor sequence',
        'length',
        next * blockBytes,
        inEnglish('it does not end'),
      );
    }
    const at = next * blockBytes;
    const bytes = readBytes(volume, at, blockBytes);
    const identifier = tagIdentifier(bytes);
    if (identifier === null || identifier === tagId.terminating) break;
    requireTag(bytes, [identifier], at);
    next++;
    if (identifier === tagId.volumePointer) {
      const { nextLocation, nextLength } = volumePointer.decode(bytes);
      next = nextLocation;
      end = nextLocation + Math.floor(nextLength / blockBytes);
    } else take(sequence, identifier, bytes, at);
  }
  return sequence;
}

function take(sequence: Sequence, identifier: number, bytes: Uint8Array, at: number): void {
  if (identifier === tagId.primaryVolume) {
    const values = primaryVolume.decode(bytes);
    if (values.sequenceNumber >= (sequence.primary?.sequenceNumber ?? 0)) sequence.primary = values;
  } else if (identifier === tagId.partition) {
    const values = partition.decode(bytes);
    const before = sequence.partitions.get(values.number);
    if (values.sequenceNumber >= (before?.sequenceNumber ?? 0))
      sequence.partitions.set(values.number, values);
  } else if (identifier === tagId.logicalVolume) {
    const values = logicalVolume.decode(bytes, 0, at);
    const mapsEnd = logicalVolume.sizeBytes + values.mapTableLength;
    if (mapsEnd > bytes.length) {
      throw logicalVolume.malformed(
        'mapTableLength',
        inEnglish('{mapTableLength} bytes do not fit', { mapTableLength: values.mapTableLength }),
        at,
      );
    }
    const maps = bytes.subarray(logicalVolume.sizeBytes, mapsEnd);
    if (values.sequenceNumber >= (sequence.logical?.values.sequenceNumber ?? 0)) {
      sequence.logical = { values, maps };
    }
  }
}

function assembled(volume: ByteSource, blockBytes: number, sequence: Sequence): Omit<UdfVolume, 'reserve'> {
  const { logical, primary, partitions } = sequence;
  if (logical === null)
    throw malformed('volume descriptor sequence', 'logical volume', 0, inEnglish('it has none'));
  if (logical.values.blockBytes !== blockBytes) {
    const problem = inEnglish('blocks of {blockBytes} bytes, but sectors of {blockBytes2}', {
      blockBytes: logical.values.blockBytes,
      blockBytes2: blockBytes,
    });
    throw logicalVolume.malformed('blockBytes', problem);
  }
  const table = readPartitionMaps(volume, blockBytes, logical.maps, logical.values.mapCount, partitions);
  return {
    table,
    label: dstring(logical.values.identifier),
    volumeSetIdentifier: primary === null ? '' : dstring(primary.volumeSetIdentifier),
    recordedAt: primary === null ? null : timestamp(primary.recordedAt),
    revision: logical.values.revision,
    blockBytes,
    fileSetDescriptor: logical.values.fileSetDescriptor,
  };
}
