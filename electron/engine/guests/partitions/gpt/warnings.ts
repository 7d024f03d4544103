/** What is not as it should be around a GPT that can be read, in the words of a person who will upload the disk. */
import type { Warning } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../../bytes/source.ts';
import { isZero } from '../../../bytes/zeros.ts';
import { protectiveType, readBootRecord } from '../boot-record.ts';
import { isCopy, readCopy, type FoundTable, type TableCopy } from './table-copy.ts';

/** How much of what follows the table is looked at, from its front and from the disk's end. */
const lookedAtBytes = 1 << 20;

export function tableWarnings(disk: ByteSource, table: FoundTable): Warning[] {
  const warnings = [...recordWarnings(disk, table)];
  const { primary, backup } = table;
  if (!isCopy(primary)) {
    const message = inEnglish(
      'The first copy of the GPT is damaged; Platter reads the backup at the end of the disk.',
    );
    warnings.push({ code: 'gpt.primary-damaged', message });
    return warnings;
  }
  if (isCopy(backup)) {
    if (!agree(primary, backup)) {
      const message = inEnglish('The two copies of the GPT differ; Platter goes by the first.');
      warnings.push({ code: 'gpt.copies-differ', message });
    }
  } else warnings.push(lostBackup(disk, table));
  return [...warnings, ...placeWarnings(disk, table)];
}

function recordWarnings(disk: ByteSource, { sectorBytes }: FoundTable): Warning[] {
  const entries = readBootRecord(disk)?.entries ?? [];
  const used = entries.filter(({ type }) => type !== 0);
  const warnings: Warning[] = [];
  if (used.some(({ type }) => type !== protectiveType)) {
    warnings.push({
      code: 'gpt.hybrid-mbr',
      message: inEnglish(
        'The disk has a hybrid MBR: it lists partitions besides the GPT. OpenStack and others refuse such a disk.',
      ),
    });
  }
  if (entries.some(({ bootIndicator }) => (bootIndicator & 0x7f) !== 0)) {
    warnings.push({
      code: 'mbr.bad-boot-flag',
      message: inEnglish(
        'A boot flag of the protective MBR has a value that is not defined; clouds that check it refuse the disk.',
      ),
    });
  }
  const protective = used.find(({ type }) => type === protectiveType);
  if (protective !== undefined && protective.startingLba !== 1) {
    warnings.push({
      code: 'gpt.protective-misplaced',
      message: inEnglish(
        'The protective partition begins at sector {startingLba} of {sectorBytes} bytes, not at 1.',
        { startingLba: protective.startingLba, sectorBytes },
      ),
    });
  }
  return warnings;
}

function agree(primary: TableCopy, backup: TableCopy): boolean {
  const { header: a } = primary;
  const { header: b } = backup;
  return (
    a.firstUsableLba === b.firstUsableLba &&
    a.lastUsableLba === b.lastUsableLba &&
    b.alternateLba === a.myLba &&
    Buffer.compare(a.diskGuid, b.diskGuid) === 0 &&
    Buffer.compare(primary.entries, backup.entries) === 0
  );
}

function lostBackup(disk: ByteSource, { backupLba, sectorBytes, backup }: FoundTable): Warning {
  if ((backupLba + 1) * sectorBytes > disk.sizeBytes) {
    const message = inEnglish('The backup GPT should lie past the end of the disk: the disk was cut off.');
    return { code: 'gpt.backup-past-end', message };
  }
  return backup === 'damaged'
    ? { code: 'gpt.backup-damaged', message: inEnglish('The backup GPT is damaged.') }
    : { code: 'gpt.backup-missing', message: inEnglish('There is no backup GPT where the first copy says.') };
}

function placeWarnings(disk: ByteSource, { backupLba, sectorBytes, backup }: FoundTable): Warning[] {
  const lastLba = Math.floor(disk.sizeBytes / sectorBytes) - 1;
  if (backupLba >= lastLba) return [];
  const end = (backupLba + 1) * sectorBytes;
  const warnings: Warning[] = [
    {
      code: 'gpt.backup-misplaced',
      message: inEnglish(
        'The backup GPT is not at the end of the disk: {sizeBytes} bytes follow it. It has to be moved there before the room can be used.',
        { sizeBytes: disk.sizeBytes - end },
      ),
    },
  ];
  if (isCopy(backup) && isCopy(readCopy(disk, sectorBytes, lastLba))) {
    const message = inEnglish(
      'Another backup GPT lies at the end of the disk; programs disagree about which one counts.',
    );
    warnings.push({ code: 'gpt.second-backup', message });
  } else if (!restIsZero(disk, end)) {
    const message = inEnglish('Something lies behind the end of the GPT; no partition holds it.');
    warnings.push({ code: 'disk.trailing-data', message });
  }
  return warnings;
}

/** Bounded: a look at both ends of the rest. */
function restIsZero(disk: ByteSource, start: number): boolean {
  const length = Math.min(lookedAtBytes, disk.sizeBytes - start);
  return isZero(readBytes(disk, start, length)) && isZero(readBytes(disk, disk.sizeBytes - length, length));
}
