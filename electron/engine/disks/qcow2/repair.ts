/** Mends the tables of an image: flags and misplaced entries, then the refcounts after what refers to each cluster. */
import type { RepairScope, StructureReport } from '#shared/domain/structure.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { FilePatch } from '../../bytes/patch.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import { ClusterCounts } from './cluster-counts.ts';
import { checkQcow2, examine, type Examination } from './check.ts';
import { format, headerV3 } from './layout.ts';
import { RefcountPlan, type RefcountGoal } from './refcount-plan.ts';
import { TableChanges } from './table-changes.ts';
import { copiedHigh, entryOffset, kindOf, mendEntry } from './table-entries.ts';

type RepairControl = Pick<Control, 'throwIfCancelled' | 'advance'>;

const l1ReservedHigh = 0x7f000000;
const l1ReservedLow = 0x1ff;

/**
 * What to write so that a check finds nothing any more, or nothing but what has no remedy; null when there is nothing to
 * do in that scope. What the guest reads does not change.
 * @throws Failure `image.malformed` when all that is wrong is past mending; `image.*`, `operation.cancelled`.
 */
export function repairQcow2(file: ByteSource, control: RepairControl, scope: RepairScope): FilePatch | null {
  const before = checkQcow2(file, control);
  if (!before.repairable || (scope === 'leaks' && before.leaks === 0 && before.corruptions > 0)) return null;
  const examination = examine(file, control, scope === 'all');
  const goal = goalOf(file, examination, scope);
  if (goal === null) return null;
  const { header, stored, findings, snapshots, references } = examination;
  const changes = new TableChanges();
  const plan = new RefcountPlan(header, stored, goal);
  const unmended = mendTables(file, examination, plan, changes, scope);
  const entryChanges = changes.changes.length;
  plan.write(changes);
  const incomplete = snapshots.entries.some(
    ({ extraDataSize }) => header.version === 3 && extraDataSize < 16,
  );
  const remains =
    scope === 'all' ? findings.counts.corruption > 0 || unmended || incomplete : before.corruptions > 0;
  const marked = header.dirty || header.corrupt;
  const summary: string[] = [];
  if (changes.changes.length > entryChanges) summary.push('Corrects refcounts.');
  if (plan.rebuilt > 0) summary.push('Builds new refcount blocks at the end of the file.');
  if (entryChanges > 0) summary.push('Corrects entries of the L1 and L2 tables.');
  if (marked && !remains) {
    changes.write(headerV3.fields.incompatibleFeatures.offset, clearedFeatures(file));
    summary.push('Takes back the mark that the image was damaged or not closed cleanly.');
  }
  // New blocks would come to lie where entries lead that have nothing behind them now.
  const stuck = plan.rebuilt > 0 && references.leadsBeyond;
  if (changes.changes.length === 0 || stuck) {
    if (scope === 'leaks') return null;
    throw pastMending(before);
  }
  return { changes: changes.changes, sizeBytes: null, summary };
}

function pastMending({ findings }: StructureReport): Failure {
  const first = findings.find(({ kind }) => kind === 'corruption');
  return new Failure('image.malformed', {
    format,
    structure: 'tables',
    field: 'entries',
    fileOffset: first?.fileOffset ?? 0,
    problem: first?.message ?? inEnglish('they are past mending'),
  });
}

/** What the refcounts shall be; null where leaks alone cannot be mended because the refcounts themselves are damaged. */
function goalOf(file: ByteSource, examination: Examination, scope: RepairScope): RefcountGoal | null {
  const { header, stored, references } = examination;
  const { clusterBytes, refcountTableOffset, refcountTableClusters } = header;
  const { counts } = references;
  const fileClusters = Math.ceil(file.sizeBytes / clusterBytes);
  const structures = new ClusterCounts(1024);
  const firstTableCluster = refcountTableOffset / clusterBytes;
  let keepsTable = true;
  for (let cluster = firstTableCluster; cluster < firstTableCluster + refcountTableClusters; cluster++) {
    if (counts.get(cluster) > 0) keepsTable = false;
    structures.add(cluster, 1);
  }
  const kept = new Uint8Array(stored.tableEntries);
  let allKept = keepsTable;
  for (let index = 0; index < stored.tableEntries; index++) {
    if (stored.blockState(index) === 'none') continue;
    const cluster = stored.blockOffset(index) / clusterBytes;
    const sound = stored.blockState(index) === 'block' && cluster < fileClusters;
    if (sound && counts.get(cluster) === 0 && structures.get(cluster) === 0) {
      kept[index] = 1;
      structures.add(cluster, 1);
    } else {
      allKept = false;
    }
  }
  if (scope === 'leaks' && !allKept) return null;
  return {
    countOf: (cluster) => counts.get(cluster),
    mayHave: (first, end) => counts.mayHave(first, end),
    refcountFor: (cluster, count) => (scope === 'all' ? count : Math.min(count, stored.get(cluster))),
    clusterCount: Math.max(fileClusters, counts.end),
    keepsTable,
    keepsBlock: (index) => kept[index] === 1,
    blocks: null,
  };
}

/** Mends entries and their flags. Whether some could not be, because their table lies in something else. */
function mendTables(
  file: ByteSource,
  examination: Examination,
  plan: RefcountPlan,
  changes: TableChanges,
  scope: RepairScope,
): boolean {
  const { header, reader, references, tables } = examination;
  const { clusterBytes } = header;
  const step = header.extendedL2 ? 4 : 2;
  let unmended = false;
  const clean = (fileOffset: number, lengthBytes: number, expected: number): boolean => {
    const end = Math.ceil((fileOffset + lengthBytes) / clusterBytes);
    for (let cluster = Math.floor(fileOffset / clusterBytes); cluster < end; cluster++) {
      if (references.metadata.get(cluster) !== expected) return false;
    }
    return true;
  };
  const replace = (at: number, old: Uint32Array, words: Uint32Array, expected: number): void => {
    const changed = words.some((word, index) => word !== old[index]);
    if (changed && clean(at, words.length * 4, expected)) changes.replaceWords(at, old, words);
    else unmended ||= changed;
  };
  const flag = (words: Uint32Array, at: number, isOwn: boolean): void => {
    // Of leaks only, nothing but what is known for sure: that a refcount has become one.
    if (isOwn) words[at] = (words[at]! | copiedHigh) >>> 0;
    else if (scope === 'all') words[at] = (words[at]! & ~copiedHigh) >>> 0;
  };
  const isOne = (offset: number): boolean => {
    const cluster = Math.floor(offset / clusterBytes);
    return plan.refcountOf(cluster) === 1 && (scope === 'all' || references.counts.get(cluster) === 1);
  };
  for (const { tableOffset, l1Size, active } of tables.l1Tables()) {
    for (const { words: old, fileOffset } of reader.entries(tableOffset, l1Size)) {
      const words = old.slice();
      for (let at = 0; at < words.length; at += 2) {
        const offset = entryOffset(words[at]!, words[at + 1]!);
        if (scope === 'all') {
          words[at] = offset === 0 ? 0 : (words[at]! & ~l1ReservedHigh) >>> 0;
          words[at + 1] = offset === 0 ? 0 : (words[at + 1]! & ~l1ReservedLow) >>> 0;
        }
        if (active && offset !== 0) flag(words, at, isOne(offset));
      }
      replace(fileOffset, old, words, 1);
    }
  }
  for (const { fileOffset, active } of tables.l2Tables()) {
    const old = reader.read(fileOffset, clusterBytes);
    if (old === null) continue;
    const words = old.slice();
    for (let at = 0; at < words.length; at += step) {
      if (words[at] === 0 && words[at + 1] === 0) continue;
      if (scope === 'all') mendEntry(words, at, header, file.sizeBytes);
      if (active === 0 || kindOf(words[at]!, words[at + 1]!, header) !== 'cluster') continue;
      flag(words, at, header.hasDataFile || isOne(entryOffset(words[at]!, words[at + 1]!)));
    }
    replace(fileOffset, old, words, 0);
  }
  return unmended;
}

/** The incompatible features without the marks for dirty and corrupt. */
function clearedFeatures(file: ByteSource): Uint8Array {
  const { incompatibleFeatures } = headerV3.read(file, 0);
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, incompatibleFeatures & ~3n);
  return new Uint8Array(view.buffer);
}
