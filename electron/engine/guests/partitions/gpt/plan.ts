/** Writing GPTs: a new one for a set of partitions, and an old one whose backup has to follow the end of its disk. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { crc32 } from '../../../bytes/crc32.ts';
import type { FileChange } from '../../../bytes/patch.ts';
import { readBytes, type ByteSource } from '../../../bytes/source.ts';
import { bootRecordBytes, encodeBootRecord, protectiveType, readBootRecord } from '../boot-record.ts';
import { guidBytes } from '../guid.ts';
import { encodeGptHeader, gptEntry, legacyBootable, usualEntryBytes, usualEntryCount } from './layout.ts';
import { findTable, isCopy, type TableCopy } from './table-copy.ts';

const alignmentBytes = 1 << 20;

export interface NewGptPartition {
  readonly lengthBytes: number;
  /** The type and the partition's own GUID, as text. */
  readonly type: string;
  readonly uuid: string;
  /** At most 36 UTF-16 units. */
  readonly name: string;
  readonly bootable: boolean;
}

export interface GptPlan {
  readonly capacityBytes: number;
  /** Where each partition lies, in the order given. */
  readonly partitions: readonly Span[];
  /** Everything that is not the partitions' own: the protective MBR and both copies of the table. */
  readonly changes: readonly FileChange[];
}

/**
 * Lays out a disk for `partitions`, each aligned to 1 MiB, and writes its table. The capacity is a multiple of 1 MiB.
 * @throws Failure `input.invalid`.
 */
export function planGpt(
  partitions: readonly NewGptPartition[],
  diskGuid: string,
  sectorBytes = 512,
): GptPlan {
  const invalid = (problem: Message): Failure => new Failure('input.invalid', { problem });
  if (partitions.length < 1 || partitions.length > usualEntryCount) {
    throw invalid(inEnglish('a GPT holds one to {usualEntryCount} partitions', { usualEntryCount }));
  }
  const entries = new Uint8Array(usualEntryCount * usualEntryBytes);
  const spans: Span[] = [];
  let start = alignmentBytes;
  for (const [index, { lengthBytes, type, uuid, name, bootable }] of partitions.entries()) {
    if (lengthBytes <= 0) throw invalid(inEnglish('a partition needs a size'));
    const span = { start, length: Math.ceil(lengthBytes / sectorBytes) * sectorBytes };
    const nameBytes = Buffer.from(name, 'utf16le');
    if (nameBytes.length > 72)
      throw invalid(inEnglish('the name "{name}" is longer than 36 characters', { name }));
    const fields = {
      typeGuid: guidBytes(type),
      uniqueGuid: guidBytes(uuid),
      startingLba: start / sectorBytes,
      endingLba: (start + span.length) / sectorBytes - 1,
      attributes: bootable ? legacyBootable : 0n,
      name: new Uint8Array(nameBytes),
    };
    gptEntry.encode(fields, entries, index * usualEntryBytes);
    spans.push(span);
    start = alignUp(start + span.length);
  }
  // One more unit for the backup.
  const capacityBytes = start + alignmentBytes;
  const copies = placeCopies({ entries, diskGuid: guidBytes(diskGuid), sectorBytes, capacityBytes });
  const boot = encodeBootRecord({ diskSignature: 0, entries: [protectiveEntry(capacityBytes, sectorBytes)] });
  return { capacityBytes, partitions: spans, changes: [{ fileOffset: 0, bytes: boot }, ...copies] };
}

/**
 * What to write so that the backup GPT lies at the end of a disk that has `newCapacityBytes`; its partitions stay as they
 * are. Offsets are those of the disk, which must have that capacity when the changes are written. Empty where the disk
 * has no GPT, or needs no change.
 * @throws Failure `input.invalid` where partitions would lie past the end, or the capacity is no multiple of the sector.
 */
export function moveBackupGpt(disk: ByteSource, newCapacityBytes: number): FileChange[] {
  const table = findTable(disk);
  if (table === null) return [];
  const copy = (isCopy(table.primary) ? table.primary : table.backup) as TableCopy;
  const { sectorBytes, header, entries } = copy;
  if (newCapacityBytes % sectorBytes !== 0) {
    throw new Failure('input.invalid', {
      problem: inEnglish('the capacity is not a multiple of {sectorBytes} bytes', { sectorBytes }),
    });
  }
  const arrayAt = (isCopy(table.primary) ? header.entryLba : 2) * sectorBytes;
  const { diskGuid, firstUsableLba, entryCount, entryBytes } = header;
  const shape = { entries, diskGuid, sectorBytes, capacityBytes: newCapacityBytes };
  const copies = placeCopies({ ...shape, firstUsableLba, entryCount, entryBytes, arrayAt });
  const lastUsableByte = newCapacityBytes - sectorBytes - alignTo(entries.length, sectorBytes);
  if (lastByteUsed(copy) > lastUsableByte) {
    throw new Failure('input.invalid', {
      problem: inEnglish('a partition would lie past the end of the disk'),
    });
  }
  const changes = [
    protectiveChange(disk, newCapacityBytes, sectorBytes),
    ...copies,
    ...erasedBackup(Math.min(disk.sizeBytes, newCapacityBytes), copies, table),
  ];
  const isChange = ({ fileOffset, bytes }: FileChange): boolean =>
    fileOffset + bytes.length > disk.sizeBytes ||
    Buffer.compare(readBytes(disk, fileOffset, bytes.length), bytes) !== 0;
  return changes.filter(isChange);
}

interface CopyShape {
  readonly entries: Uint8Array;
  readonly diskGuid: Uint8Array;
  readonly sectorBytes: number;
  readonly capacityBytes: number;
  readonly firstUsableLba?: number;
  readonly entryCount?: number;
  readonly entryBytes?: number;
  /** Where the first array lies. */
  readonly arrayAt?: number;
}

/** Both headers and both arrays, for a disk of `capacityBytes`. */
function placeCopies(shape: CopyShape): FileChange[] {
  const { entries, diskGuid, sectorBytes, capacityBytes } = shape;
  const arraySectors = Math.ceil(entries.length / sectorBytes);
  const lastLba = capacityBytes / sectorBytes - 1;
  const arrayLba = (shape.arrayAt ?? 2 * sectorBytes) / sectorBytes;
  const common = {
    diskGuid,
    firstUsableLba: shape.firstUsableLba ?? 2 + arraySectors,
    lastUsableLba: lastLba - arraySectors - 1,
    entryCount: shape.entryCount ?? usualEntryCount,
    entryBytes: shape.entryBytes ?? usualEntryBytes,
    entryArrayCrc32: crc32(entries),
  };
  const primary = { ...common, myLba: 1, alternateLba: lastLba, entryLba: arrayLba };
  const backup = { ...common, myLba: lastLba, alternateLba: 1, entryLba: lastLba - arraySectors };
  const sectors = (fields: Parameters<typeof encodeGptHeader>[0]): Uint8Array =>
    encodeGptHeader(fields, sectorBytes);
  return [
    { fileOffset: sectorBytes, bytes: sectors(primary) },
    { fileOffset: arrayLba * sectorBytes, bytes: entries },
    { fileOffset: backup.entryLba * sectorBytes, bytes: entries },
    { fileOffset: lastLba * sectorBytes, bytes: sectors(backup) },
  ];
}

/** The old backup's header, made zero where nothing new covers it: a second header misleads programs. */
function erasedBackup(
  diskBytes: number,
  copies: readonly FileChange[],
  { backup, backupLba, sectorBytes }: NonNullable<ReturnType<typeof findTable>>,
): FileChange[] {
  const fileOffset = backupLba * sectorBytes;
  if (backup === 'absent' || fileOffset + sectorBytes > diskBytes) return [];
  const covered = copies.some(
    (change) =>
      fileOffset < change.fileOffset + change.bytes.length && change.fileOffset < fileOffset + sectorBytes,
  );
  return covered ? [] : [{ fileOffset, bytes: new Uint8Array(sectorBytes) }];
}

/** The boot record for the new size; a hybrid one stays as it is, for nobody knows what its author meant. */
function protectiveChange(disk: ByteSource, capacityBytes: number, sectorBytes: number): FileChange {
  const sector = readBytes(disk, 0, bootRecordBytes);
  const record = readBootRecord(disk)!;
  const used = record.entries.filter(({ type }) => type !== 0);
  if (used.length !== 1) return { fileOffset: 0, bytes: sector };
  const grown = protectiveEntry(capacityBytes, sectorBytes);
  const entries = record.entries.map((entry) =>
    entry.type === protectiveType ? { ...grown, bootIndicator: entry.bootIndicator } : entry,
  );
  return { fileOffset: 0, bytes: encodeBootRecord({ ...record, entries }, sector) };
}

/** 5.2.3: from sector 1 to the end, or as far as 32 bits count. */
function protectiveEntry(capacityBytes: number, sectorBytes: number) {
  const sizeInLba = Math.min(capacityBytes / sectorBytes - 1, 0xffffffff);
  return { bootIndicator: 0, type: protectiveType, startingLba: 1, sizeInLba };
}

/** Where the last partition ends, in bytes. */
function lastByteUsed({ header, entries, sectorBytes }: TableCopy): number {
  let last = 0;
  for (let index = 0; index < header.entryCount; index++) {
    const entry = gptEntry.decode(entries, index * header.entryBytes);
    if (entry.typeGuid.some((byte) => byte !== 0)) last = Math.max(last, (entry.endingLba + 1) * sectorBytes);
  }
  return last;
}

const alignTo = (bytes: number, unit: number): number => Math.ceil(bytes / unit) * unit;
const alignUp = (bytes: number): number => alignTo(bytes, alignmentBytes);
