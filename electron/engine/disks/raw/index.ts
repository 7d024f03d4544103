/** Raw disks: the file is the disk, byte for byte. */
import type { Fact, Span, Warning } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish } from '#shared/in-english.ts';
import { setAside } from '../../bytes/allocate.ts';
import type { ByteSink } from '../../bytes/sink.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Creation, DiskDriver, DiskReader, DiskWriter, Extent, Place, TargetShape } from '../driver.ts';
import { resizeRaw } from './resize.ts';
import { rawSectorBytes } from './sector-size.ts';

class RawReader implements DiskReader {
  readonly capacityBytes: number;
  readonly sectorBytes: number;
  readonly variant = null;
  readonly parent = null;
  readonly snapshots = [];
  readonly encryption = null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly #file: ByteSource;

  constructor(file: ByteSource) {
    this.#file = file;
    this.capacityBytes = file.sizeBytes;
    this.sectorBytes = rawSectorBytes(file);
    this.facts = [
      { label: inEnglish('Sector size'), value: formatBytes(this.sectorBytes) },
      { label: inEnglish('Size in sectors'), value: `${file.sizeBytes / this.sectorBytes}` },
    ];
    const rest = file.sizeBytes % this.sectorBytes;
    this.warnings =
      rest === 0
        ? []
        : [
            {
              code: 'raw.odd-size',
              message: inEnglish(
                'The size is not a multiple of {sectorBytes} bytes: the last sector holds {rest}.',
                { sectorBytes: this.sectorBytes, rest },
              ),
            },
          ];
  }

  *extents(span: Span): Iterable<Extent> {
    for (const { start, length, hole } of this.#file.runs(span)) {
      if (hole) yield { state: 'zero', start, length };
      else yield { state: 'stored', start, length, source: this.#file, fileOffset: start };
    }
  }

  close(): void {
    this.#file.close();
  }
}

const preallocated = 'preallocated';

class RawWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #shape: TargetShape;

  constructor(sink: ByteSink, shape: TargetShape) {
    this.#sink = sink;
    this.#shape = shape;
    // The full length first: what is not written stays a hole.
    sink.truncate(shape.capacityBytes);
    if (shape.variant === preallocated) setAside(sink, 0, shape.capacityBytes);
  }

  placePlain(virtualOffset: number, lengthBytes: number): readonly Place[] {
    return [{ sink: this.#sink, fileOffset: virtualOffset, virtualOffset, lengthBytes }];
  }

  finish(): void {
    this.#sink.truncate(this.#shape.capacityBytes);
  }
}

/** Fine enough to keep small holes, and the block of most file systems. */
const holeBytes = 4096;

const creation: Creation = {
  variants: [
    {
      id: 'sparse',
      title: inEnglish('Sparse'),
      help: inEnglish('Zeros take no room where the file system allows it.'),
    },
    {
      id: preallocated,
      title: inEnglish('Preallocated'),
      help: inEnglish('All room is set aside now: the disk cannot run out of it later.'),
    },
  ],
  options: [],
  forward: true,
  keepsZeros: true,
  unitBytes: () => holeBytes,
  capacityFor: (capacityBytes) => capacityBytes,
  outputSize: (shape) => ({ bytes: shape.capacityBytes, exact: true }),
  allocatedSize: ({ variant, capacityBytes }, unitCount) =>
    variant === preallocated ? capacityBytes : Math.min(capacityBytes, unitCount * holeBytes),
  writer: (sink, shape) => new RawWriter(sink, shape),
};

export const raw: DiskDriver<'raw'> = {
  id: 'raw',
  title: inEnglish('Raw'),
  extensions: ['raw', 'img', 'bin', 'dd'],
  // Anything can be a raw disk, so it is never more than possible: the last answer.
  probe: () => 'possible',
  open(file) {
    try {
      return new RawReader(file);
    } catch (error) {
      file.close();
      throw error;
    }
  },
  creation,
  resize: resizeRaw,
};
