/** Counts what every table of an image refers to, and finds what is wrong with the tables on the way. */
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { requireWithin, type ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import { readBitmapDirectory } from './bitmaps.ts';
import { ClusterCounts } from './cluster-counts.ts';
import { compressedBytes, compressedOffset } from './compressed-clusters.ts';
import type { Findings } from './findings.ts';
import type { Header } from './header.ts';
import { maximumL1Bytes } from './layout.ts';
import type { SnapshotTable } from './snapshots.ts';
import { maximumRefcount, type ClusterSet, type StoredRefcounts } from './stored-refcounts.ts';
import { copiedHigh, entryOffset, hasReservedBits, holdsData, kindOf, mendEntry } from './table-entries.ts';
import { WordReader } from './word-reader.ts';

const pieceBytes = 65536;

/** An L2 table, and how many entries of all L1 tables and of the active one point at it. */
export interface L2Reference {
  readonly fileOffset: number;
  readonly all: number;
  readonly active: number;
}

interface Subject {
  readonly file: ByteSource;
  readonly header: Header;
  readonly snapshots: SnapshotTable;
  readonly stored: StoredRefcounts;
  readonly findings: Findings;
  readonly control: Pick<Control, 'throwIfCancelled' | 'advance'>;
  /** Whether to take the tables as mended, where they can be: then only what cannot be is found. */
  readonly mended: boolean;
}

/** References are counted as qemu counts them, so that a check of either finds the same numbers. */
export class References {
  /** All but the refcount table and its blocks, until countRefcountStructures() adds those. */
  readonly counts = new ClusterCounts(65536);
  /** The clusters of all but L2 tables and data: nothing that is mended may lie in them. */
  readonly metadata = new ClusterCounts(1024);
  /** Whether anything refers to what is not in the file: it must not grow then. */
  leadsBeyond = false;
  /** Clusters of the active disk that are in the file. */
  allocatedClusters = 0;
  readonly #subject: Subject;
  readonly #maximum: number;
  readonly #words: WordReader;
  readonly #tables = new ClusterCounts(1024);
  readonly #activeTables = new ClusterCounts(1024);
  readonly #unalignedTables = new Map<number, { all: number; active: number }>();
  readonly #fileClusters: number;
  readonly #ones: ClusterSet;

  /** Walks all tables. @throws Failure `image.*`, `operation.cancelled`. */
  constructor(subject: Subject) {
    const { file, header, snapshots, stored } = subject;
    this.#subject = subject;
    this.#maximum = maximumRefcount(header.refcountBits);
    this.#words = new WordReader(file, Math.max(header.clusterBytes, pieceBytes));
    this.#fileClusters = Math.ceil(file.sizeBytes / header.clusterBytes);
    this.#ones = stored.ones(this.#fileClusters + 1);
    this.#referMetadata(0, header.clusterBytes, 'the header');
    this.#countL1(header.l1TableOffset, header.l1Size, true);
    this.#countSnapshots();
    for (const table of this.l2Tables()) this.#countL2(table);
    this.#referMetadata(header.snapshotsOffset, snapshots.lengthBytes, 'the snapshot table');
    const { cryptoHeader } = header.extensions;
    if (cryptoHeader !== null)
      this.#referMetadata(cryptoHeader.offset, cryptoHeader.length, 'the encryption header');
    this.#countBitmaps();
  }

  /** Adds what lies at a range of the file, which may end less than a cluster beyond the end of the file. */
  refer(fileOffset: number, lengthBytes: number, name: string, times = 1): void {
    if (lengthBytes <= 0) return;
    const { file, header, findings } = this.#subject;
    const { clusterBytes } = header;
    if (fileOffset + lengthBytes - file.sizeBytes >= clusterBytes) {
      this.leadsBeyond = true;
      findings.add(
        'corruption',
        fileOffset,
        () => `What ${name} refers to lies beyond the end of the file.`,
        times,
      );
      return;
    }
    const last = Math.floor((fileOffset + lengthBytes - 1) / clusterBytes);
    for (let cluster = Math.floor(fileOffset / clusterBytes); cluster <= last; cluster++) {
      const room = this.#maximum - this.counts.get(cluster);
      this.counts.add(cluster, Math.min(times, room));
      if (times > room) {
        const problem = inEnglish(
          'Cluster {cluster} is referred to more often than its refcount can count.',
          { cluster },
        );
        findings.add('corruption', cluster * clusterBytes, () => problem, times - room);
      }
    }
  }

  /** The L2 tables of all L1 tables, each once, in the order of the file. */
  *l2Tables(): Iterable<L2Reference> {
    const { clusterBytes } = this.#subject.header;
    for (const [cluster, all] of this.#tables.counted()) {
      yield { fileOffset: cluster * clusterBytes, all, active: this.#activeTables.get(cluster) };
    }
    for (const [fileOffset, { all, active }] of this.#unalignedTables) yield { fileOffset, all, active };
  }

  /** The words of an L2 table, valid until the next call; null where it is all zeros. */
  l2Words(fileOffset: number): Uint32Array | null {
    return this.#words.read(fileOffset, this.#subject.header.clusterBytes);
  }

  #referMetadata(fileOffset: number, lengthBytes: number, name: string): void {
    const { clusterBytes } = this.#subject.header;
    this.#words.charge(fileOffset, lengthBytes);
    this.refer(fileOffset, lengthBytes, name);
    if (lengthBytes <= 0 || fileOffset + lengthBytes - this.#subject.file.sizeBytes >= clusterBytes) return;
    const last = Math.floor((fileOffset + lengthBytes - 1) / clusterBytes);
    for (let cluster = Math.floor(fileOffset / clusterBytes); cluster <= last; cluster++) {
      this.metadata.add(cluster, 1);
    }
  }

  /** The L1 tables that can be read: the active one, then those of the snapshots. */
  *l1Tables(): Iterable<{ tableOffset: number; l1Size: number; active: boolean }> {
    const { header, snapshots } = this.#subject;
    yield { tableOffset: header.l1TableOffset, l1Size: header.l1Size, active: true };
    for (const { l1TableOffset: tableOffset, l1Size } of snapshots.entries) {
      const readable = tableOffset % header.clusterBytes === 0 && l1Size * 8 <= maximumL1Bytes;
      if (readable) yield { tableOffset, l1Size, active: false };
    }
  }

  /** The words of a table of 64-bit entries in pieces, each valid until the next; none for what is all zeros. */
  *entryWords(
    tableOffset: number,
    entryCount: number,
  ): Iterable<{ readonly words: Uint32Array; readonly fileOffset: number }> {
    for (let done = 0; done < entryCount * 8; done += pieceBytes) {
      this.#subject.control.throwIfCancelled();
      const fileOffset = tableOffset + done;
      const words = this.#words.read(fileOffset, Math.min(pieceBytes, entryCount * 8 - done));
      if (words !== null) yield { words, fileOffset };
    }
  }

  #countSnapshots(): void {
    const { header, snapshots, findings } = this.#subject;
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
    if (l1Size === 0) return;
    this.#referMetadata(tableOffset, l1Size * 8, 'an L1 table');
    for (const { words, fileOffset } of this.entryWords(tableOffset, l1Size)) {
      for (let at = 0; at < words.length; at += 2) {
        const high = words[at]!;
        const low = words[at + 1]!;
        if (high !== 0 || low !== 0) this.#countL1Entry(high, low, fileOffset + at * 4, active);
      }
    }
  }

  #countL1Entry(high: number, low: number, entryAt: number, active: boolean): void {
    const { header, findings, mended, file } = this.#subject;
    const { clusterBytes } = header;
    const offset = entryOffset(high, low);
    // Flags without an offset are read as nothing, and mended to it.
    if (mended && offset === 0) return;
    if (!mended && ((high & 0x7f000000) !== 0 || (low & 0x1ff) !== 0)) {
      findings.add('corruption', entryAt, () => 'An L1 entry has reserved bits set.');
    }
    this.refer(offset, clusterBytes, 'an L1 entry');
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
    const { header, stored, findings } = this.#subject;
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
    const { header, file, control, mended } = this.#subject;
    control.throwIfCancelled();
    control.advance(header.clusterBytes);
    const words = this.l2Words(fileOffset);
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
    const { clusterBytes } = this.#subject.header;
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
    count = this.counts.addUnused(cluster, count);
    this.allocatedClusters += count;
    return count;
  }

  #countEntry(words: Uint32Array, at: number, entryAt: number, all: number, active: number): void {
    const { header, findings, mended } = this.#subject;
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
    if (!header.hasDataFile) this.refer(offset, header.clusterBytes, 'an L2 entry', all);
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
    const { header, findings } = this.#subject;
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
    this.refer(offset, compressedBytes(high, low, header.clusterBits), 'a compressed cluster', all);
    this.allocatedClusters += active;
  }

  #countBitmaps(): void {
    const { file, header, findings } = this.#subject;
    const directory = readBitmapDirectory(file, header);
    if (directory === null) return;
    this.#referMetadata(directory.fileOffset, directory.lengthBytes, 'the bitmap directory');
    for (const { name, tableOffset, tableEntries } of directory.bitmaps()) {
      requireWithin(file, tableOffset, tableEntries * 8);
      this.#referMetadata(tableOffset, tableEntries * 8, 'a bitmap table');
      for (const { words, fileOffset } of this.entryWords(tableOffset, tableEntries)) {
        for (let at = 0; at < words.length; at += 2) {
          const offset = entryOffset(words[at]!, words[at + 1]!);
          const reserved = (words[at]! & 0xff000000) !== 0 || (words[at + 1]! & 0x1fe) !== 0;
          const misplaced =
            offset !== 0 && ((words[at + 1]! & 1) !== 0 || offset % header.clusterBytes !== 0);
          if (reserved || misplaced) {
            const problem = inEnglish('Bitmap "{name}" has an entry that points nowhere.', { name });
            findings.add('corruption', fileOffset + at * 4, () => problem);
          } else if (offset !== 0) {
            this.#referMetadata(offset, header.clusterBytes, 'a bitmap table');
          }
        }
      }
    }
  }

  /** Adds the refcount table and its blocks. */
  countRefcountStructures(): void {
    const { header, stored, findings, file } = this.#subject;
    const { clusterBytes, refcountTableOffset, refcountTableClusters } = header;
    this.refer(refcountTableOffset, refcountTableClusters * clusterBytes, 'the header');
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
      const end = Math.max(Math.ceil(file.sizeBytes / clusterBytes), this.counts.end);
      if (state === 'reserved') wrong(index, inEnglish('has reserved bits set'));
      else if (state === 'unaligned') wrong(index, inEnglish('is not at the start of a cluster'));
      else if (cluster >= end) wrong(index, inEnglish('lies outside the file'));
      else {
        this.refer(cluster * clusterBytes, clusterBytes, 'the refcount table');
        if (this.counts.get(cluster) !== 1)
          wrong(index, inEnglish('lies in a cluster that is used otherwise'));
      }
    }
  }
}
