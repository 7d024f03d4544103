/** Apple partition maps: of old Macintosh disks, and of media that start on a Mac. */
import type { Partition } from '#shared/domain/guest.ts';
import type { Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../../../bytes/source.ts';
import type { PartitionDriver, TableContent } from '../driver.ts';
import { judgePlacement } from '../placement.ts';
import {
  blockSizes,
  driverMap,
  driverMapSignature,
  entrySignature,
  mapEntry,
  mostEntries,
  statusBootable,
  trimmed,
} from './layout.ts';

const titles: Readonly<Record<string, string>> = {
  Apple_partition_map: 'The partition map itself',
  Apple_HFS: 'HFS or HFS+',
  Apple_HFSX: 'HFSX',
  Apple_APFS: 'APFS',
  Apple_Free: 'Free',
  Apple_Void: 'Void',
  Apple_Boot: 'Apple boot',
  Apple_Bootstrap: 'Open Firmware bootstrap',
  Apple_Driver: 'Driver',
  Apple_Driver43: 'SCSI driver',
  Apple_Driver_ATA: 'ATA driver',
  Apple_Patches: 'Patches',
  Apple_UFS: 'UFS',
  Apple_UNIX_SVR2: 'Unix or Linux',
};

/** The block in which the map counts: what the driver map says, if the first entry is there; null without a map. */
function blockBytesOf(disk: ByteSource): number | null {
  if (disk.sizeBytes < driverMap.sizeBytes) return null;
  const { signature, blockBytes } = driverMap.read(disk, 0);
  if (signature !== driverMapSignature) return null;
  // Hybrid media say 2048 and have a map for blocks of 512 too: Linux, and we, go by what the driver map says first.
  const candidates = [blockBytes, 512].filter((size) => blockSizes.includes(size));
  return candidates.find((size) => entryAt(disk, size, 1) !== null) ?? null;
}

type MapEntry = ReturnType<typeof mapEntry.decode>;

function entryAt(disk: ByteSource, blockBytes: number, number: number): MapEntry | null {
  const at = number * blockBytes;
  if (at + mapEntry.sizeBytes > disk.sizeBytes) return null;
  const entry = mapEntry.read(disk, at);
  return entry.signature === entrySignature ? entry : null;
}

function readTable(disk: ByteSource): TableContent {
  const sectorBytes = blockBytesOf(disk);
  const first = sectorBytes === null ? null : entryAt(disk, sectorBytes, 1);
  if (sectorBytes === null || first === null)
    throw malformed('signature', 0, inEnglish('there is no partition map'));
  if (first.entryCount > mostEntries) {
    throw malformed(
      'entryCount',
      sectorBytes + 4,
      inEnglish('{entryCount} entries are beyond any map', { entryCount: first.entryCount }),
    );
  }
  const partitions: Omit<Partition, 'volume'>[] = [];
  const warnings: Warning[] = [];
  for (let number = 1; number <= first.entryCount; number++) {
    const entry = entryAt(disk, sectorBytes, number);
    if (entry === null) {
      warnings.push({
        code: 'apm.cut-off',
        message: inEnglish('The partition map promises {entryCount} entries and ends after {number}.', {
          entryCount: first.entryCount,
          number: number - 1,
        }),
      });
      break;
    }
    const type = trimmed(entry.type);
    const name = trimmed(entry.name);
    partitions.push({
      number,
      start: entry.startBlock * sectorBytes,
      length: entry.blockCount * sectorBytes,
      type,
      typeTitle: titles[type] ?? null,
      name: name === '' ? null : name,
      uuid: null,
      bootable: (entry.status & statusBootable) !== 0,
    });
  }
  const placement = judgePlacement(partitions, disk.sizeBytes);
  const facts = [{ label: inEnglish('Block size'), value: formatBytes(sectorBytes) }];
  return {
    sectorBytes,
    partitions: placement.partitions,
    facts,
    warnings: [...warnings, ...placement.warnings],
  };
}

function malformed(field: string, fileOffset: number, problem: Message): Failure {
  const structure = 'partition map entry';
  return new Failure('image.malformed', { format: 'apm', structure, field, fileOffset, problem });
}

export const apm: PartitionDriver<'apm'> = {
  id: 'apm',
  title: inEnglish('Apple partition map'),
  probe: (disk) => (blockBytesOf(disk) === null ? 'no' : 'certain'),
  read: readTable,
};
