/** Writes qcow2 images of versions 2 and 3: data in the order given, L2 tables as they are full, the rest at the end. */
import { Failure } from '#shared/failure.ts';
import type { ByteSink } from '../../bytes/sink.ts';
import type { DiskWriter } from '../driver.ts';
import { compressedEntryHighWord } from './compressed-clusters.ts';
import { encodeHeaderExtension } from './header-extensions.ts';
import {
  compressionTypes,
  extensionType,
  featureName,
  headerV2,
  headerV3,
  headerV3Bytes,
  headerWithCompression,
  headerWithCompressionBytes,
  incompatibleBit,
  magic,
} from './layout.ts';
import { Refcounts } from './refcounts.ts';
import { layTables, type TableLayout, type TargetGeometry } from './target-geometry.ts';

const copiedHigh = 0x80000000;
const twoTo32 = 2 ** 32;

/** The writer for that kind of image. */
export function createQcow2Writer(sink: ByteSink, geometry: TargetGeometry): DiskWriter {
  return geometry.compression === null
    ? new PlainWriter(sink, geometry)
    : new CompressedWriter(sink, geometry);
}

/** The image around the data: allocates clusters, and keeps the tables that point at them. */
class ImageTables {
  readonly refcounts: Refcounts;
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;
  readonly #l1: DataView;
  /** The one L2 table being filled: units ascend, so the ones before it are complete. */
  readonly #l2: DataView;
  #l2Index = -1;
  #nextUnit = 0;
  /** Cluster 0 is the header's. */
  #nextCluster = 1;

  constructor(sink: ByteSink, geometry: TargetGeometry) {
    this.#sink = sink;
    this.#geometry = geometry;
    this.refcounts = new Refcounts(geometry.refcountBits);
    this.#l1 = new DataView(new ArrayBuffer(geometry.l1Size * 8));
    this.#l2 = new DataView(new ArrayBuffer(geometry.clusterBytes));
  }

  /** The cluster that comes next: the end of the file so far. */
  get nextCluster(): number {
    return this.#nextCluster;
  }

  /** Takes `count` clusters at the end of the file; the first of them. */
  allocate(count: number): number {
    const first = this.#nextCluster;
    this.#nextCluster += count;
    return first;
  }

  /** Makes room for the entry of `unit` (a cluster of the disk): may allocate a cluster. Units ascend. */
  begin(unit: number): void {
    const { entriesPerL2Table, l1Size } = this.#geometry;
    const l1Index = Math.floor(unit / entriesPerL2Table);
    if (unit < this.#nextUnit || !Number.isInteger(unit) || l1Index >= l1Size) {
      throw new Failure('internal', { problem: `unit ${unit} is out of order or outside the disk` });
    }
    this.#nextUnit = unit + 1;
    if (l1Index === this.#l2Index) return;
    this.#writeL2Table();
    this.#l2Index = l1Index;
  }

  /** Sets the entry of the unit that was begun last. */
  setEntry(high: number, low: number): void {
    const at = ((this.#nextUnit - 1) % this.#geometry.entriesPerL2Table) * 8;
    this.#l2.setUint32(at, high);
    this.#l2.setUint32(at + 4, low);
  }

  /** Points the unit that was begun last at a cluster of the file. */
  setCluster(cluster: number): void {
    const fileOffset = cluster * this.#geometry.clusterBytes;
    this.setEntry((copiedHigh | Math.floor(fileOffset / twoTo32)) >>> 0, fileOffset % twoTo32);
  }

  /** Writes all that is missing, the header last. */
  finish(): void {
    this.#writeL2Table();
    const { clusterBytes } = this.#geometry;
    const layout = layTables(this.#geometry, this.#nextCluster);
    this.#write(layout.l1Table, new Uint8Array(this.#l1.buffer));
    this.#writeRefcounts(layout);
    this.#sink.truncate(layout.totalClusters * clusterBytes);
    this.#write(0, encodeHeader(this.#geometry, layout));
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

class PlainWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #clusterBytes: number;
  readonly #tables: ImageTables;

  constructor(sink: ByteSink, geometry: TargetGeometry) {
    this.#sink = sink;
    this.#clusterBytes = geometry.clusterBytes;
    this.#tables = new ImageTables(sink, geometry);
  }

  writePlain(virtualOffset: number, data: Uint8Array): void {
    const firstUnit = virtualOffset / this.#clusterBytes;
    const count = Math.ceil(data.length / this.#clusterBytes);
    // All clusters first: an L2 table that is full within the run then comes after it, and the run stays whole.
    const first = this.#tables.allocate(count);
    this.#sink.write(first * this.#clusterBytes, data);
    for (let index = 0; index < count; index++) {
      this.#tables.begin(firstUnit + index);
      this.#tables.setCluster(first + index);
    }
  }

  finish(): void {
    this.#tables.finish();
  }
}

class CompressedWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;
  readonly #tables: ImageTables;
  /** Where the next compressed bytes can go, and where their cluster ends; equal when there is no room. */
  #packAt = 0;
  #packEnd = 0;

  constructor(sink: ByteSink, geometry: TargetGeometry) {
    this.#sink = sink;
    this.#geometry = geometry;
    this.#tables = new ImageTables(sink, geometry);
  }

  writeEncoded(virtualOffset: number, data: Uint8Array, stored: boolean): void {
    const { clusterBits, clusterBytes } = this.#geometry;
    this.#tables.begin(virtualOffset / clusterBytes);
    if (stored) {
      const cluster = this.#tables.allocate(1);
      this.#sink.write(cluster * clusterBytes, data);
      this.#tables.setCluster(cluster);
      return;
    }
    if (data.length === 0 || data.length >= clusterBytes) {
      throw new Failure('internal', { problem: `${data.length} bytes are no compressed cluster` });
    }
    const fileOffset = this.#pack(data.length);
    this.#sink.write(fileOffset, data);
    const high = compressedEntryHighWord(fileOffset, data.length, clusterBits);
    this.#tables.setEntry(high, fileOffset % twoTo32);
  }

  /** Room for less than a cluster of compressed bytes: where the last ones ended, as far as clusters can be shared. */
  #pack(lengthBytes: number): number {
    const { clusterBytes } = this.#geometry;
    const { refcounts, nextCluster } = this.#tables;
    const room = this.#packEnd - this.#packAt;
    const shared = this.#packEnd / clusterBytes - 1;
    const canShare = room > 0 && refcounts.hasRoom(shared);
    let fileOffset = this.#packAt;
    if (canShare && lengthBytes <= room) {
      refcounts.share(shared);
    } else if (canShare && shared + 1 === nextCluster) {
      refcounts.share(shared);
      this.#tables.allocate(1);
      this.#packEnd += clusterBytes;
    } else {
      fileOffset = this.#tables.allocate(1) * clusterBytes;
      this.#packEnd = fileOffset + clusterBytes;
    }
    this.#packAt = fileOffset + lengthBytes;
    return fileOffset;
  }

  finish(): void {
    this.#tables.finish();
  }
}

/** The header and, for a compression that older programs do not know, the name of that feature. */
function encodeHeader(geometry: TargetGeometry, layout: TableLayout): Uint8Array {
  const { clusterBytes, version, compression, refcountBits, l1Size } = geometry;
  const common = {
    magic,
    version,
    clusterBits: geometry.clusterBits,
    size: geometry.capacityBytes,
    l1Size,
    l1TableOffset: l1Size === 0 ? 0 : layout.l1Table * clusterBytes,
    refcountTableOffset: layout.refcountTable * clusterBytes,
    refcountTableClusters: layout.refcountTableClusters,
  };
  const cluster = new Uint8Array(clusterBytes);
  if (version === 2) return headerV2.encode(common, cluster);
  const refcountOrder = Math.log2(refcountBits);
  if (compression !== 'zstd') {
    return headerV3.encode({ ...common, refcountOrder, headerLength: headerV3Bytes }, cluster);
  }
  headerWithCompression.encode(
    {
      ...common,
      incompatibleFeatures: 1n << BigInt(incompatibleBit.compression),
      refcountOrder,
      headerLength: headerWithCompressionBytes,
      compressionType: compressionTypes.indexOf(compression),
    },
    cluster,
  );
  const name = featureName.encode({
    type: 0,
    bit: incompatibleBit.compression,
    name: new TextEncoder().encode('compression type'),
  });
  cluster.set(encodeHeaderExtension(extensionType.featureNames, name), headerWithCompressionBytes);
  return cluster;
}
