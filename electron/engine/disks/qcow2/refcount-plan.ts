/** Plans refcounts anew: blocks kept where they are sound, new ones and a new table at the end of the file where not. */
import { inEnglish } from '#shared/in-english.ts';
import { ClusterCounts } from './cluster-counts.ts';
import type { Header } from './header.ts';
import { maximumRefcountTableBytes, unsupported } from './layout.ts';
import { maximumRefcount, setRefcount, type StoredRefcounts } from './stored-refcounts.ts';
import type { TableChanges } from './table-changes.ts';

/** What the refcounts shall be. */
export interface RefcountGoal {
  /** How often a cluster is referred to by anything but the refcount table and its blocks. */
  countOf(cluster: number): number;
  /** Whether any of these clusters may be referred to. */
  mayHave(firstCluster: number, endCluster: number): boolean;
  /** The refcount for a cluster with that many references, blocks and table included. */
  refcountFor(cluster: number, references: number): number;
  /** How many clusters the file has; new ones come behind. */
  readonly clusterCount: number;
  readonly keepsTable: boolean;
  keepsBlock(index: number): boolean;
  /** The blocks to look at; null for all. */
  readonly blocks: ReadonlySet<number> | null;
}

export class RefcountPlan {
  readonly #header: Header;
  readonly #stored: StoredRefcounts;
  readonly #goal: RefcountGoal;
  /** Clusters of the table and the blocks, old and new. */
  readonly #own = new ClusterCounts(1024);
  readonly #newBlocks = new Map<number, number>();
  #nextCluster: number;
  #highestBlock = -1;
  #newTable: { readonly cluster: number; readonly clusters: number } | null = null;

  /** Lays new blocks, and a new table where the old one cannot be kept. @throws Failure `image.unsupported` when too large. */
  constructor(header: Header, stored: StoredRefcounts, goal: RefcountGoal) {
    this.#header = header;
    this.#stored = stored;
    this.#goal = goal;
    this.#nextCluster = goal.clusterCount;
    const { clusterBytes, refcountTableOffset, refcountTableClusters } = header;
    if (goal.keepsTable) {
      for (let index = 0; index < refcountTableClusters; index++) {
        this.#own.add(refcountTableOffset / clusterBytes + index, 1);
      }
    }
    for (let index = 0; index < stored.tableEntries; index++) {
      if (!goal.keepsBlock(index)) continue;
      this.#own.add(stored.blockOffset(index) / clusterBytes, 1);
      this.#highestBlock = index;
    }
    for (const index of this.#indexes()) {
      if (!this.#hasBlock(index) && this.#isUsed(index)) this.#addBlock(index);
    }
    // New data that the goal wants beyond the file's end is covered like what is in it.
    if (!goal.keepsTable || this.#highestBlock >= stored.tableEntries) this.#layTable();
  }

  /** The refcount that a cluster will have. */
  refcountOf(cluster: number): number {
    return this.#goal.refcountFor(cluster, this.#goal.countOf(cluster) + this.#own.get(cluster));
  }

  /** How many blocks are new, and whether the table is. */
  get rebuilt(): number {
    return this.#newBlocks.size + (this.#newTable === null ? 0 : 1);
  }

  /** Adds the changes: blocks, table, and the header's fields where the table moved. How many refcounts change. */
  write(changes: TableChanges): void {
    const { clusterBytes } = this.#header;
    for (const index of this.#indexes()) {
      const kept = this.#goal.keepsBlock(index);
      const newCluster = this.#newBlocks.get(index);
      if (!kept && newCluster === undefined) continue;
      const after = this.#encodeBlock(index);
      if (newCluster !== undefined) changes.write(newCluster * clusterBytes, after);
      else changes.replace(this.#stored.blockOffset(index), this.#stored.block(index)!, after);
    }
    this.#writeTable(changes);
  }

  *#indexes(): Iterable<number> {
    const { blocks } = this.#goal;
    const touched = new Set(blocks ?? []);
    const perBlock = this.#stored.entriesPerBlock;
    const count =
      blocks === null ? Math.max(this.#stored.tableEntries, Math.ceil(this.#nextCluster / perBlock)) : 0;
    for (let index = 0; index < count; index++) yield index;
    // Clusters that the plan itself added.
    const first = Math.floor(this.#goal.clusterCount / perBlock);
    for (let index = Math.max(first, count); index * perBlock < this.#nextCluster; index++)
      touched.add(index);
    yield* touched;
  }

  #hasBlock(index: number): boolean {
    return this.#newBlocks.has(index) || this.#goal.keepsBlock(index);
  }

  #isUsed(index: number): boolean {
    const first = index * this.#stored.entriesPerBlock;
    const end = Math.min(first + this.#stored.entriesPerBlock, this.#nextCluster);
    if (!this.#goal.mayHave(first, end) && !this.#own.mayHave(first, end)) return false;
    for (let cluster = first; cluster < end; cluster++) if (this.refcountOf(cluster) > 0) return true;
    return false;
  }

  #addBlock(index: number): void {
    this.#newBlocks.set(index, this.#take(1));
    this.#highestBlock = Math.max(this.#highestBlock, index);
    this.#cover(this.#nextCluster - 1);
  }

  #take(count: number): number {
    const first = this.#nextCluster;
    this.#nextCluster += count;
    for (let cluster = first; cluster < this.#nextCluster; cluster++) this.#own.add(cluster, 1);
    return first;
  }

  /** A new cluster needs a block that counts it. */
  #cover(cluster: number): void {
    const index = Math.floor(cluster / this.#stored.entriesPerBlock);
    if (!this.#hasBlock(index)) this.#addBlock(index);
  }

  #layTable(): void {
    const { clusterBytes } = this.#header;
    let clusters = 1;
    const highestWith = (): number =>
      // The table's own clusters may need further blocks: each of them counts 64 clusters at least.
      Math.max(
        this.#highestBlock,
        Math.floor((this.#nextCluster + 2 * clusters + 8) / this.#stored.entriesPerBlock),
      );
    while ((highestWith() + 1) * 8 > clusters * clusterBytes) clusters++;
    if (clusters * clusterBytes > maximumRefcountTableBytes)
      throw unsupported(inEnglish('a refcount table of that size'));
    const cluster = this.#take(clusters);
    this.#newTable = { cluster, clusters };
    for (let index = 0; index < clusters; index++) this.#cover(cluster + index);
  }

  #encodeBlock(index: number): Uint8Array {
    const { clusterBytes, refcountBits } = this.#header;
    const block = new Uint8Array(clusterBytes);
    const first = index * this.#stored.entriesPerBlock;
    const end = Math.min(first + this.#stored.entriesPerBlock, this.#nextCluster);
    if (!this.#goal.mayHave(first, end) && !this.#own.mayHave(first, end)) return block;
    const maximum = maximumRefcount(refcountBits);
    for (let cluster = first; cluster < end; cluster++) {
      const refcount = this.refcountOf(cluster);
      if (refcount > 0) setRefcount(block, cluster - first, refcountBits, Math.min(refcount, maximum));
    }
    return block;
  }

  #writeTable(changes: TableChanges): void {
    const { clusterBytes, refcountTableOffset, refcountTableClusters } = this.#header;
    const clusters = this.#newTable?.clusters ?? refcountTableClusters;
    const view = new DataView(new ArrayBuffer(clusters * clusterBytes));
    for (let index = 0; index < clusters * (clusterBytes / 8); index++) {
      const added = this.#newBlocks.get(index);
      const offset =
        added !== undefined
          ? added * clusterBytes
          : this.#goal.keepsBlock(index)
            ? this.#stored.blockOffset(index)
            : 0;
      if (offset !== 0) view.setBigUint64(index * 8, BigInt(offset));
    }
    const table = new Uint8Array(view.buffer);
    if (this.#newTable === null) {
      changes.replace(refcountTableOffset, this.#stored.tableBytes, table);
      return;
    }
    changes.write(this.#newTable.cluster * clusterBytes, table);
    const fields = new DataView(new ArrayBuffer(12));
    fields.setBigUint64(0, BigInt(this.#newTable.cluster * clusterBytes));
    fields.setUint32(8, clusters);
    changes.write(48, new Uint8Array(fields.buffer));
  }
}
