/** Writes images with extended L2 entries: data by subclusters, each with its bit (section Extended L2 Entries). */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSink } from '../../bytes/sink.ts';
import type { DiskWriter, Place } from '../driver.ts';
import { ImageTables } from './image-tables.ts';
import { subclusters } from './layout.ts';
import type { TargetGeometry } from './target-geometry.ts';

export class SubclusterWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;
  readonly #tables: ImageTables;
  #nextSubcluster = 0;
  /** The last cluster of the disk that has a place in the file, and that place. */
  #cluster = -1;
  #fileCluster = 0;

  constructor(sink: ByteSink, geometry: TargetGeometry) {
    this.#sink = sink;
    this.#geometry = geometry;
    this.#tables = new ImageTables(sink, geometry);
  }

  placePlain(virtualOffset: number, lengthBytes: number): readonly Place[] {
    const { clusterBytes, unitBytes } = this.#geometry;
    const first = this.#take(virtualOffset, lengthBytes);
    const places: Place[] = [];
    let done = 0;
    if (Math.floor(first / subclusters) === this.#cluster) {
      // The run goes on in a cluster that has its place already.
      const offsetInCluster = virtualOffset % clusterBytes;
      done = Math.min(lengthBytes, clusterBytes - offsetInCluster);
      const fileOffset = this.#fileCluster * clusterBytes + offsetInCluster;
      places.push({ sink: this.#sink, fileOffset, virtualOffset, lengthBytes: done });
      this.#mark(first, first + Math.ceil(done / unitBytes), true);
    }
    if (done < lengthBytes) places.push(this.#placeInNewClusters(virtualOffset + done, lengthBytes - done));
    return places;
  }

  #placeInNewClusters(virtualOffset: number, lengthBytes: number): Place {
    const { clusterBytes } = this.#geometry;
    const offsetInCluster = virtualOffset % clusterBytes;
    const cluster = Math.floor(virtualOffset / clusterBytes);
    const count = Math.ceil((offsetInCluster + lengthBytes) / clusterBytes);
    // All clusters first, as in plain images.
    const fileCluster = this.#tables.allocate(count);
    for (let index = 0; index < count; index++) {
      this.#tables.enter(cluster + index);
      this.#tables.setCluster(cluster + index, fileCluster + index);
      // Bits go out with their table: they are set before the next one is entered.
      this.#mark(
        Math.max((cluster + index) * subclusters, virtualOffset / this.#geometry.unitBytes),
        Math.min((cluster + index + 1) * subclusters, this.#nextSubcluster),
        true,
      );
    }
    this.#cluster = cluster + count - 1;
    this.#fileCluster = fileCluster + count - 1;
    const fileOffset = fileCluster * clusterBytes + offsetInCluster;
    return { sink: this.#sink, fileOffset, virtualOffset, lengthBytes };
  }

  writeZeros(virtualOffset: number, lengthBytes: number): void {
    const first = this.#take(virtualOffset, lengthBytes);
    this.#mark(first, this.#nextSubcluster, false);
  }

  /** The first subcluster of a range that comes after all before. */
  #take(virtualOffset: number, lengthBytes: number): number {
    const { unitBytes } = this.#geometry;
    const first = virtualOffset / unitBytes;
    if (first < this.#nextSubcluster || !Number.isInteger(first)) {
      throw new Failure('internal', {
        problem: inEnglish('data at {virtualOffset} is out of order', { virtualOffset }),
      });
    }
    this.#nextSubcluster = first + Math.ceil(lengthBytes / unitBytes);
    return first;
  }

  /** Sets the bits of the subclusters from `first` up to `end`. */
  #mark(first: number, end: number, stored: boolean): void {
    for (let at = first; at < end;) {
      const cluster = Math.floor(at / subclusters);
      const next = Math.min(end, (cluster + 1) * subclusters);
      const count = next - at;
      const bits = ((count === subclusters ? 0xffffffff : 2 ** count - 1) << (at % subclusters)) >>> 0;
      this.#tables.enter(cluster);
      this.#tables.addSubclusters(cluster, stored ? bits : 0, stored ? 0 : bits);
      at = next;
    }
  }

  finish(): void {
    this.#tables.finish();
  }
}
