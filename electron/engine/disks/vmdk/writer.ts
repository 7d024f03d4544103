/** Writing a plain VMDK: monolithicSparse in one file, or extents in files of their own beside the descriptor. */
import { setAside } from '../../bytes/allocate.ts';
import type { ByteSink } from '../../bytes/sink.ts';
import type { DiskWriter, TargetShape } from '../driver.ts';
import { ContentDigest } from './content-id.ts';
import { extentFiles, extentNames, isFlat, isPreallocated, unitBytesOf } from './extent-files.ts';
import { sectorBytes, unsupported } from './layout.ts';
import { newEmbeddedDescriptor, newDescriptor, type NewExtent } from './new-descriptor.ts';
import { requireNextUnit } from './new-extent.ts';
import { SparseExtentWriter } from './sparse-extent-writer.ts';

/** Checks the order of units and gathers the content id, for both ways of writing. */
class UnitSequence {
  readonly digest: ContentDigest;
  readonly #shape: TargetShape;
  readonly #unitBytes: number;
  #end = 0;

  constructor(shape: TargetShape) {
    this.#shape = shape;
    this.#unitBytes = unitBytesOf(shape.variant);
    this.digest = new ContentDigest(shape);
  }

  add(virtualOffset: number, data: Uint8Array): void {
    const unitBytes = this.#unitBytes;
    requireNextUnit(virtualOffset, data.length, this.#end, this.#shape.capacityBytes, unitBytes);
    for (let at = 0; at < data.length; at += unitBytes) {
      this.digest.addUnit(virtualOffset + at, data.subarray(at, at + unitBytes));
    }
    this.#end = virtualOffset + data.length;
  }
}

/** One sparse extent with the descriptor inside. */
export class MonolithicSparseWriter implements DiskWriter {
  readonly #shape: TargetShape;
  readonly #units: UnitSequence;
  readonly #extent: SparseExtentWriter;

  constructor(sink: ByteSink, shape: TargetShape) {
    this.#shape = shape;
    this.#units = new UnitSequence(shape);
    this.#extent = new SparseExtentWriter(sink, shape.capacityBytes, true);
  }

  writePlain(virtualOffset: number, data: Uint8Array): void {
    this.#units.add(virtualOffset, data);
    this.#extent.write(virtualOffset, data);
  }

  finish(): void {
    this.#extent.finish(newEmbeddedDescriptor(this.#shape, this.#units.digest.finish()));
  }
}

/** What is written into one file of a disk of several. */
interface ExtentWriter {
  write(extentOffset: number, data: Uint8Array): void;
  finish(descriptor: null): void;
}

/** "Simple Extents": the bytes as they are. */
class FlatExtentWriter implements ExtentWriter {
  readonly #sink: ByteSink;

  constructor(sink: ByteSink, capacityBytes: number, preallocated: boolean) {
    this.#sink = sink;
    // The full length first: what is not written stays a hole.
    sink.truncate(capacityBytes);
    if (preallocated) setAside(sink, 0, capacityBytes);
  }

  write(extentOffset: number, data: Uint8Array): void {
    this.#sink.write(extentOffset, data);
  }

  finish(): void {
    // It has its length since it began.
  }
}

/** A descriptor, and its extents in files beside it. */
export class ExtentFilesWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #shape: TargetShape;
  readonly #units: UnitSequence;
  readonly #lines: NewExtent[] = [];
  readonly #writers: ExtentWriter[] = [];
  /** All extents but the last are as long as the first. */
  readonly #extentBytes: number;

  /** Makes all files at once: a name that is taken must show before the work is done. */
  constructor(sink: ByteSink, shape: TargetShape) {
    if (sink.sibling === undefined || sink.name === undefined) {
      throw unsupported(`writing ${shape.variant}, a disk of several files, where the output is one file`);
    }
    this.#sink = sink;
    this.#shape = shape;
    this.#units = new UnitSequence(shape);
    const flat = isFlat(shape.variant);
    const extents = extentFiles(shape);
    const names = extentNames(shape, sink.name, extents.length);
    this.#extentBytes = extents[0]!;
    for (const [index, lengthBytes] of extents.entries()) {
      const name = names[index]!;
      const file = sink.sibling(name);
      this.#lines.push({ sectors: lengthBytes / sectorBytes, type: flat ? 'FLAT' : 'SPARSE', name });
      this.#writers.push(
        flat
          ? new FlatExtentWriter(file, lengthBytes, isPreallocated(shape))
          : new SparseExtentWriter(file, lengthBytes, false),
      );
    }
  }

  writePlain(virtualOffset: number, data: Uint8Array): void {
    this.#units.add(virtualOffset, data);
    for (let at = 0; at < data.length;) {
      const index = Math.floor((virtualOffset + at) / this.#extentBytes);
      const extentOffset = virtualOffset + at - index * this.#extentBytes;
      const part = data.subarray(at, at + this.#extentBytes - extentOffset);
      this.#writers[index]!.write(extentOffset, part);
      at += part.length;
    }
  }

  finish(): void {
    for (const writer of this.#writers) writer.finish(null);
    const descriptor = newDescriptor(this.#shape, this.#units.digest.finish(), this.#lines);
    this.#sink.write(0, descriptor);
    this.#sink.truncate(descriptor.length);
  }
}
