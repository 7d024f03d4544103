/** Writes qcow2 images of versions 2 and 3: data in the order given, each kind of allocation its own writer. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSink } from '../../bytes/sink.ts';
import type { DiskWriter, Place } from '../driver.ts';
import { compressedEntryHighWord } from './compressed-clusters.ts';
import { ImageTables } from './image-tables.ts';
import { PreallocatedWriter } from './preallocated-writer.ts';
import { SubclusterWriter } from './subcluster-writer.ts';
import type { TargetGeometry } from './target-geometry.ts';

const twoTo32 = 2 ** 32;
const allSubclusters = 0xffffffff;

/** The writer for that kind of image. @throws Failure `input.invalid` when the backing file's name does not fit. */
export function createQcow2Writer(sink: ByteSink, geometry: TargetGeometry): DiskWriter {
  if (geometry.compression !== null) return new CompressedWriter(sink, geometry);
  if (geometry.preallocated) return new PreallocatedWriter(sink, geometry);
  return geometry.extendedL2 ? new SubclusterWriter(sink, geometry) : new PlainWriter(sink, geometry);
}

/** Refuses clusters of the disk that do not ascend. */
class Order {
  #next = 0;

  /** The next `count` clusters begin at `virtualOffset`; the first of them. */
  take(virtualOffset: number, clusterBytes: number, count: number): number {
    const first = virtualOffset / clusterBytes;
    if (first < this.#next || !Number.isInteger(first)) {
      throw new Failure('internal', {
        problem: inEnglish('data at {virtualOffset} is out of order', { virtualOffset }),
      });
    }
    this.#next = first + count;
    return first;
  }
}

class PlainWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;
  readonly #tables: ImageTables;
  readonly #order = new Order();

  constructor(sink: ByteSink, geometry: TargetGeometry) {
    this.#sink = sink;
    this.#geometry = geometry;
    this.#tables = new ImageTables(sink, geometry);
  }

  placePlain(virtualOffset: number, lengthBytes: number): readonly Place[] {
    const { clusterBytes } = this.#geometry;
    const count = Math.ceil(lengthBytes / clusterBytes);
    const first = this.#order.take(virtualOffset, clusterBytes, count);
    // All clusters first: an L2 table that is full within the run then comes after it, and the run stays whole.
    const fileCluster = this.#tables.allocate(count);
    for (let index = 0; index < count; index++) {
      this.#tables.enter(first + index);
      this.#tables.setCluster(first + index, fileCluster + index);
    }
    return [{ sink: this.#sink, fileOffset: fileCluster * clusterBytes, virtualOffset, lengthBytes }];
  }

  writeZeros(virtualOffset: number, lengthBytes: number): void {
    const { clusterBytes } = this.#geometry;
    const count = Math.ceil(lengthBytes / clusterBytes);
    const first = this.#order.take(virtualOffset, clusterBytes, count);
    writeZeroClusters(this.#tables, this.#geometry, first, count);
  }

  finish(): void {
    this.#tables.finish();
  }
}

/** Version 2 has no flag for zeros: there they get clusters that are never written, which read as zeros. */
function writeZeroClusters(
  tables: ImageTables,
  { version }: TargetGeometry,
  first: number,
  count: number,
): void {
  for (let cluster = first; cluster < first + count; cluster++) {
    tables.enter(cluster);
    if (version === 2) tables.setCluster(cluster, tables.allocate(1));
    else tables.setZero(cluster);
  }
}

class CompressedWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;
  readonly #tables: ImageTables;
  readonly #order = new Order();
  /** Where the next compressed bytes can go, and where their cluster ends; equal when there is no room. */
  #packAt = 0;
  #packEnd = 0;

  constructor(sink: ByteSink, geometry: TargetGeometry) {
    this.#sink = sink;
    this.#geometry = geometry;
    this.#tables = new ImageTables(sink, geometry);
  }

  placeEncoded(virtualOffset: number, lengthBytes: number, stored: boolean): Place {
    const { clusterBits, clusterBytes, extendedL2 } = this.#geometry;
    const cluster = this.#order.take(virtualOffset, clusterBytes, 1);
    this.#tables.enter(cluster);
    if (stored) {
      const fileCluster = this.#tables.allocate(1);
      this.#tables.setCluster(cluster, fileCluster);
      if (extendedL2) this.#tables.addSubclusters(cluster, allSubclusters, 0);
      return { sink: this.#sink, fileOffset: fileCluster * clusterBytes, virtualOffset, lengthBytes };
    }
    if (lengthBytes === 0 || lengthBytes >= clusterBytes) {
      throw new Failure('internal', {
        problem: inEnglish('{lengthBytes} bytes are no compressed cluster', { lengthBytes }),
      });
    }
    const fileOffset = this.#pack(lengthBytes);
    const high = compressedEntryHighWord(fileOffset, lengthBytes, clusterBits);
    this.#tables.setEntry(cluster, high, fileOffset % twoTo32);
    return { sink: this.#sink, fileOffset, virtualOffset, lengthBytes };
  }

  writeZeros(virtualOffset: number, lengthBytes: number): void {
    const { clusterBytes } = this.#geometry;
    const count = Math.ceil(lengthBytes / clusterBytes);
    const first = this.#order.take(virtualOffset, clusterBytes, count);
    writeZeroClusters(this.#tables, this.#geometry, first, count);
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
