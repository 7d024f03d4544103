/** Checks the tables of an image: what its refcounts say against what refers to each cluster. */
import type { StructureReport } from '#shared/domain/structure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import { countBitmapTables } from './bitmap-tables.ts';
import { Findings } from './findings.ts';
import { readHeader, type Header } from './header.ts';
import { format, snapshotExtraData, unsupported } from './layout.ts';
import { MappingTables } from './mapping-tables.ts';
import { References } from './references.ts';
import { readSnapshotTable, type SnapshotTable } from './snapshots.ts';
import { refcountAt, StoredRefcounts } from './stored-refcounts.ts';
import { WordReader } from './word-reader.ts';

type CheckControl = Pick<Control, 'throwIfCancelled' | 'advance'>;

/** qemu's own limit. */
const maximumClusters = 2 ** 31;

/** What a check knows in the end; a repair goes on from there. */
export interface Examination {
  readonly header: Header;
  readonly snapshots: SnapshotTable;
  readonly stored: StoredRefcounts;
  readonly reader: WordReader;
  /** Without those to the refcount table and its blocks, which a check alone adds. */
  readonly references: References;
  readonly tables: MappingTables;
  readonly findings: Findings;
}

/**
 * Examines the image, `mended` as if everything that can be mended in its L1 and L2 tables were.
 * @throws Failure `image.*` for a header that cannot be relied on, `operation.cancelled`.
 */
export function examine(file: ByteSource, control: CheckControl, mended: boolean): Examination {
  const header = readHeader(file);
  if (file.sizeBytes / header.clusterBytes > maximumClusters)
    throw unsupported(inEnglish('a file of over 2^31 clusters'));
  const snapshots = readSnapshotTable(file, header);
  const stored = new StoredRefcounts(file, header);
  const findings = new Findings();
  const reader = new WordReader(file, header.clusterBytes, control);
  const references = new References(file, header, reader, findings);
  references.referMetadata(0, header.clusterBytes, 'the header');
  const parts = { file, header, snapshots, stored, reader, references, findings, control, mended };
  const tables = new MappingTables(parts);
  references.referMetadata(header.snapshotsOffset, snapshots.lengthBytes, 'the snapshot table');
  const { cryptoHeader } = header.extensions;
  if (cryptoHeader !== null)
    references.referMetadata(cryptoHeader.offset, cryptoHeader.length, 'the encryption header');
  countBitmapTables(parts);
  return { header, snapshots, stored, reader, references, tables, findings };
}

/** Corruptions and leaks as `qemu-img check` counts them. @throws Failure `image.*`, `io.*`, `operation.cancelled`. */
export function checkQcow2(file: ByteSource, control: CheckControl): StructureReport {
  const examination = examine(file, control, false);
  const { header, snapshots, tables, findings } = examination;
  countRefcountStructures(file, examination);
  compareRefcounts(file, examination, control);
  for (const { id, extraDataSize } of snapshots.entries) {
    if (header.version === 2 || extraDataSize >= snapshotExtraData.sizeBytes) continue;
    findings.add(
      'corruption',
      header.snapshotsOffset,
      () => `The entry of snapshot ${id} lacks its disk's size.`,
    );
  }
  if (header.dirty) findings.add('note', 72, () => 'The image was not closed cleanly.');
  if (header.corrupt) findings.add('note', 72, () => 'The image is marked as corrupt.');
  const { corruption, leak, note } = findings.counts;
  return {
    format,
    corruptions: corruption,
    leaks: leak,
    notes: note,
    findings: findings.listed,
    allocatedUnits: tables.allocatedClusters,
    totalUnits: Math.ceil(header.capacityBytes / header.clusterBytes),
    unitBytes: header.clusterBytes,
    repairable: corruption > 0 || leak > 0 || header.dirty || header.corrupt,
  };
}

/** Adds what the header and the refcount table refer to: that table and its blocks. */
function countRefcountStructures(file: ByteSource, examination: Examination): void {
  const { header, stored, references, findings } = examination;
  const { clusterBytes, refcountTableOffset, refcountTableClusters } = header;
  references.refer(refcountTableOffset, refcountTableClusters * clusterBytes, 'the header');
  const wrong = (index: number, problem: Message): void => {
    const entryAt = refcountTableOffset + index * 8;
    findings.add('corruption', entryAt, () =>
      inEnglish('Refcount block {index} {problem}.', { index, problem: asValue(problem) }),
    );
  };
  for (let index = 0; index < stored.tableEntries; index++) {
    const state = stored.blockState(index);
    if (state === 'none') continue;
    const cluster = stored.blockOffset(index) / clusterBytes;
    const end = Math.max(Math.ceil(file.sizeBytes / clusterBytes), references.counts.end);
    if (state === 'reserved') wrong(index, inEnglish('has reserved bits set'));
    else if (state === 'unaligned') wrong(index, inEnglish('is not at the start of a cluster'));
    else if (cluster >= end) wrong(index, inEnglish('lies outside the file'));
    else {
      references.refer(cluster * clusterBytes, clusterBytes, 'the refcount table');
      if (references.counts.get(cluster) !== 1)
        wrong(index, inEnglish('lies in a cluster that is used otherwise'));
    }
  }
}

function compareRefcounts(file: ByteSource, examination: Examination, control: CheckControl): void {
  const { header, stored, references, findings } = examination;
  const { clusterBytes, refcountBits } = header;
  const { counts } = references;
  const clusterCount = Math.max(Math.ceil(file.sizeBytes / clusterBytes), counts.end);
  const perBlock = stored.entriesPerBlock;
  for (let first = 0, index = 0; first < clusterCount; first += perBlock, index++) {
    if (index % 1024 === 0) control.throwIfCancelled();
    const end = Math.min(first + perBlock, clusterCount);
    const block = stored.block(index);
    if (stored.blockState(index) === 'unaligned' || (block === null && !counts.mayHave(first, end))) continue;
    const small = block === null ? null : counts.small(first, end);
    if (small !== null && stored.agrees(block!, small)) continue;
    for (let cluster = first; cluster < end; cluster++) {
      const refcount = block === null ? 0 : refcountAt(block, cluster - first, refcountBits);
      const count = counts.get(cluster);
      if (refcount === count) continue;
      const message = (): string =>
        `The refcount of cluster ${cluster} is ${refcount}, but ${count === 1 ? '1 reference leads' : `${count} references lead`} to it.`;
      findings.add(refcount < count ? 'corruption' : 'leak', cluster * clusterBytes, message);
    }
  }
}
