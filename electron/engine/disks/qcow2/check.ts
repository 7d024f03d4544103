/** Checks the tables of an image: what its refcounts say against what refers to each cluster. */
import type { StructureReport } from '#shared/domain/structure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import { Findings } from './findings.ts';
import { readHeader, type Header } from './header.ts';
import { format, snapshotExtraData, unsupported } from './layout.ts';
import { References } from './references.ts';
import { readSnapshotTable, type SnapshotTable } from './snapshots.ts';
import { refcountAt, StoredRefcounts } from './stored-refcounts.ts';

type CheckControl = Pick<Control, 'throwIfCancelled' | 'advance'>;

/** qemu's own limit. */
const maximumClusters = 2 ** 31;

/** What a check knows in the end; a repair goes on from there. */
export interface Examination {
  readonly header: Header;
  readonly snapshots: SnapshotTable;
  readonly stored: StoredRefcounts;
  readonly references: References;
  readonly findings: Findings;
}

/**
 * Examines the image, `mended` as if everything that can be mended in its L1 and L2 tables were. The refcount table and
 * its blocks are not counted yet.
 * @throws Failure `image.*` for a header that cannot be relied on, `operation.cancelled`.
 */
export function examine(file: ByteSource, control: CheckControl, mended: boolean): Examination {
  const header = readHeader(file);
  if (file.sizeBytes / header.clusterBytes > maximumClusters)
    throw unsupported(inEnglish('a file of over 2^31 clusters'));
  const snapshots = readSnapshotTable(file, header);
  const stored = new StoredRefcounts(file, header);
  const findings = new Findings();
  const references = new References({ file, header, snapshots, stored, findings, control, mended });
  return { header, snapshots, stored, references, findings };
}

/** Corruptions and leaks as `qemu-img check` counts them. @throws Failure `image.*`, `io.*`, `operation.cancelled`. */
export function checkQcow2(file: ByteSource, control: CheckControl): StructureReport {
  const examination = examine(file, control, false);
  const { header, snapshots, references, findings } = examination;
  references.countRefcountStructures();
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
    allocatedUnits: references.allocatedClusters,
    totalUnits: Math.ceil(header.capacityBytes / header.clusterBytes),
    unitBytes: header.clusterBytes,
    repairable: corruption > 0 || leak > 0 || header.dirty || header.corrupt,
  };
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
        `The refcount of cluster ${cluster} is ${refcount}, but ${count} references lead to it.`;
      findings.add(refcount < count ? 'corruption' : 'leak', cluster * clusterBytes, message);
    }
  }
}
