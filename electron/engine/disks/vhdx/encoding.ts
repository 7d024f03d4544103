/** The header section and the metadata region of a VHDX to be written ([MS-VHDX] 2.2, 2.6). */
import type { ContentIdentity } from '../content-identity.ts';
import { guidBytes } from '../uuids.ts';
import { crc32c } from './crc32c.ts';
import {
  fileParameterFlag,
  fileSignature,
  fileTypeIdentifier,
  header,
  headerSignature,
  metadataFlag,
  metadataGuid,
  metadataSignature,
  metadataTableBytes,
  metadataTableEntry,
  metadataTableHeader,
  regionGuid,
  regionTableBytes,
  regionTableEntry,
  regionTableHeader,
  regionTableSignature,
  version1,
  type MetadataItem,
} from './layout.ts';
import { physicalSectorBytes, type TargetGeometry } from './target-geometry.ts';

export function encodeIdentifier(): Uint8Array {
  return fileTypeIdentifier.encode({
    signature: fileSignature,
    creator: new Uint8Array(Buffer.from('Platter', 'utf16le')),
  });
}

/** Both headers; the second is the current one. The log is empty. */
export function encodeHeaders({ log }: TargetGeometry, identity: ContentIdentity): Uint8Array[] {
  return [1n, 2n].map((sequenceNumber) => {
    const bytes = header.encode({
      signature: headerSignature,
      sequenceNumber,
      fileWriteGuid: identity.guid('file write'),
      dataWriteGuid: identity.guid('data write'),
      version: version1,
      logLength: log.length,
      logOffset: log.start,
    });
    return header.encode({ checksum: crc32c(bytes, 4) }, bytes);
  });
}

export function encodeRegionTable({ table, metadata }: TargetGeometry): Uint8Array {
  const bytes = new Uint8Array(regionTableBytes);
  const regions = [
    { guid: regionGuid.blockAllocationTable, ...table },
    { guid: regionGuid.metadata, ...metadata },
  ];
  regionTableHeader.encode({ signature: regionTableSignature, entryCount: regions.length }, bytes);
  for (const [index, { guid, start, length }] of regions.entries()) {
    const at = regionTableHeader.sizeBytes + index * regionTableEntry.sizeBytes;
    regionTableEntry.encode({ guid: guidBytes(guid), fileOffset: start, length, required: 1 }, bytes, at);
  }
  return regionTableHeader.encode({ checksum: crc32c(bytes, 4) }, bytes);
}

/** The table of the metadata region and the items behind it. */
export function encodeMetadata(geometry: TargetGeometry, identity: ContentIdentity): Uint8Array {
  const { blockBytes, isFixed, capacityBytes, logicalSectorBytes, uuid } = geometry;
  const { isRequired, isVirtualDisk } = metadataFlag;
  const items: readonly [MetadataItem, Uint8Array, number][] = [
    ['fileParameters', words(blockBytes, isFixed ? fileParameterFlag.leaveBlocksAllocated : 0), isRequired],
    ['virtualDiskSize', long(capacityBytes), isRequired | isVirtualDisk],
    [
      'virtualDiskId',
      uuid === null ? identity.guid('virtual disk') : guidBytes(uuid),
      isRequired | isVirtualDisk,
    ],
    ['logicalSectorSize', words(logicalSectorBytes), isRequired | isVirtualDisk],
    ['physicalSectorSize', words(physicalSectorBytes), isRequired | isVirtualDisk],
  ];
  const bytes = new Uint8Array(metadataTableBytes * 2);
  metadataTableHeader.encode({ signature: metadataSignature, entryCount: items.length }, bytes);
  let offset = metadataTableBytes;
  for (const [index, [name, value, flags]] of items.entries()) {
    const at = metadataTableHeader.sizeBytes + index * metadataTableEntry.sizeBytes;
    const itemId = guidBytes(metadataGuid[name]);
    metadataTableEntry.encode({ itemId, offset, length: value.length, flags }, bytes, at);
    bytes.set(value, offset);
    offset += value.length;
  }
  return bytes;
}

function words(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value, true);
  return new Uint8Array(view.buffer);
}

function long(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value), true);
  return new Uint8Array(view.buffer);
}
