/** The tables of a qcow2 image being written: L2 tables as they are full, the L1 table and the refcounts at the end. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSink } from '../../bytes/sink.ts';
import { encodeFirstCluster } from './new-header.ts';
import { Refcounts } from './refcounts.ts';
import { layTables, type TableLayout, type TargetGeometry } from './target-geometry.ts';

const copiedHigh = 0x80000000;
const zeroLow = 1;
const twoTo32 = 2 ** 32;

/** The image around the data: allocates clusters, and keeps the tables that point at them. Clusters ascend. */
export class ImageTables {
  readonly refcounts: Refcounts;
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;
  readonly #entryBytes: number;
  readonly #l1: DataView;
  /** The one L2 table being filled: clusters ascend, so the ones before it are complete. */
  readonly #l2: DataView;
  #l2Index = -1;
  /** Cluster 0 of the file is the header's. */
  #nextCluster = 1;

  /** @throws Failure `input.invalid` when the header does not fit in a cluster. */
  constructor(sink: ByteSink, geometry: TargetGeometry) {
    this.#sink = sink;
    this.#geometry = geometry;
    this.#entryBytes = geometry.extendedL2 ? 16 : 8;
    this.refcounts = new Refcounts(geometry.refcountBits);
    this.#l1 = new DataView(new ArrayBuffer(geometry.l1Size * 8));
    this.#l2 = new DataView(new ArrayBuffer(geometry.clusterBytes));
    encodeFirstCluster(geometry, layTables(geometry, 1));
  }

  /** The cluster of the file that comes next: the end of the file so far. */
  get nextCluster(): number {
    return this.#nextCluster;
  }

  /** Takes `count` clusters at the end of the file; the first of them. */
  allocate(count: number): number {
    const first = this.#nextCluster;
    this.#nextCluster += count;
    return first;
  }

  /** Goes to the L2 table of `cluster` (of the disk), which is not before the last one: may allocate a cluster. */
  enter(cluster: number): void {
    const { entriesPerL2Table, l1Size } = this.#geometry;
    const l1Index = Math.floor(cluster / entriesPerL2Table);
    if (l1Index === this.#l2Index) return;
    if (l1Index < this.#l2Index || l1Index >= l1Size) {
      throw new Failure('internal', {
        problem: inEnglish('cluster {cluster} is out of order or outside the disk', { cluster }),
      });
    }
    this.#writeL2Table();
    this.#l2Index = l1Index;
  }

  /** Sets the entry of a cluster of the table that was entered. */
  setEntry(cluster: number, high: number, low: number): void {
    const at = this.#entryAt(cluster);
    this.#l2.setUint32(at, high);
    this.#l2.setUint32(at + 4, low);
  }

  /** Points a cluster of the disk at one of the file. */
  setCluster(cluster: number, fileCluster: number): void {
    const fileOffset = fileCluster * this.#geometry.clusterBytes;
    this.setEntry(cluster, (copiedHigh | Math.floor(fileOffset / twoTo32)) >>> 0, fileOffset % twoTo32);
  }

  /** Says that all of a cluster reads as zeros, without a place in the file; not in version 2. */
  setZero(cluster: number): void {
    if (this.#geometry.extendedL2) this.addSubclusters(cluster, 0, 0xffffffff);
    else this.setEntry(cluster, 0, zeroLow);
  }

  /** Marks subclusters, as bits of 32, as stored and as zeros. */
  addSubclusters(cluster: number, stored: number, zeros: number): void {
    const at = this.#entryAt(cluster) + 8;
    this.#l2.setUint32(at, (this.#l2.getUint32(at) | zeros) >>> 0);
    this.#l2.setUint32(at + 4, (this.#l2.getUint32(at + 4) | stored) >>> 0);
  }

  #entryAt(cluster: number): number {
    return (cluster % this.#geometry.entriesPerL2Table) * this.#entryBytes;
  }

  /** Writes all that is missing, the header last. */
  finish(): void {
    this.#writeL2Table();
    const { clusterBytes } = this.#geometry;
    const layout = layTables(this.#geometry, this.#nextCluster);
    this.#write(layout.l1Table, new Uint8Array(this.#l1.buffer));
    this.#writeRefcounts(layout);
    this.#sink.truncate(layout.totalClusters * clusterBytes);
    this.#write(0, encodeFirstCluster(this.#geometry, layout));
  }

  #writeL2Table(): void {
    if (this.#l2Index < 0) return;
    const cluster = this.allocate(1);
    const fileOffset = cluster * this.#geometry.clusterBytes;
    const table = new Uint8Array(this.#l2.buffer);
    this.#write(cluster, table);
    table.fill(0);
    this.#l1.setUint32(this.#l2Index * 8, (copiedHigh | Math.floor(fileOffset / twoTo32)) >>> 0);
    this.#l1.setUint32(this.#l2Index * 8 + 4, fileOffset % twoTo32);
    this.#l2Index = -1;
  }

  #writeRefcounts(layout: TableLayout): void {
    const { clusterBytes, refcountBits } = this.#geometry;
    const table = new DataView(new ArrayBuffer(layout.refcountBlockCount * 8));
    const block = new Uint8Array(clusterBytes);
    const entriesPerBlock = (clusterBytes * 8) / refcountBits;
    for (let index = 0; index < layout.refcountBlockCount; index++) {
      const cluster = layout.refcountBlocks + index;
      this.refcounts.encodeBlock(block, index * entriesPerBlock, layout.totalClusters, refcountBits);
      this.#write(cluster, block);
      table.setBigUint64(index * 8, BigInt(cluster) * BigInt(clusterBytes));
    }
    this.#write(layout.refcountTable, new Uint8Array(table.buffer));
  }

  #write(cluster: number, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#sink.write(cluster * this.#geometry.clusterBytes, bytes);
  }
}
