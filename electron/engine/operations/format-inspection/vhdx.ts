/** oslo.utils' look at VHDX: its mark, and whether the file holds the metadata that says how large the disk is. */
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { latin1, piece, startsWith, viewOf } from './file-head.ts';
import { sizeProblemOf, unchecked, type Inspector } from './inspector.ts';

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
  if (identifier.length < identifierBytes) return unchecked('vhdx', false);
  const size = findSize(file);
  return size === 'cut-off' ? unchecked('vhdx', false) : unchecked('vhdx', true, size && sizeProblem(size));
};

const sizeBytes = 8;

/** The inspector takes the item for eight bytes, whatever length it has, and stops where it is another. */
function sizeProblem(item: Uint8Array): Message | null {
  return item.length === sizeBytes
    ? sizeProblemOf(viewOf(item).getBigUint64(0, true))
    : inEnglish('the size that it states is not of eight bytes');
}

/**
 * The item that says how large the disk is; null where the inspector does without, and `cut-off` where something that it
 * follows does not lie in the file. What breaks the specification is not followed further.
 */
function findSize(file: ByteSource): Uint8Array | 'cut-off' | null {
  const table = piece(file, regionTableOffset, regionTableBytes);
  if (table.length < regionTableBytes) return 'cut-off';
  const count = viewOf(table).getUint32(8, true);
  if (!startsWith(table, 'regi') || count >= mostEntries) return null;
  const entry = entryOf(table, 16, count, metadataRegion);
  if (entry === null) return null;
  const regionOffset = Number(viewOf(entry).getBigUint64(16, true));
  // Pieces that went by before it was known where to look are gone.
  if (regionOffset < regionTableOffset || !Number.isSafeInteger(regionOffset)) return 'cut-off';
  const metadata = piece(file, regionOffset, metadataTableBytes);
  const entries = metadata.length < entryBytes ? 0 : viewOf(metadata).getUint16(10, true);
  const whole = metadata.length === metadataTableBytes;
  if (!startsWith(metadata, 'metadata') || entries >= mostEntries) return whole ? null : 'cut-off';
  if (metadata.length < entryBytes * (entries + 1)) return 'cut-off';
  const item = entryOf(metadata, entryBytes, entries, virtualDiskSize);
  if (item === null) return whole ? null : 'cut-off';
  const [offset, length] = [viewOf(item).getUint32(16, true), viewOf(item).getUint32(20, true)];
  const found = Math.min(length, metadataTableBytes);
  return regionOffset + offset + found <= file.sizeBytes
    ? piece(file, regionOffset + offset, found)
    : 'cut-off';
}

/** The entry whose first 16 bytes are `guid`. */
function entryOf(table: Uint8Array, start: number, count: number, guid: string): Uint8Array | null {
  for (let at = start; at < start + count * entryBytes && at + entryBytes <= table.length; at += entryBytes) {
    const entry = table.subarray(at, at + entryBytes);
    if (Buffer.from(latin1(entry.subarray(0, 16)), 'latin1').toString('hex') === guid) return entry;
  }
  return null;
}
