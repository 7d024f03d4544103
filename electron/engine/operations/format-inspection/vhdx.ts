/** oslo.utils' look at VHDX: its mark, and whether the file holds the metadata that says how large the disk is. */
import type { ByteSource } from '../../bytes/source.ts';
import { latin1, piece, startsWith, viewOf } from './file-head.ts';
import { unchecked, type Inspector } from './inspector.ts';

const identifierBytes = 32;
const regionTableOffset = 192 << 10;
const regionTableBytes = 64 << 10;
const metadataTableBytes = 64 << 10;
const mostEntries = 2048;
const entryBytes = 32;

const metadataRegion = '06a27c8b90479a4bb8fe575f050f886e';
const virtualDiskSize = '2442a52f1bcd7648b2115dbed83bf4b8';

export const inspectVhdx: Inspector = (file) => {
  const identifier = piece(file, 0, identifierBytes);
  if (!startsWith(identifier, 'vhdxfile')) return null;
  return unchecked('vhdx', identifier.length === identifierBytes && isComplete(file));
};

/** Whether everything that it follows lies in the file. What breaks the specification is not followed further. */
function isComplete(file: ByteSource): boolean {
  const table = piece(file, regionTableOffset, regionTableBytes);
  if (table.length < regionTableBytes) return false;
  const count = viewOf(table).getUint32(8, true);
  if (!startsWith(table, 'regi') || count >= mostEntries) return true;
  const entry = entryOf(table, 16, count, metadataRegion);
  if (entry === null) return true;
  const regionOffset = Number(viewOf(entry).getBigUint64(16, true));
  // Pieces that went by before it was known where to look are gone.
  if (regionOffset < regionTableOffset || !Number.isSafeInteger(regionOffset)) return false;
  const metadata = piece(file, regionOffset, metadataTableBytes);
  const entries = metadata.length < entryBytes ? 0 : viewOf(metadata).getUint16(10, true);
  const whole = metadata.length === metadataTableBytes;
  if (!startsWith(metadata, 'metadata') || entries >= mostEntries) return whole;
  if (metadata.length < entryBytes * (entries + 1)) return false;
  const item = entryOf(metadata, entryBytes, entries, virtualDiskSize);
  if (item === null) return whole;
  const [offset, length] = [viewOf(item).getUint32(16, true), viewOf(item).getUint32(20, true)];
  return regionOffset + offset + Math.min(length, metadataTableBytes) <= file.sizeBytes;
}

/** The entry whose first 16 bytes are `guid`. */
function entryOf(table: Uint8Array, start: number, count: number, guid: string): Uint8Array | null {
  for (let at = start; at < start + count * entryBytes && at + entryBytes <= table.length; at += entryBytes) {
    const entry = table.subarray(at, at + entryBytes);
    if (Buffer.from(latin1(entry.subarray(0, 16)), 'latin1').toString('hex') === guid) return entry;
  }
  return null;
}
