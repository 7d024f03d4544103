/** The metadata region: sizes, identity and parent of the disk ([MS-VHDX] 2.6). */
import type { Span } from '#shared/domain/image.ts';
import type { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { guidText } from '../uuids.ts';
import {
  fileParameterFlag,
  logicalSectorSizes,
  malformedAt,
  maximumBlockBytes,
  maximumCapacityBytes,
  maximumMetadataItemBytes,
  maximumMetadataItems,
  metadataFlag,
  metadataGuid,
  metadataSignature,
  metadataTableBytes,
  metadataTableEntry,
  metadataTableHeader,
  minimumBlockBytes,
  unsupported,
  type MetadataItem,
} from './layout.ts';
import { decodeParentLocator, type ParentLocator } from './parent-locator.ts';

/** What the metadata say of the disk. Sizes in bytes. */
export interface Metadata {
  readonly capacityBytes: number;
  readonly blockBytes: number;
  readonly leaveBlocksAllocated: boolean;
  readonly logicalSectorBytes: number;
  readonly physicalSectorBytes: number | null;
  /** Page 83 data: the identity that a guest sees. */
  readonly virtualDiskId: string | null;
  /** Null where there is no parent. */
  readonly parent: ParentLocator | null;
  /** Where the size of the disk is in the file, in bytes. */
  readonly capacityOffset: number;
}

/** @throws Failure `image.malformed`, `image.unsupported`, `image.truncated`. */
export function readMetadata(source: ByteSource, region: Span): Metadata {
  const items = readItems(source, region);
  const parameters = view(items, 'fileParameters', 8);
  const blockBytes = parameters.getUint32(0, true);
  const flags = parameters.getUint32(4, true);
  const capacity = view(items, 'virtualDiskSize', 8).getBigUint64(0, true);
  const logicalSectorBytes = view(items, 'logicalSectorSize', 4).getUint32(0, true);
  if (!logicalSectorSizes.includes(logicalSectorBytes)) {
    throw wrong(
      items,
      'logicalSectorSize',
      inEnglish('sectors of {logicalSectorBytes} bytes cannot be', { logicalSectorBytes }),
    );
  }
  if (
    blockBytes < minimumBlockBytes ||
    blockBytes > maximumBlockBytes ||
    !Number.isInteger(Math.log2(blockBytes))
  ) {
    throw wrong(items, 'fileParameters', inEnglish('blocks of {blockBytes} bytes cannot be', { blockBytes }));
  }
  if (capacity > BigInt(maximumCapacityBytes) || capacity % BigInt(logicalSectorBytes) !== 0n) {
    throw wrong(
      items,
      'virtualDiskSize',
      inEnglish('a disk of {capacity} bytes cannot be', { capacity: String(capacity) }),
    );
  }
  const hasParent = (flags & fileParameterFlag.hasParent) !== 0;
  const id = items.get('virtualDiskId')?.bytes;
  return {
    capacityBytes: Number(capacity),
    blockBytes,
    leaveBlocksAllocated: (flags & fileParameterFlag.leaveBlocksAllocated) !== 0,
    logicalSectorBytes,
    physicalSectorBytes: items.has('physicalSectorSize')
      ? view(items, 'physicalSectorSize', 4).getUint32(0, true)
      : null,
    virtualDiskId: id === undefined || id.length < 16 ? null : guidText(id),
    capacityOffset: required(items, 'virtualDiskSize').fileOffset,
    parent: hasParent ? decodeParentLocator(required(items, 'parentLocator')) : null,
  };
}

/** One item; `fileOffset` is where it begins in the file. */
export interface ItemBytes {
  readonly bytes: Uint8Array;
  readonly fileOffset: number;
}
type Items = ReadonlyMap<MetadataItem, ItemBytes>;

const namesById = new Map(
  Object.entries(metadataGuid).map(([name, id]) => [id as string, name as MetadataItem]),
);

function readItems(source: ByteSource, region: Span): Items {
  const table = readBytes(source, region.start, metadataTableBytes);
  const { signature, entryCount } = metadataTableHeader.decode(table, 0, region.start);
  if (signature !== metadataSignature) {
    throw metadataTableHeader.malformed(
      'signature',
      inEnglish('it is not {metadataSignature}', { metadataSignature }),
      region.start,
    );
  }
  if (entryCount > maximumMetadataItems) {
    const problem = inEnglish('{entryCount} are more than {maximumMetadataItems}', {
      entryCount,
      maximumMetadataItems,
    });
    throw metadataTableHeader.malformed('entryCount', problem, region.start);
  }
  const items = new Map<MetadataItem, ItemBytes>();
  for (let index = 0; index < entryCount; index++) {
    const at = metadataTableHeader.sizeBytes + index * metadataTableEntry.sizeBytes;
    const { itemId, offset, length, flags } = metadataTableEntry.decode(table, at, region.start + at);
    const malformed = (field: 'itemId' | 'offset' | 'length', problem: Message): Failure =>
      metadataTableEntry.malformed(field, problem, region.start + at);
    const id = guidText(itemId);
    const name = (flags & metadataFlag.isUser) === 0 ? namesById.get(id) : undefined;
    if (name === undefined) {
      if ((flags & metadataFlag.isRequired) !== 0)
        throw unsupported(inEnglish('the metadata item {id}', { id }));
      continue;
    }
    if (items.has(name)) throw malformed('itemId', inEnglish('the item {id} is there twice', { id }));
    if (length > maximumMetadataItemBytes)
      throw malformed('length', inEnglish('{length} bytes are more than 1 MiB', { length }));
    if (offset < metadataTableBytes || offset + length > region.length) {
      throw malformed('offset', inEnglish('the item at {offset} is not in the region', { offset }));
    }
    const fileOffset = region.start + offset;
    items.set(name, { bytes: readBytes(source, fileOffset, length), fileOffset });
  }
  return items;
}

function required(items: Items, name: MetadataItem): ItemBytes {
  const item = items.get(name);
  if (item === undefined) throw malformedAt('metadata table', name, 0, inEnglish('the item is missing'));
  return item;
}

function view(items: Items, name: MetadataItem, lengthBytes: number): DataView {
  const { bytes } = required(items, name);
  if (bytes.length < lengthBytes)
    throw wrong(items, name, inEnglish('{count} bytes are too few', { count: bytes.length }));
  return new DataView(bytes.buffer, bytes.byteOffset, lengthBytes);
}

function wrong(items: Items, name: MetadataItem, problem: Message): Failure {
  return malformedAt('metadata item', name, items.get(name)?.fileOffset ?? 0, problem);
}
