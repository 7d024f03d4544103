/** Writing a plain VMDK: monolithicSparse in one file, or extents in files of their own beside the descriptor. */
import { inEnglish } from '#shared/in-english.ts';
import { setAside } from '../../bytes/allocate.ts';
import type { ByteSink } from '../../bytes/sink.ts';
import type { DiskWriter, Place, TargetShape } from '../driver.ts';
import { contentId } from './content-id.ts';
import { extentFiles, extentNames, isFlat, isPreallocated, unitBytesOf } from './extent-files.ts';
import { sectorBytes, unsupported } from './layout.ts';
import { newEmbeddedDescriptor, newDescriptor, type NewExtent } from './new-descriptor.ts';
import { requireNextUnit } from './new-extent.ts';
import { SparseExtentWriter } from './sparse-extent-writer.ts';

/** Checks the order of units, for both ways of writing. */
class UnitSequence {
  readonly #shape: TargetShape;
  readonly #unitBytes: number;
  #end = 0;

  constructor(shape: TargetShape) {
    this.#shape = shape;
    this.#unitBytes = unitBytesOf(shape.variant);
  }

  add(virtualOffset: number, lengthBytes: number): void {
    requireNextUnit(virtualOffset, lengthBytes, this.#end, this.#shape.capacityBytes, this.#unitBytes);
    this.#end = virtualOffset + lengthBytes;
  }
}

/** One sparse extent with the descriptor inside. */
export class MonolithicSparseWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #shape: TargetShape;
  readonly #units: UnitSequence;
  readonly #extent: SparseExtentWriter;

  constructor(sink: ByteSink, shape: TargetShape) {
    this.#sink = sink;
    this.#shape = shape;
    this.#units = new UnitSequence(shape);
    this.#extent = new SparseExtentWriter(sink, shape.capacityBytes, true);
  }

  placePlain(virtualOffset: number, lengthBytes: number): readonly Place[] {
    this.#units.add(virtualOffset, lengthBytes);
    const fileOffset = this.#extent.place(virtualOffset, lengthBytes);
    return [{ sink: this.#sink, fileOffset, virtualOffset, lengthBytes }];
  }

  finish(content: Uint8Array): void {
    this.#extent.finish(newEmbeddedDescriptor(this.#shape, contentId(this.#shape, content)));
  }
}

/** What is written into one file of a disk of several. */
interface ExtentWriter {
  place(extentOffset: number, lengthBytes: number): number;
  finish(descriptor: null): void;
}

/** "Simple Extents": the bytes as they are. */
class FlatExtentWriter implements ExtentWriter {
  constructor(sink: ByteSink, capacityBytes: number, preallocated: boolean) {
    // The full length first: what is not written stays a hole.
    sink.truncate(capacityBytes);
    if (preallocated) setAside(sink, 0, capacityBytes);
  }

  place(extentOffset: number): number {
    return extentOffset;
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
  readonly #files: { readonly sink: ByteSink; readonly writer: ExtentWriter }[] = [];
  /** All extents but the last are as long as the first. */
  readonly #extentBytes: number;

  /** Makes all files at once: a name that is taken must show before the work is done. */
  constructor(sink: ByteSink, shape: TargetShape) {
    if (sink.sibling === undefined || sink.name === undefined) {
      throw unsupported(
        inEnglish('writing {variant}, a disk of several files, where the output is one file', {
          variant: shape.variant,
        }),
      );
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
      const writer = flat
        ? new FlatExtentWriter(file, lengthBytes, isPreallocated(shape))
        : new SparseExtentWriter(file, lengthBytes, false);
      this.#files.push({ sink: file, writer });
    }
  }

  placePlain(virtualOffset: number, lengthBytes: number): readonly Place[] {
    this.#units.add(virtualOffset, lengthBytes);
    const places: Place[] = [];
    for (let at = 0; at < lengthBytes;) {
      const index = Math.floor((virtualOffset + at) / this.#extentBytes);
      const extentOffset = virtualOffset + at - index * this.#extentBytes;
      const part = Math.min(lengthBytes - at, this.#extentBytes - extentOffset);
      const { sink, writer } = this.#files[index]!;
      const fileOffset = writer.place(extentOffset, part);
      places.push({ sink, fileOffset, virtualOffset: virtualOffset + at, lengthBytes: part });
      at += part;
    }
    return places;
  }

  finish(content: Uint8Array): void {
    for (const { writer } of this.#files) writer.finish(null);
    const descriptor = newDescriptor(this.#shape, contentId(this.#shape, content), this.#lines);
    this.#sink.write(0, descriptor);
    this.#sink.truncate(descriptor.length);
  }
}
