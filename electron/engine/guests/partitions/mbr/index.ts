/** MBR partition tables: four primary partitions, one of which may hold a chain of logical ones. */
import type { Partition } from '#shared/domain/guest.ts';
import type { Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../../bytes/source.ts';
import { bootSectorFileSystem } from '../../../disks/boot-sector.ts';
import {
  bootRecordBytes,
  protectiveType,
  readBootRecord,
  type BootRecord,
  type BootRecordEntry,
} from '../boot-record.ts';
import type { PartitionDriver, TableContent } from '../driver.ts';
import { judgePlacement } from '../placement.ts';
import { readLogicalChain } from './logical-chain.ts';
import { extendedTypes, mbrTypeText, mbrTypeTitle } from './partition-kinds.ts';

const sectorBytes = 512;

type Placed = Omit<Partition, 'volume'>;

/**
 * FAT, exFAT and NTFS end their boot sector with the same two bytes: where one of them lies on the whole disk, the rest
 * of its boot sector says so, and there is no table. A boot indicator other than 0x00 and 0x80 rules a table out too.
 */
function tableOf(disk: ByteSource): BootRecord | null {
  const record = readBootRecord(disk);
  if (record === null) return null;
  if (record.entries.some(({ bootIndicator }) => (bootIndicator & 0x7f) !== 0)) return null;
  return bootSectorFileSystem(readBytes(disk, 0, bootRecordBytes)) === null ? record : null;
}

function placed(disk: BootRecord, number: number, entry: BootRecordEntry, span: Span): Placed {
  const signature = disk.diskSignature.toString(16).padStart(8, '0');
  return {
    number,
    start: span.start,
    length: span.length,
    type: mbrTypeText(entry.type),
    typeTitle: mbrTypeTitle(entry.type),
    name: null,
    uuid: disk.diskSignature === 0 ? null : `${signature}-${number.toString(16).padStart(2, '0')}`,
    bootable: entry.bootIndicator === 0x80,
  };
}

function readTable(disk: ByteSource): TableContent {
  const record = tableOf(disk);
  if (record === null) {
    const problem = inEnglish('it is not there');
    const structure = 'boot record';
    throw new Failure('image.malformed', {
      format: 'mbr',
      structure,
      field: 'signature',
      fileOffset: 510,
      problem,
    });
  }
  const partitions: Placed[] = [];
  const warnings: Warning[] = [];
  let logicalNumber = 5;
  for (const [index, entry] of record.entries.entries()) {
    if (entry.type === 0 || entry.sizeInLba === 0) continue;
    const span = { start: entry.startingLba * sectorBytes, length: entry.sizeInLba * sectorBytes };
    partitions.push(placed(record, index + 1, entry, span));
    if (!extendedTypes.includes(entry.type)) continue;
    const chain = readLogicalChain(disk, span);
    warnings.push(...chain.warnings);
    for (const logical of chain.logicals) {
      partitions.push(placed(record, logicalNumber++, logical.entry, logical));
    }
  }
  partitions.sort((a, b) => a.number - b.number);
  const extended = extendedTypes.map(mbrTypeText);
  const isContainer = ({ type }: Placed): boolean =>
    extended.includes(type) || type === mbrTypeText(protectiveType);
  const placement = judgePlacement(partitions, disk.sizeBytes, isContainer);
  const signature = record.diskSignature.toString(16).padStart(8, '0');
  return {
    sectorBytes,
    partitions: placement.partitions,
    facts: [{ label: inEnglish('Disk signature'), value: `0x${signature}` }],
    warnings: [...warnings, ...tableWarnings(disk, record), ...placement.warnings],
  };
}

function tableWarnings(disk: ByteSource, { entries }: BootRecord): Warning[] {
  const warnings: Warning[] = [];
  const used = entries.filter(({ type }) => type !== 0);
  if (used.length === 0) {
    warnings.push({
      code: 'mbr.no-partitions',
      message: inEnglish('The boot record has no partitions; clouds that check it refuse such a disk.'),
    });
  }
  if (used.some(({ type }) => type === protectiveType)) {
    warnings.push({
      code: 'mbr.gpt-missing',
      message: inEnglish('The boot record says that a GPT follows, but none of its two copies is whole.'),
    });
  } else if (bearsGptHeader(disk)) {
    warnings.push({
      code: 'mbr.stale-gpt',
      message: inEnglish(
        'A GPT lies behind the boot record, which does not mention it; other programs may go by the GPT.',
      ),
    });
  }
  if (entries.filter(({ bootIndicator }) => bootIndicator === 0x80).length > 1) {
    warnings.push({
      code: 'mbr.several-active',
      message: inEnglish('More than one partition is marked as the one to boot.'),
    });
  }
  return warnings;
}

function bearsGptHeader(disk: ByteSource): boolean {
  if (disk.sizeBytes < 2 * sectorBytes) return false;
  return Buffer.from(readBytes(disk, sectorBytes, 8)).toString('latin1') === 'EFI PART';
}

export const mbr: PartitionDriver<'mbr'> = {
  id: 'mbr',
  title: 'MBR',
  probe: (disk) => (tableOf(disk) === null ? 'no' : 'certain'),
  read: readTable,
};
