/** The one shared reader of disks: joins an image to its parents, resolves what is absent, and does the reading. */
import type { FileReference, Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { DiskDriver, DiskReader, EncodedExtent, Extent, OpenChoices, OpenContext } from './driver.ts';
import { diskDriver, diskDrivers, probeDisk } from './registry.ts';

/** More layers than any real chain has; each costs an open file. */
const maximumDepth = 256;

/** One image of a chain. */
export interface Layer {
  readonly driver: DiskDriver;
  readonly reader: DiskReader;
  readonly path: string;
}

/** An extent and the layer that answers for it: 0 is the image itself. Absent means that no layer has it: zeros. */
export type ChainExtent = Extent & { readonly depth: number };

/** An image with all its parents, as the guest sees it. Offsets and sizes in bytes. Not shared between threads. */
export class Disk {
  readonly layers: readonly Layer[];
  readonly capacityBytes: number;
  /** False where a layer's bytes come out of a stream: then one reader that goes forward is fastest. */
  readonly seekable: boolean;
  /** Every file that was opened for it: the images, and the extents and data files that they name. */
  readonly files: readonly string[];
  #decodedLayer = -1;
  #decodedUnit: Span = { start: 0, length: 0 };
  #decoded = new Uint8Array(0);

  private constructor(layers: readonly Layer[], seekable: boolean, files: readonly string[]) {
    this.layers = layers;
    this.seekable = seekable;
    this.files = files;
    this.capacityBytes = this.top.reader.capacityBytes;
  }

  /** The image itself. */
  get top(): Layer {
    return this.layers[0]!;
  }

  /**
   * Opens what `source` holds and all its parents, each through the gate of the one that names it.
   * `driver` is the format to take it for; its content decides when absent. A snapshot is one of the image itself, a
   * passphrase is tried on every layer.
   * @throws Failure `image.*`, `reference.denied`. Takes ownership of `source`.
   */
  static open(
    source: ByteSource,
    context: OpenContext,
    driver: DiskDriver | null = null,
    choices: OpenChoices = {},
  ): Disk {
    const layers: Layer[] = [];
    const files = [source.path];
    const seen = new Set<string>();
    let seekable = true;
    let next: { source: ByteSource; context: OpenContext; driver: DiskDriver | null } | null = {
      source,
      context,
      driver,
    };
    try {
      while (next !== null) {
        const { path } = next.source;
        if (seen.has(path) || layers.length >= maximumDepth) {
          next.source.close();
          throw new Failure('image.unsupported', {
            format: layers[0]?.driver.id ?? 'disk',
            feature: seen.has(path)
              ? inEnglish('a chain that comes back to {path}', { path })
              : inEnglish('a chain of over {maximumDepth} images', { maximumDepth }),
          });
        }
        seen.add(path);
        seekable &&= next.source.seekable;
        const layerDriver: DiskDriver = next.driver ?? probe(next.source);
        const { snapshot, ...rest } = choices;
        const own = layers.length === 0 && snapshot !== undefined ? choices : rest;
        const reader = layerDriver.open(next.source, recording(next.context, files), own);
        layers.push({ driver: layerDriver, reader, path });
        layers.at(-2)?.reader.checkParent?.(reader);
        const parent: FileReference | null = next.context.parentOf?.(next.source) ?? reader.parent;
        next = parent === null ? null : openParent(parent, recording(next.context, files));
      }
    } catch (error) {
      for (const layer of layers) layer.reader.close();
      throw error;
    }
    return new Disk(layers, seekable, files);
  }

  /** The same disk, with `reader` in place of the image's own, which it wraps and closes. */
  withTop(reader: DiskReader): Disk {
    const [top, ...rest] = this.layers;
    return new Disk([{ ...top!, reader }, ...rest], this.seekable, this.files);
  }

  /** The extents that tile `span` (clipped to the capacity), with what the parents say where an image is silent. */
  extents(span: Span): Iterable<ChainExtent> {
    const start = Math.min(span.start, this.capacityBytes);
    const length = Math.min(span.start + span.length, this.capacityBytes) - start;
    return length > 0 ? this.#extentsFrom(0, { start, length }) : [];
  }

  *#extentsFrom(depth: number, span: Span): Iterable<ChainExtent> {
    const { reader } = this.layers[depth]!;
    const parent = this.layers[depth + 1]?.reader;
    // A parent may be smaller than its child: beyond its end there is nothing.
    const readable = Math.max(0, Math.min(span.length, reader.capacityBytes - span.start));
    if (readable > 0) {
      for (const extent of reader.extents({ start: span.start, length: readable })) {
        if (extent.state === 'absent' && parent !== undefined) yield* this.#extentsFrom(depth + 1, extent);
        else yield { ...extent, depth };
      }
    }
    if (readable < span.length) {
      yield { state: 'absent', start: span.start + readable, length: span.length - readable, depth };
    }
  }

  /** Fills `into` with the guest's bytes from `virtualOffset`; the range must lie within the capacity. */
  read(virtualOffset: number, into: Uint8Array): void {
    for (const extent of this.extents({ start: virtualOffset, length: into.length })) {
      const at = extent.start - virtualOffset;
      const part = into.subarray(at, at + extent.length);
      if (extent.state === 'stored') extent.source.read(extent.fileOffset, part);
      else if (extent.state === 'encoded') this.#readEncoded(extent, part);
      else part.fill(0);
    }
  }

  #readEncoded(extent: EncodedExtent & { depth: number }, into: Uint8Array): void {
    const { reader, driver } = this.layers[extent.depth]!;
    if (reader.decode === undefined) {
      throw new Failure('internal', {
        problem: inEnglish('{id} yields encoded extents without decode()', { id: driver.id }),
      });
    }
    const { unit } = extent;
    if (extent.length === unit.length) {
      reader.decode(extent, into);
      return;
    }
    // A read may cut a unit in pieces; the last one decoded is kept so that it is decoded once.
    if (this.#decodedLayer !== extent.depth || this.#decodedUnit.start !== unit.start) {
      if (this.#decoded.length !== unit.length) this.#decoded = new Uint8Array(unit.length);
      this.#decodedLayer = -1;
      reader.decode(extent, this.#decoded);
      this.#decodedLayer = extent.depth;
      this.#decodedUnit = unit;
    }
    const from = extent.start - unit.start;
    into.set(this.#decoded.subarray(from, from + extent.length));
  }

  close(): void {
    for (const layer of this.layers) layer.reader.close();
  }
}

function probe(source: ByteSource): DiskDriver {
  try {
    return probeDisk(source);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The context, noting in `files` what it opens. */
function recording(context: OpenContext, files: string[]): OpenContext {
  return {
    openReference(reference) {
      const source = context.openReference(reference);
      files.push(source.path);
      return source;
    },
    ...(context.findBeside === undefined
      ? {}
      : { findBeside: (matches: (file: ByteSource) => boolean) => context.findBeside!(matches) }),
    contextOf: (source) => context.contextOf?.(source) ?? context,
  };
}

/**
 * A parent whose format the child states is opened as that and nothing else: probing it would let its guest choose.
 * @throws Failure `image.unsupported` for a format that is none of ours.
 */
function openParent(
  parent: FileReference,
  context: OpenContext,
): { source: ByteSource; context: OpenContext; driver: DiskDriver | null } {
  const { name, format } = parent;
  if (format !== null && !diskDrivers.some((driver) => driver.id === format)) {
    const feature = inEnglish('"{name}", a parent that the image says is in this format', { name });
    throw new Failure('image.unsupported', { format, feature });
  }
  const source = context.openReference(parent);
  const driver = format === null ? null : diskDriver(format);
  return { source, context: context.contextOf?.(source) ?? context, driver };
}
