/** Where the clusters of the disk are: L1 and L2 tables followed to runs of equal kind (section Cluster mapping). */
import type { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { requireWithin, type ByteSource } from '../../bytes/source.ts';
import type { Extent } from '../driver.ts';
import { compressedBytes, compressedOffset } from './compressed-clusters.ts';
import type { Header } from './header.ts';
import { L2Tables } from './l2-table.ts';
import { malformedEntry, sectorBytes, subclusters } from './layout.ts';
import type { MetadataClusters } from './metadata-clusters.ts';

/** A run of the disk that one L2 table describes. Filled anew by each call, so that none is allocated for it. */
export interface MappedRun {
  state: Extent['state'];
  /** In bytes, from the virtual offset that was asked for. */
  length: number;
  /** For stored runs where the first byte lies, for encoded ones where the cluster's bytes begin. */
  fileOffset: number;
  encodedBytes: number;
}

/* An L2 entry as two words of 32 bits. */
const copiedHigh = 0x80000000;
const compressedHigh = 0x40000000;
const reservedHigh = 0x3f000000;
const offsetHigh = 0x00ffffff;
const zeroLow = 1;
const reservedLow = 0x1fe;
const twoTo32 = 2 ** 32;
const allSubclusters = 0xffffffff;

export class ClusterMap {
  readonly #header: Header;
  /** The offsets of the L2 tables, 0 where there is none. */
  readonly #l1: Float64Array;
  readonly #tables: L2Tables;
  readonly #data: ByteSource;
  /** Null where the data lies in a file of its own. */
  readonly #metadata: MetadataClusters | null;
  readonly #wordsPerEntry: number;
  readonly #entriesPerTable: number;
  readonly #bytesPerTable: number;

  constructor(
    header: Header,
    file: ByteSource,
    data: ByteSource,
    l1: Float64Array,
    metadata: MetadataClusters | null,
  ) {
    this.#header = header;
    this.#l1 = l1;
    this.#tables = new L2Tables(file, header.clusterBytes);
    this.#data = data;
    this.#metadata = metadata;
    this.#wordsPerEntry = header.extendedL2 ? 4 : 2;
    this.#entriesPerTable = header.clusterBytes / (4 * this.#wordsPerEntry);
    this.#bytesPerTable = this.#entriesPerTable * header.clusterBytes;
  }

  /**
   * Fills `run` with what is at `virtualOffset`, and for how long that holds before `end` (both in bytes, within the
   * capacity). May stop early: what follows can be more of the same.
   * @throws Failure `image.malformed`, `image.truncated`, `io.*`.
   */
  runAt(virtualOffset: number, end: number, run: MappedRun): void {
    const l1Index = Math.floor(virtualOffset / this.#bytesPerTable);
    const tableOffset = this.#l1[l1Index]!;
    if (tableOffset === 0) {
      let next = l1Index + 1;
      while (next * this.#bytesPerTable < end && this.#l1[next] === 0) next++;
      run.state = 'absent';
      run.length = Math.min(end, next * this.#bytesPerTable) - virtualOffset;
      return;
    }
    const { clusterBytes } = this.#header;
    const tableStart = l1Index * this.#bytesPerTable;
    const index = Math.floor((virtualOffset - tableStart) / clusterBytes);
    const endIndex = Math.min(this.#entriesPerTable, Math.ceil((end - tableStart) / clusterBytes));
    const offsetInCluster = virtualOffset - tableStart - index * clusterBytes;
    const clusterCount = this.#follow(tableOffset, index, endIndex, virtualOffset, run);
    const runEnd = tableStart + (index + clusterCount) * clusterBytes;
    run.length = Math.min(end, runEnd) - virtualOffset;
    if (run.state === 'stored') run.fileOffset += offsetInCluster;
    if (this.#header.extendedL2 && run.state !== 'encoded') {
      this.#narrowToSubclusters(tableOffset, index, offsetInCluster, run);
    }
    if (run.state === 'stored') this.#checkData(run.fileOffset, run.length, tableOffset, index);
  }

  /** Finds the state of the cluster at `index`, and how many clusters before `endIndex` go on like it. */
  #follow(
    tableOffset: number,
    index: number,
    endIndex: number,
    virtualOffset: number,
    run: MappedRun,
  ): number {
    const words = this.#tables.get(tableOffset);
    const step = this.#wordsPerEntry;
    const high = words[index * step]!;
    const low = words[index * step + 1]!;
    run.fileOffset = 0;
    run.encodedBytes = 0;
    if ((high & compressedHigh) !== 0) {
      this.#followCompressed(high, low, tableOffset, index, run);
      return 1;
    }
    if (high !== 0 || low !== 0) this.#checkStandard(high, low, tableOffset, index, virtualOffset);
    const extended = this.#header.extendedL2;
    if ((low & zeroLow) !== 0) {
      run.state = 'zero';
      let next = index + 1;
      // Each has its own offset, if any, that nobody reads; what is odd about one stops here and is told when it is first.
      while (next < endIndex && (words[next * 2]! & 0x7fffffff) === 0 && words[next * 2 + 1] === zeroLow) {
        next++;
      }
      return next - index;
    }
    const fileOffset = hostOffset(high, low);
    if (fileOffset === 0 && !(this.#header.hasDataFile && high >= copiedHigh)) {
      run.state = 'absent';
      if (extended) return 1;
      let next = index + 1;
      while (next < endIndex && words[next * 2] === 0 && words[next * 2 + 1] === 0) next++;
      return next - index;
    }
    run.state = 'stored';
    run.fileOffset = fileOffset;
    return extended ? 1 : this.#countContiguous(words, high, low, index, endIndex);
  }

  /** How many entries from `index` on are the clusters of the file one after the other. */
  #countContiguous(words: Uint32Array, high: number, low: number, index: number, endIndex: number): number {
    const { clusterBytes } = this.#header;
    let expectedHigh = high & 0x7fffffff;
    let expectedLow = low;
    let next = index + 1;
    for (; next < endIndex; next++) {
      expectedLow += clusterBytes;
      if (expectedLow >= twoTo32) {
        expectedLow -= twoTo32;
        expectedHigh++;
      }
      if (words[next * 2 + 1] !== expectedLow || (words[next * 2]! & 0x7fffffff) !== expectedHigh) break;
    }
    return next - index;
  }

  #followCompressed(high: number, low: number, tableOffset: number, index: number, run: MappedRun): void {
    const { clusterBits, hasDataFile } = this.#header;
    const wrong = (problem: Message): Failure => this.#wrongEntry(tableOffset, index, 'descriptor', problem);
    if (hasDataFile) throw wrong(inEnglish('a compressed cluster in an image with an external data file'));
    if (high >= copiedHigh)
      throw wrong(inEnglish('a compressed cluster is marked as having a refcount of one'));
    const fileOffset = compressedOffset(high, low, clusterBits);
    if (fileOffset >= 2 ** 56) throw wrong(inEnglish('the host offset has more than 56 bits'));
    const encodedBytes = compressedBytes(high, low, clusterBits);
    // The last sector need not be whole where the file ends: decoding stops before its end.
    const lastSector = fileOffset + encodedBytes - sectorBytes;
    requireWithin(this.#data, fileOffset, Math.max(lastSector, fileOffset) + 1 - fileOffset);
    run.state = 'encoded';
    run.fileOffset = fileOffset;
    run.encodedBytes = Math.min(encodedBytes, this.#data.sizeBytes - fileOffset);
    this.#checkOverlap(fileOffset, run.encodedBytes, tableOffset, index);
  }

  /** Checks an entry for a standard cluster that is not all zeros. */
  #checkStandard(high: number, low: number, tableOffset: number, index: number, virtualOffset: number): void {
    const { version, extendedL2, hasDataFile, rawDataFile, clusterBytes } = this.#header;
    const wrong = (problem: Message): Failure => this.#wrongEntry(tableOffset, index, 'descriptor', problem);
    const zeroFlag = (low & zeroLow) !== 0;
    if ((high & reservedHigh) !== 0 || (low & reservedLow) !== 0)
      throw wrong(inEnglish('reserved bits are set'));
    if (zeroFlag && version < 3) throw wrong(inEnglish('version 2 has no flag for zeros'));
    if (zeroFlag && extendedL2) throw wrong(inEnglish('an extended entry has its zeros in the bitmap'));
    // At most 21 bits: the cluster size fits in the lower word.
    if ((low & (clusterBytes - 1) & ~0x1ff) !== 0) {
      throw wrong(inEnglish('the host offset is not the start of a cluster'));
    }
    const fileOffset = hostOffset(high, low);
    if (zeroFlag) return;
    if (fileOffset === 0 && high >= copiedHigh && !hasDataFile) {
      throw wrong(inEnglish('the host offset is 0 but marked as having a refcount of one'));
    }
    if (hasDataFile && (fileOffset !== 0 || high >= copiedHigh)) {
      const guestOffset = virtualOffset - (virtualOffset % clusterBytes);
      if (fileOffset !== guestOffset) {
        const raw = rawDataFile ? 'raw ' : '';
        throw wrong(
          inEnglish('the offset in the {raw}external data file is {fileOffset}, not {guestOffset}', {
            raw,
            fileOffset,
            guestOffset,
          }),
        );
      }
    }
  }

  /** Cuts the run, which is within one cluster with an extended entry, to the subclusters that are alike. */
  #narrowToSubclusters(tableOffset: number, index: number, offsetInCluster: number, run: MappedRun): void {
    const words = this.#tables.get(tableOffset);
    const zeros = words[index * 4 + 2]!;
    const allocated = words[index * 4 + 3]!;
    const field = 'subcluster allocation bitmap';
    if ((zeros & allocated) !== 0) {
      throw this.#wrongEntry(
        tableOffset,
        index,
        field,
        inEnglish('a subcluster is allocated and reads as zeros'),
      );
    }
    if (run.state === 'absent' && allocated !== 0) {
      throw this.#wrongEntry(tableOffset, index, field, inEnglish('a subcluster is allocated in no cluster'));
    }
    if (allocated === allSubclusters) return;
    const subclusterBytes = this.#header.clusterBytes / subclusters;
    const first = Math.floor(offsetInCluster / subclusterBytes);
    const stateOf = (subcluster: number): 'stored' | 'zero' | 'absent' =>
      ((allocated >>> subcluster) & 1) !== 0
        ? 'stored'
        : ((zeros >>> subcluster) & 1) !== 0
          ? 'zero'
          : 'absent';
    const state = stateOf(first);
    let next = first + 1;
    while (next < subclusters && stateOf(next) === state) next++;
    run.state = state;
    run.length = Math.min(run.length, next * subclusterBytes - offsetInCluster);
  }

  #checkData(fileOffset: number, length: number, tableOffset: number, index: number): void {
    requireWithin(this.#data, fileOffset, length);
    this.#checkOverlap(fileOffset, length, tableOffset, index);
  }

  #checkOverlap(fileOffset: number, length: number, tableOffset: number, index: number): void {
    const structure = this.#metadata?.findIn(fileOffset, length) ?? null;
    if (structure === null) return;
    throw this.#wrongEntry(
      tableOffset,
      index,
      'descriptor',
      inEnglish('data at {fileOffset} overlaps the {structure}', { fileOffset, structure }),
    );
  }

  #wrongEntry(tableOffset: number, index: number, field: string, problem: Message): Failure {
    const entryOffset = tableOffset + index * this.#wordsPerEntry * 4;
    return malformedEntry('L2 table entry', field, entryOffset, problem);
  }
}

/** Bits 9 to 55 of an L2 entry. */
function hostOffset(high: number, low: number): number {
  return (high & offsetHigh) * twoTo32 + ((low & ~0x1ff) >>> 0);
}
