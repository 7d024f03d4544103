/** Writes images in which every cluster of the disk has its place in the file, written or not (preallocation=metadata). */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSink } from '../../bytes/sink.ts';
import type { DiskWriter, Place } from '../driver.ts';
import { ImageTables } from './image-tables.ts';
import { subclusters } from './layout.ts';
import type { TargetGeometry } from './target-geometry.ts';

export class PreallocatedWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #geometry: TargetGeometry;
  readonly #tables: ImageTables;
  readonly #clusterCount: number;
  #nextOffset = 0;
  /** The L2 table being filled, and the place of its first cluster in the file; its others follow it. */
  #l2Index = -1;
  #firstFileCluster = 0;

  constructor(sink: ByteSink, geometry: TargetGeometry) {
    this.#sink = sink;
    this.#geometry = geometry;
    this.#tables = new ImageTables(sink, geometry);
    this.#clusterCount = Math.ceil(geometry.capacityBytes / geometry.clusterBytes);
  }

  placePlain(virtualOffset: number, lengthBytes: number): readonly Place[] {
    const { clusterBytes, entriesPerL2Table, unitBytes } = this.#geometry;
    if (virtualOffset < this.#nextOffset || virtualOffset % unitBytes !== 0) {
      throw new Failure('internal', {
        problem: inEnglish('data at {virtualOffset} is out of order', { virtualOffset }),
      });
    }
    this.#nextOffset = virtualOffset + Math.ceil(lengthBytes / unitBytes) * unitBytes;
    const bytesPerTable = entriesPerL2Table * clusterBytes;
    const places: Place[] = [];
    for (let done = 0; done < lengthBytes;) {
      const at = virtualOffset + done;
      const l2Index = Math.floor(at / bytesPerTable);
      this.#allocateUpTo(l2Index);
      const offsetInTable = at - l2Index * bytesPerTable;
      const part = Math.min(lengthBytes - done, bytesPerTable - offsetInTable);
      const fileOffset = this.#firstFileCluster * clusterBytes + offsetInTable;
      places.push({ sink: this.#sink, fileOffset, virtualOffset: at, lengthBytes: part });
      this.#markStored(at, part);
      done += part;
    }
    return places;
  }

  /** Gives places to the clusters of all tables up to that one. */
  #allocateUpTo(l2Index: number): void {
    const { entriesPerL2Table, l1Size } = this.#geometry;
    if (l2Index >= l1Size)
      throw new Failure('internal', {
        problem: inEnglish('table {l2Index} is outside the disk', { l2Index }),
      });
    while (this.#l2Index < l2Index) {
      this.#l2Index++;
      const first = this.#l2Index * entriesPerL2Table;
      const count = Math.min(entriesPerL2Table, this.#clusterCount - first);
      this.#tables.enter(first);
      this.#firstFileCluster = this.#tables.allocate(count);
      for (let index = 0; index < count; index++) {
        this.#tables.setCluster(first + index, this.#firstFileCluster + index);
      }
    }
  }

  /** With subclusters a place alone says nothing: each that is written has its bit. */
  #markStored(virtualOffset: number, lengthBytes: number): void {
    const { extendedL2, unitBytes } = this.#geometry;
    if (!extendedL2) return;
    const end = Math.ceil((virtualOffset + lengthBytes) / unitBytes);
    for (let subcluster = virtualOffset / unitBytes; subcluster < end; subcluster++) {
      const bit = (1 << (subcluster % subclusters)) >>> 0;
      this.#tables.addSubclusters(Math.floor(subcluster / subclusters), bit, 0);
    }
  }

  finish(): void {
    if (this.#geometry.l1Size > 0) this.#allocateUpTo(this.#geometry.l1Size - 1);
    this.#tables.finish();
  }
}
