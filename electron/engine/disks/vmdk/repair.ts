/** Mending the tables of a hosted sparse extent from their other copy, and giving back the room at the end of the file. */
import type { RepairScope } from '#shared/domain/structure.ts';
import type { FileChange, FilePatch } from '../../bytes/patch.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { numberChange } from '../resizing.ts';
import { StructureFindings } from '../structure-findings.ts';
import { HostedCheck, type PointerFix } from './hosted-check.ts';
import { flagRedundantGrainTable, sectorBytes, sparseExtentHeader } from './layout.ts';
import type { SparseHeader } from './sparse-header.ts';

/** What mends the extent in `file`, whose header is `header`; null when nothing can be done. */
export function repairExtent(
  file: ByteSource,
  header: SparseHeader,
  scope: RepairScope,
  throwIfCancelled: () => void,
): FilePatch | null {
  const findings = new StructureFindings();
  const check = new HostedCheck(file, header, '', findings);
  check.run(throwIfCancelled);
  const isSound = findings.corruptions === 0;
  const changes: FileChange[] = [];
  const summary: string[] = [];
  if (scope === 'all' && !isSound) {
    mendDirectories(file, header, check, changes, summary);
    mendTables(check, changes, summary);
    for (const { copy, index, entry, value } of check.entryFixes) {
      changes.push(numberChange(copy.entryOffset(index, entry), value, 4, 'le'));
    }
    const entries = check.entryFixes.length;
    if (entries > 0)
      summary.push(`${entries} entries of grain tables are set to what their other copy says.`);
  }
  const cuts = check.cutAtBytes !== null && (isSound || (scope === 'all' && check.mendsAll));
  if (cuts) {
    const bytes = file.sizeBytes - check.cutAtBytes!;
    summary.push(`${bytes} bytes at the end of the file that nothing uses are cut off.`);
  }
  return summary.length === 0 ? null : { changes, sizeBytes: cuts ? check.cutAtBytes : null, summary };
}

/** A header that names an impossible place for one of the directories names only the other one afterwards. */
function mendDirectories(
  file: ByteSource,
  header: SparseHeader,
  { copies }: HostedCheck,
  changes: FileChange[],
  summary: string[],
): void {
  const directory = copies.primary ?? copies.redundant;
  const lost = copies.primary === null || (copies.redundant === null && header.rgdOffset !== null);
  if (directory === null || !lost) return;
  const sector = readBytes(file, header.fileOffset, sectorBytes);
  sparseExtentHeader.encode(
    {
      gdOffset: BigInt(directory.directory.start / sectorBytes),
      rgdOffset: 0n,
      flags: (header.flags & ~flagRedundantGrainTable) >>> 0,
    },
    sector,
  );
  changes.push({ fileOffset: header.fileOffset, bytes: sector });
  summary.push(`The header names the ${directory.title}, the only one that is left.`);
}

function mendTables(check: HostedCheck, changes: FileChange[], summary: string[]): void {
  const fixes = check.pointerFixes;
  for (const fix of fixes) changes.push(...mendedTable(check, fix));
  if (fixes.length > 0) summary.push(`${fixes.length} grain tables are found by both directories again.`);
}

/** The table is copied to where it belongs; where something else is there, both directories point to the same one. */
function mendedTable(check: HostedCheck, { copy, from, index }: PointerFix): FileChange[] {
  const { tableSectors } = check.copies.layout;
  const usual = copy.usualSector(index);
  const copies = copy.problemAt(usual) === null && check.isFree(usual, tableSectors);
  const sector = copies ? usual : from.sector(index);
  const pointer = numberChange(copy.pages.fileOffsetOf(index), sector, 4, 'le');
  if (!copies) return [pointer];
  return [pointer, { fileOffset: usual * sectorBytes, bytes: new Uint8Array(from.read(index).buffer) }];
}
