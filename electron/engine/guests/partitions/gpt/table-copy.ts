/** Finding and checking one of the two copies of a GPT: header, array of entries, and both checksums (UEFI 2.10, 5.3.2). */
import { isFailure } from '#shared/failure.ts';
import { crc32 } from '../../../bytes/crc32.ts';
import { readBytes, type ByteSource } from '../../../bytes/source.ts';
import { protectiveType, readBootRecord } from '../boot-record.ts';
import {
  gptHeader,
  gptSignature,
  leastHeaderBytes,
  mostEntries,
  mostEntryArrayBytes,
  mostEntryBytes,
  sectorSizes,
  usualEntryBytes,
  type GptHeaderFields,
} from './layout.ts';

/** A copy that passed every check. */
export interface TableCopy {
  readonly sectorBytes: number;
  readonly header: GptHeaderFields;
  /** The array as it lies on the disk. */
  readonly entries: Uint8Array;
}

/** What stands where a header should: a whole copy, one that bears the signature but is wrong, or something else. */
export type FoundCopy = TableCopy | 'damaged' | 'absent';

export interface FoundTable {
  readonly sectorBytes: number;
  readonly primary: FoundCopy;
  readonly backup: FoundCopy;
  /** Where the backup was looked for. */
  readonly backupLba: number;
}

/** Both copies; null where no copy is whole, or where the boot record does not say that there is a GPT. */
export function findTable(disk: ByteSource): FoundTable | null {
  const record = readBootRecord(disk);
  if (record === null || !record.entries.some(({ type }) => type === protectiveType)) return null;
  for (const sectorBytes of sectorSizes) {
    const primary = readCopy(disk, sectorBytes, 1);
    if (!isCopy(primary)) continue;
    const backupLba = primary.header.alternateLba;
    return { sectorBytes, primary, backup: readCopy(disk, sectorBytes, backupLba), backupLba };
  }
  for (const sectorBytes of sectorSizes) {
    const backupLba = Math.floor(disk.sizeBytes / sectorBytes) - 1;
    const backup = readCopy(disk, sectorBytes, backupLba);
    if (!isCopy(backup)) continue;
    return { sectorBytes, primary: readCopy(disk, sectorBytes, 1), backup, backupLba };
  }
  return null;
}

export function isCopy(found: FoundCopy): found is TableCopy {
  return typeof found === 'object';
}

/** The copy whose header is at `lba`. Reads a sector, and at most 1 MiB of entries. */
export function readCopy(disk: ByteSource, sectorBytes: number, lba: number): FoundCopy {
  const at = lba * sectorBytes;
  if (lba < 1 || at + sectorBytes > disk.sizeBytes) return 'absent';
  const sector = readBytes(disk, at, sectorBytes);
  if (Buffer.from(sector.subarray(0, 8)).toString('latin1') !== gptSignature) return 'absent';
  const header = checkedHeader(sector, lba, at);
  if (header === null) return 'damaged';
  const arrayBytes = header.entryCount * header.entryBytes;
  const arrayAt = header.entryLba * sectorBytes;
  if (header.entryLba < 2 && lba === 1) return 'damaged';
  if (arrayBytes > mostEntryArrayBytes || arrayAt + arrayBytes > disk.sizeBytes) return 'damaged';
  const entries = readBytes(disk, arrayAt, arrayBytes);
  return crc32(entries) === header.entryArrayCrc32 ? { sectorBytes, header, entries } : 'damaged';
}

function checkedHeader(sector: Uint8Array, lba: number, fileOffset: number): GptHeaderFields | null {
  let header: GptHeaderFields;
  try {
    header = gptHeader.decode(sector, 0, fileOffset);
  } catch (error) {
    // A sector number of over 53 bits.
    if (isFailure(error, 'image.malformed')) return null;
    throw error;
  }
  const { headerBytes, entryBytes, entryCount } = header;
  if (headerBytes < leastHeaderBytes || headerBytes > sector.length) return null;
  const summed = sector.slice(0, headerBytes);
  summed.fill(0, 16, 20);
  if (crc32(summed) !== header.headerCrc32 || header.myLba !== lba) return null;
  const sizesFit = entryBytes >= usualEntryBytes && entryBytes <= mostEntryBytes && entryBytes % 8 === 0;
  return sizesFit && entryCount <= mostEntries ? header : null;
}
