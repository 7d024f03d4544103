/** GUID partition tables (UEFI 2.10, chapter 5): both copies read and compared, sectors of 512 to 4096 bytes. */
import type { Partition } from '#shared/domain/guest.ts';
import type { Warning } from '#shared/domain/image.ts';
import { Failure, isFailure } from '#shared/failure.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../../bytes/source.ts';
import { isZero } from '../../../bytes/zeros.ts';
import type { PartitionDriver, TableContent } from '../driver.ts';
import { guidText } from '../guid.ts';
import { judgePlacement } from '../placement.ts';
import { decodeName, gptEntry, legacyBootable } from './layout.ts';
import { gptTypeTitle, gptTypes } from './partition-kinds.ts';
import { findTable, isCopy, type TableCopy } from './table-copy.ts';
import { tableWarnings } from './warnings.ts';

type Placed = Omit<Partition, 'volume'>;

function readTable(disk: ByteSource): TableContent {
  const table = findTable(disk);
  const copy = table === null ? null : isCopy(table.primary) ? table.primary : table.backup;
  if (table === null || copy === null || !isCopy(copy)) {
    const problem = inEnglish('no copy of the table is whole');
    const structure = 'GPT header';
    throw new Failure('image.malformed', {
      format: 'gpt',
      structure,
      field: 'headerCrc32',
      fileOffset: 528,
      problem,
    });
  }
  const { partitions, warnings } = partitionsOf(copy);
  const placement = judgePlacement(partitions, disk.sizeBytes);
  return {
    sectorBytes: copy.sectorBytes,
    partitions: placement.partitions,
    facts: [
      { label: inEnglish('Disk GUID'), value: guidText(copy.header.diskGuid) },
      { label: inEnglish('Sector size'), value: formatBytes(copy.sectorBytes) },
    ],
    warnings: [...tableWarnings(disk, table), ...warnings, ...placement.warnings],
  };
}

function partitionsOf({ header, entries, sectorBytes }: TableCopy): {
  partitions: Placed[];
  warnings: Warning[];
} {
  const partitions: Placed[] = [];
  const warnings: Warning[] = [];
  for (let index = 0; index < header.entryCount; index++) {
    const at = index * header.entryBytes;
    if (isZero(entries.subarray(at, at + 16))) continue;
    const partition = partitionAt(entries, at, index + 1, sectorBytes);
    if (partition !== null) partitions.push(partition);
    else {
      const message = inEnglish('Partition {number} ends before it begins; it is left out.', {
        number: index + 1,
      });
      warnings.push({ code: 'gpt.malformed-entry', message });
    }
  }
  const last = (header.lastUsableLba + 1) * sectorBytes;
  const first = header.firstUsableLba * sectorBytes;
  const outside = partitions.filter(({ start, length }) => start < first || start + length > last);
  if (outside.length > 0) {
    const numbers = outside
      .map(({ number }) => number)
      .slice(0, 8)
      .join(', ');
    const message = inEnglish('Partition {numbers} lies outside of what the table calls usable.', {
      numbers,
    });
    warnings.push({ code: 'gpt.outside-usable', message });
  }
  return { partitions, warnings };
}

function partitionAt(entries: Uint8Array, at: number, number: number, sectorBytes: number): Placed | null {
  try {
    const entry = gptEntry.decode(entries, at);
    const length = (entry.endingLba - entry.startingLba + 1) * sectorBytes;
    const start = entry.startingLba * sectorBytes;
    if (length <= 0 || !Number.isSafeInteger(start + length)) return null;
    const type = guidText(entry.typeGuid);
    return {
      number,
      start,
      length,
      type,
      typeTitle: gptTypeTitle(type),
      name: decodeName(entry.name),
      uuid: guidText(entry.uniqueGuid).toLowerCase(),
      bootable: (entry.attributes & legacyBootable) !== 0n || type === gptTypes.efiSystem,
    };
  } catch (error) {
    if (isFailure(error, 'image.malformed')) return null;
    throw error;
  }
}

export const gpt: PartitionDriver<'gpt'> = {
  id: 'gpt',
  title: 'GPT',
  probe: (disk) => (findTable(disk) === null ? 'no' : 'certain'),
  read: readTable,
};
