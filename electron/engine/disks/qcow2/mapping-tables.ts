/** The L1 and L2 tables of an image: counts what they refer to, and finds what is wrong with them (section Cluster mapping). */
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import { ClusterCounts } from './cluster-counts.ts';
import { compressedBytes, compressedOffset } from './compressed-clusters.ts';
import type { Findings } from './findings.ts';
import type { Header } from './header.ts';
import { maximumL1Bytes } from './layout.ts';
import type { References } from './references.ts';
import type { SnapshotTable } from './snapshots.ts';
import type { ClusterSet, StoredRefcounts } from './stored-refcounts.ts';
import { copiedHigh, entryOffset, hasReservedBits, holdsData, kindOf, mendEntry } from './table-entries.ts';
import type { WordReader } from './word-reader.ts';

/** An L2 table, and how many entries of all L1 tables and of the active one point at it. */
interface L2Reference {
  readonly fileOffset: number;
  readonly all: number;
  readonly active: number;
}

interface MappingTablesParts {
  readonly file: ByteSource;
  readonly header: Header;
  readonly snapshots: SnapshotTable;
  readonly stored: StoredRefcounts;
  readonly reader: WordReader;
  readonly references: References;
  readonly findings: Findings;
  readonly control: Pick<Control, 'throwIfCancelled' | 'advance'>;
  /** Whether to take the tables as mended, where they can be: then only what cannot be is found. */
  readonly mended: boolean;
}

/** Those of the active disk, and those of the snapshots. */
export class MappingTables {
  /** Clusters of the active disk that are in the file. */
  allocatedClusters = 0;
  readonly #parts: MappingTablesParts;
  readonly #tables = new ClusterCounts(1024);
  readonly #activeTables = new ClusterCounts(1024);
  readonly #unalignedTables = new Map<number, { all: number; active: number }>();
  readonly #fileClusters: number;
  readonly #ones: ClusterSet;

  /** Walks all of them. @throws Failure `image.*`, `operation.cancelled`. */
  constructor(parts: MappingTablesParts) {
    const { file, header, stored } = parts;
    this.#parts = parts;
    this.#fileClusters = Math.ceil(file.sizeBytes / header.clusterBytes);
    this.#ones = stored.ones(this.#fileClusters + 1);
    this.#countL1(header.l1TableOffset, header.l1Size, true);
    this.#countSnapshots();
    for (const table of this.l2Tables()) this.#countL2(table);
  }

  /** The L1 tables that can be read: the active one, then those of the snapshots. */
  *l1Tables(): Iterable<{ tableOffset: number; l1Size: number; active: boolean }> {
    const { header, snapshots } = this.#parts;
    yield { tableOffset: header.l1TableOffset, l1Size: header.l1Size, active: true };
    for (const { l1TableOffset: tableOffset, l1Size } of snapshots.entries) {
      const readable = tableOffset % header.clusterBytes === 0 && l1Size * 8 <= maximumL1Bytes;
      if (readable) yield { tableOffset, l1Size, active: false };
    }
  }

  /** The L2 tables of all L1 tables, each once, in the order of the file. */
  *l2Tables(): Iterable<L2Reference> {
    const { clusterBytes } = this.#parts.header;
    for (const [cluster, all] of this.#tables.counted()) {
      yield { fileOffset: cluster * clusterBytes, all, active: this.#activeTables.get(cluster) };
    }
    for (const [fileOffset, { all, active }] of this.#unalignedTables) yield { fileOffset, all, active };
  }

  #countSnapshots(): void {
    const { header, snapshots, findings } = this.#parts;
    if (header.hasDataFile && snapshots.entries.length > 0) {
      findings.add('corruption', 60, () => 'There are snapshots although the data is in a file of its own.');
    }
    for (const { tableOffset, l1Size, active } of this.l1Tables()) {
      if (!active) this.#countL1(tableOffset, l1Size, false);
    }
    for (const { id, l1TableOffset, l1Size } of snapshots.entries) {
      const aligned = l1TableOffset % header.clusterBytes === 0;
      if (aligned && l1Size * 8 <= maximumL1Bytes) continue;
      const problem = aligned ? inEnglish('too large') : inEnglish('not at the start of a cluster');
      findings.add(
        'corruption',
        header.snapshotsOffset,
        () => `The L1 table of snapshot ${id} is ${problem}.`,
      );
    }
  }

  #countL1(tableOffset: number, l1Size: number, active: boolean): void {
    const { reader, references } = this.#parts;
    if (l1Size === 0) return;
    references.referMetadata(tableOffset, l1Size * 8, 'an L1 table');
    for (const { words, fileOffset } of reader.entries(tableOffset, l1Size)) {
      for (let at = 0; at < words.length; at += 2) {
        const high = words[at]!;
        const low = words[at + 1]!;
        if (high !== 0 || low !== 0) this.#countL1Entry(high, low, fileOffset + at * 4, active);
      }
    }
  }

  #countL1Entry(high: number, low: number, entryAt: number, active: boolean): void {
    const { header, references, findings, mended, file } = this.#parts;
    const { clusterBytes } = header;
    const offset = entryOffset(high, low);
    // Flags without an offset are read as nothing, and mended to it.
    if (mended && offset === 0) return;
    if (!mended && ((high & 0x7f000000) !== 0 || (low & 0x1ff) !== 0)) {
      findings.add('corruption', entryAt, () => 'An L1 entry has reserved bits set.');
    }
    references.refer(offset, clusterBytes, 'an L1 entry');
    if (offset % clusterBytes !== 0) {
      findings.add(
        'corruption',
        entryAt,
        () => `An L1 entry points at ${offset}, not the start of a cluster.`,
      );
      const known = this.#unalignedTables.get(offset) ?? { all: 0, active: 0 };
      known.all++;
      if (active) known.active++;
      this.#unalignedTables.set(offset, known);
    } else if (offset < file.sizeBytes) {
      this.#tables.add(offset / clusterBytes, 1);
      if (active) this.#activeTables.add(offset / clusterBytes, 1);
    }
    if (active && !mended && offset !== 0) this.#checkCopied(high, offset, entryAt, 'L1', 1);
  }

  /** A set flag says that the refcount is one; so does an unset one that it is not. */
  #checkCopied(high: number, offset: number, entryAt: number, table: string, times: number): void {
    const { header, stored, findings } = this.#parts;
    const cluster = Math.floor(offset / header.clusterBytes);
    const one = this.#ones.has(cluster);
    if (one === ((high & copiedHigh) !== 0)) return;
    // Where refcounts cannot be read there is nothing to compare with.
    if (stored.blockState(Math.floor(cluster / stored.entriesPerBlock)) === 'unaligned') return;
    const problem = one
      ? inEnglish('does not say that the refcount of its cluster is one')
      : inEnglish('says that it is one');
    findings.add('corruption', entryAt, () => `An ${table} entry for cluster ${cluster} ${problem}.`, times);
  }

  #countL2({ fileOffset, all, active }: L2Reference): void {
    const { header, file, reader, control, mended } = this.#parts;
    control.throwIfCancelled();
    control.advance(header.clusterBytes);
    const words = reader.read(fileOffset, header.clusterBytes);
    if (words === null) return;
    const step = header.extendedL2 ? 4 : 2;
    const isPlain = step === 2 && !header.hasDataFile && all === 1 && active === 1 && fileOffset > 0;
    for (let at = 0; at < words.length; at += step) {
      const usual = isPlain ? this.#countUsual(words, at) : 0;
      if (usual > 0) {
        at += (usual - 1) * step;
        continue;
      }
      if (words[at] === 0 && words[at + 1] === 0 && (step === 2 || words[at + 3] === 0)) continue;
      if (mended) mendEntry(words, at, header, file.sizeBytes);
      this.#countEntry(words, at, fileOffset + at * 4, all, active);
    }
  }

  /**
   * Counts what nearly all entries are, millions of them: clusters within the file, one after the other, each marked as having
   * a refcount of one, which it has, and that nothing else has referred to yet.
   * @returns how many entries from `at` on these are; nothing was done about others
   */
  #countUsual(words: Uint32Array, at: number): number {
    const { header, references } = this.#parts;
    const { clusterBytes } = header;
    const high = words[at]!;
    const low = words[at + 1]!;
    if (high >>> 24 !== copiedHigh >>> 24 || (low & (clusterBytes - 1)) !== 0) return 0;
    const cluster = entryOffset(high, low) / clusterBytes;
    const most = Math.min(this.#fileClusters - cluster, (words.length - at) / 2);
    if (cluster === 0 || most <= 0 || !this.#ones.has(cluster)) return 0;
    let count = 1;
    // Up to where the lower half overflows: the run goes on from there.
    let next = low + clusterBytes;
    while (count < most && words[at + count * 2 + 1] === next && words[at + count * 2] === high) {
      count++;
      next += clusterBytes;
    }
    if (!this.#ones.hasAll(cluster, cluster + count)) count = 1;
    count = references.counts.addUnused(cluster, count);
    this.allocatedClusters += count;
    return count;
  }

  #countEntry(words: Uint32Array, at: number, entryAt: number, all: number, active: number): void {
    const { header, references, findings, mended } = this.#parts;
    const high = words[at]!;
    const low = words[at + 1]!;
    const kind = kindOf(high, low, header);
    const wrong = (message: Message): void => findings.add('corruption', entryAt, () => message, all);
    if (kind === 'compressed') {
      this.#countCompressed(words, at, entryAt, all, active);
      return;
    }
    if (hasReservedBits(high, low)) wrong(inEnglish('An L2 entry has reserved bits set.'));
    if (kind === 'none') {
      if (header.extendedL2 && words[at + 3] !== 0)
        wrong(inEnglish('Subclusters are stored in a cluster without a place.'));
      return;
    }
    const offset = entryOffset(high, low);
    if (header.extendedL2 && (words[at + 2]! & words[at + 3]!) !== 0) {
      wrong(inEnglish('A subcluster is stored and reads as zeros.'));
    }
    if (offset % header.clusterBytes !== 0) {
      const what = asValue(
        holdsData(words, at, header) ? inEnglish('data') : inEnglish('a cluster that holds nothing'),
      );
      wrong(
        inEnglish('An L2 entry points at {offset} for {what}: not the start of a cluster.', { offset, what }),
      );
    }
    this.allocatedClusters += active;
    if (!header.hasDataFile) references.refer(offset, header.clusterBytes, 'an L2 entry', all);
    // An L1 entry that points at the header points at no table: its flags say nothing.
    if (active === 0 || mended || entryAt < header.clusterBytes) return;
    if (!header.hasDataFile) this.#checkCopied(high, offset, entryAt, 'L2', active);
    else if ((high & copiedHigh) === 0) {
      findings.add(
        'corruption',
        entryAt,
        () => 'A cluster of the data file is not marked as its own.',
        active,
      );
    }
  }

  #countCompressed(words: Uint32Array, at: number, entryAt: number, all: number, active: number): void {
    const { header, references, findings } = this.#parts;
    const high = words[at]!;
    const low = words[at + 1]!;
    const wrong = (message: Message): void => findings.add('corruption', entryAt, () => message, all);
    if ((high & copiedHigh) !== 0)
      wrong(inEnglish('A compressed cluster is marked as having a refcount of one.'));
    if (header.hasDataFile) {
      wrong(inEnglish('A cluster is compressed although the data is in a file of its own.'));
      return;
    }
    if (header.extendedL2 && (words[at + 2] !== 0 || words[at + 3] !== 0)) {
      wrong(inEnglish('A compressed cluster has subclusters.'));
      return;
    }
    const offset = compressedOffset(high, low, header.clusterBits);
    references.refer(offset, compressedBytes(high, low, header.clusterBits), 'a compressed cluster', all);
    this.allocatedClusters += active;
  }
}
