/** Partition maps of a logical volume (ECMA-167 3/10.7, UDF 2.2.8 to 2.2.12) and the tables that they need. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, SliceSource, type ByteSource } from '../../../bytes/source.ts';
import { piecesOf } from './allocation.ts';
import { bodyOf, readFileEntry } from './file-entry.ts';
import {
  fileType,
  malformed,
  mapIdentifier,
  type partition,
  partitionMap,
  sparingTable,
  sparingTableLocationsOffset,
  tagId,
  typedPartitionMap,
  unsupported,
  virtualTableHead,
  virtualTableIdentifier,
  virtualTableTail,
} from './layout.ts';
import {
  MetadataSpace,
  PartitionTable,
  PhysicalSpace,
  SparableSpace,
  VirtualSpace,
  type BlockSpace,
} from './partitions.ts';
import { tagIdentifier } from './tag.ts';

type Descriptors = ReadonlyMap<number, ReturnType<typeof partition.decode>>;
type TypedMap = ReturnType<typeof typedPartitionMap.decode>;

const maximumMaps = 64;
/** Where the last block of a written-once medium is looked for, before padding. */
const searchedBlocks = 300;
/** 65,536 entries are more than any medium has spare packets. */
const maximumSparingBytes = 8 * 65_536;

/** @throws Failure `image.malformed`, `image.unsupported`. */
export function readPartitionMaps(
  volume: ByteSource,
  blockBytes: number,
  maps: Uint8Array,
  count: number,
  descriptors: Descriptors,
): PartitionTable {
  const table = new PartitionTable(volume, blockBytes);
  if (count > maximumMaps)
    throw malformed('partition map', 'count', 0, inEnglish('{count} are too many', { count }));
  for (let index = 0, at = 0; index < count; index++) {
    if (at + partitionMap.sizeBytes > maps.length) {
      throw malformed('partition map', 'length', 0, inEnglish('map {index} is not in the table', { index }));
    }
    const head = partitionMap.decode(maps, at);
    const map = maps.subarray(at, at + head.length);
    if (head.length < partitionMap.sizeBytes || map.length < head.length) {
      throw malformed(
        'partition map',
        'length',
        0,
        inEnglish('{count} is not possible', { count: head.length }),
      );
    }
    if (head.type === 1) table.spaces.push(physical(descriptors, head.partitionNumber, blockBytes));
    else if (head.type === 2 && map.length >= typedPartitionMap.sizeBytes) {
      table.spaces.push(typedSpace(volume, table, map, descriptors));
    } else throw unsupported(inEnglish('a partition map of type {type}', { type: head.type }));
    at += head.length;
  }
  return table;
}

function physical(descriptors: Descriptors, number: number, blockBytes: number): BlockSpace {
  const found = descriptors.get(number);
  if (found === undefined)
    throw malformed('partition map', 'partitionNumber', 0, inEnglish('there is no {number}', { number }));
  return new PhysicalSpace(found.startingLocation, found.length, blockBytes);
}

function typedSpace(
  volume: ByteSource,
  table: PartitionTable,
  map: Uint8Array,
  descriptors: Descriptors,
): BlockSpace {
  const values = typedPartitionMap.decode(map);
  const identifier = values.identifier.replace(/\0.*$/s, '');
  const { blockBytes } = table;
  const base = physical(descriptors, values.partitionNumber, blockBytes);
  if (identifier === mapIdentifier.metadata) return metadataSpace(volume, base, blockBytes, values);
  if (identifier === mapIdentifier.virtual)
    return virtualSpace(volume, base, blockBytes, values, descriptors);
  if (identifier === mapIdentifier.sparable) {
    if (values.packetLength === 0) throw typedPartitionMap.malformed('packetLength', inEnglish('it is 0'));
    const spared = readSparing(volume, blockBytes, map, values);
    return new SparableSpace(base, values.packetLength, blockBytes, spared);
  }
  throw unsupported(inEnglish('a partition of kind "{identifier}"', { identifier }));
}

/** The partition alone, so that the files which describe the others can be read. */
function lone(volume: ByteSource, space: BlockSpace, blockBytes: number): PartitionTable {
  const table = new PartitionTable(volume, blockBytes);
  table.spaces.push(space);
  return table;
}

function metadataSpace(
  volume: ByteSource,
  base: BlockSpace,
  blockBytes: number,
  { metadataLocation, mirrorLocation }: TypedMap,
): BlockSpace {
  const table = lone(volume, base, blockBytes);
  const open = (block: number, mirrored: boolean): BlockSpace => {
    const entry = readFileEntry(table, { partition: 0, block, lengthBytes: blockBytes });
    const pieces = piecesOf(table, 0, entry.allocation, entry.area, entry.sizeBytes);
    return new MetadataSpace(pieces, blockBytes, mirrored);
  };
  try {
    return open(metadataLocation, false);
  } catch (error) {
    if (!(error instanceof Failure) || !error.code.startsWith('image.')) throw error;
    return open(mirrorLocation, true);
  }
}

function readSparing(
  volume: ByteSource,
  blockBytes: number,
  map: Uint8Array,
  { sparingTables, sparingTableBytes }: TypedMap,
): ReadonlyMap<number, number> {
  const spared = new Map<number, number>();
  const view = new DataView(map.buffer, map.byteOffset, map.length);
  for (let index = 0; index < Math.min(sparingTables, 4); index++) {
    const at = view.getUint32(sparingTableLocationsOffset + index * 4, true) * blockBytes;
    const length = Math.min(sparingTableBytes, maximumSparingBytes);
    if (length < sparingTable.sizeBytes || at + length > volume.sizeBytes) continue;
    const bytes = readBytes(volume, at, length);
    if (tagIdentifier(bytes) !== tagId.sparingTable) continue;
    const { entryCount } = sparingTable.decode(bytes);
    const entries = new DataView(bytes.buffer);
    for (let entry = 0; entry < entryCount; entry++) {
      const place = sparingTable.sizeBytes + entry * 8;
      if (place + 8 > bytes.length) break;
      const original = entries.getUint32(place, true);
      // The highest values mark spare packets that are free, or bad themselves.
      if (original < 0xfffffff0) spared.set(original, entries.getUint32(place + 4, true));
    }
    return spared;
  }
  throw malformed('sparing table', 'tag', 0, inEnglish('none of its copies can be read'));
}

/** The table is the file whose entry was written last; it lies in the last block. */
function virtualSpace(
  volume: ByteSource,
  base: BlockSpace,
  blockBytes: number,
  values: TypedMap,
  descriptors: Descriptors,
): BlockSpace {
  const table = lone(volume, base, blockBytes);
  const start = descriptors.get(values.partitionNumber)!.startingLocation;
  const last = Math.floor((recordedBytes(volume) - 1) / blockBytes) - start;
  for (let block = last; block >= 0 && block > last - searchedBlocks; block--) {
    const content = virtualTable(table, block);
    if (content !== null) return new VirtualSpace(base, content, blockBytes);
  }
  throw malformed('virtual allocation table', 'tag', 0, inEnglish('it is not at the end of the volume'));
}

/** Where a medium's image ends that was made larger than what was written: its hole is no part of it. */
function recordedBytes(volume: ByteSource): number {
  let end = 0;
  for (const { start, length, hole } of volume.runs({ start: 0, length: volume.sizeBytes })) {
    if (!hole) end = start + length;
  }
  return end;
}

function virtualTable(table: PartitionTable, block: number): ByteSource | null {
  try {
    const entry = readFileEntry(table, { partition: 0, block, lengthBytes: table.blockBytes });
    const body = bodyOf(table, entry, 'virtual allocation table');
    if (entry.fileType === fileType.virtualTable) {
      const { headerLength } = virtualTableHead.read(body, 0);
      return new SliceSource(body, { start: headerLength, length: body.sizeBytes - headerLength }, body.path);
    }
    const length = body.sizeBytes - virtualTableTail.sizeBytes;
    if (entry.fileType !== fileType.unspecified || length < 0) return null;
    const { identifier } = virtualTableTail.read(body, length);
    if (!identifier.startsWith(virtualTableIdentifier)) return null;
    return new SliceSource(body, { start: 0, length }, body.path);
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith('image.')) return null;
    throw error;
  }
}
