/** How large an output becomes: its writer is run without bytes, over what is known of each unit of the disk. */
import { basename } from 'node:path';
import type { SizePrediction } from '#shared/domain/conversion.ts';
import type { Span } from '#shared/domain/image.ts';
import { WrappedSink } from '../archives/wrapped-sink.ts';
import type { Control } from '../control.ts';
import type { Disk } from '../disks/chain.ts';
import { noContent } from '../disks/content-identity.ts';
import type { UnitEncoder } from '../disks/driver.ts';
import { countUnits, cutChunks } from '../pipeline/chunks.ts';
import { openDisk } from '../pipeline/open.ts';
import { unitCleared, unitStored, unitZero } from '../pipeline/slots.ts';
import { MeasuredOutput } from './measured-output.ts';
import { cutPieces } from './spans.ts';
import { readPadded, UnitProbe, UnitRuns } from './unit-states.ts';
import type { DiskWork } from './write-disk.ts';

/** Samples of what is compressed, spread over all of the data. */
const maximumSamples = 256;
/** The share of the time that samples may take; the rest is for telling zeros from data. */
const samplingShare = 0.5;
const unlimited = Number.POSITIVE_INFINITY;
/** Compressions of whole files look back further than a unit; what they find farther away than this is not foreseen. */
const wrapperSampleBytes = 64 * 1024;
/** Compressing more samples than a few takes no longer, whatever the budget: xz is slow. */
const wrapperMilliseconds = 2000;
const fewestPieces = 32;

/** The most that the output can be, said without reading any data: as if none of what is stored were zeros. */
export function largestSize(work: DiskWork): SizePrediction {
  const { creation, shape } = work.target;
  const count = (bytes: number): number => countUnits(work.spans, bytes);
  const fileSizeBytes = wrapped(work) ?? creation.outputSize(shape, count).bytes;
  const outputBytes =
    wrapped(work) ?? creation.allocatedSize?.(shape, count(work.unitBytes)) ?? fileSizeBytes;
  const sizes = { fileSizeBytes, outputBytes };
  return prediction(false, sizes, sizes);
}

/**
 * Predicts the sizes of what writeDisk() would make of `disk`. Exact for what is not compressed, when all of the disk could
 * be looked at within `budgetMilliseconds` (without end when null); else the most it can be, and an estimate from samples.
 * @throws Failure `io.*`, `image.*`, `operation.cancelled`.
 */
export function predictSize(
  work: DiskWork,
  disk: Disk,
  budgetMilliseconds: number | null,
  control: Pick<Control, 'throwIfCancelled' | 'advance'>,
): SizePrediction {
  const backing = work.backing === null ? null : openDisk(work.backing);
  try {
    const started = Date.now();
    const until = (share: number): number =>
      budgetMilliseconds === null ? unlimited : started + budgetMilliseconds * share;
    const look = new Look(work, disk, backing, control);
    if (work.wrapper !== null) {
      const limit = work.wrapper.creation.outputLimit(work.target.shape.capacityBytes);
      const guess = Math.min(limit, look.sampleWrapped(work.wrapper, until(1)));
      return prediction(false, sameSizes(limit), sameSizes(guess));
    }
    const samples = look.sample(until(samplingShare));
    const { most, expected, complete } = look.states(samples.storedShare, until(1));
    if (hasEncoder(work)) {
      return prediction(false, limitOf(work, most), replay(work, expected, samples.lengths));
    }
    const sizes = replay(work, most, null);
    return prediction(complete, sizes, complete ? sizes : replay(work, expected, null));
  } finally {
    backing?.close();
  }
}

interface Sizes {
  readonly fileSizeBytes: number;
  readonly outputBytes: number;
}

function prediction(outputIsExact: boolean, sizes: Sizes, expected: Sizes): SizePrediction {
  return {
    ...sizes,
    outputIsExact,
    expectedFileSizeBytes: Math.min(expected.fileSizeBytes, sizes.fileSizeBytes),
    expectedBytes: Math.min(expected.outputBytes, sizes.outputBytes),
  };
}

function sameSizes(bytes: number): Sizes {
  return { fileSizeBytes: bytes, outputBytes: bytes };
}

/** Whether the size depends on how well the data compresses. */
export function isCompressed(work: DiskWork): boolean {
  return work.wrapper !== null || hasEncoder(work);
}

function wrapped({ wrapper, target }: DiskWork): number | null {
  return wrapper === null ? null : wrapper.creation.outputLimit(target.shape.capacityBytes);
}

function hasEncoder({ target: { creation, shape } }: DiskWork): boolean {
  return (creation.encoder?.(shape) ?? null) !== null;
}

/** The most that a compressed output can take when these units hold data. */
function limitOf(work: DiskWork, runs: UnitRuns): Sizes {
  const { creation, shape } = work.target;
  const spans = function* (): Iterable<Span> {
    for (const run of runs) if (run.state !== unitZero) yield run;
  };
  return sameSizes(creation.outputSize(shape, (bytes) => countUnits(spans(), bytes)).bytes);
}

/** What the samples say. */
interface Samples {
  /** Of the units looked at, how many hold data: from 0 to 1. */
  readonly storedShare: number;
  /** Lengths of encoded units, -1 for those that the encoder declined. */
  readonly lengths: readonly number[];
}

/** One look at a disk: samples of it, then all of it as far as the time goes. */
class Look {
  readonly #work: DiskWork;
  readonly #disk: Disk;
  readonly #probe: UnitProbe;
  readonly #control: Pick<Control, 'throwIfCancelled' | 'advance'>;

  constructor(
    work: DiskWork,
    disk: Disk,
    backing: Disk | null,
    control: Pick<Control, 'throwIfCancelled' | 'advance'>,
  ) {
    this.#work = work;
    this.#disk = disk;
    this.#probe = new UnitProbe(disk, backing, work.target.creation.keepsZeros ?? false);
    this.#control = control;
  }

  /** Looks at units spread over the data until `deadline` (in milliseconds since 1970), at one at least. */
  sample(deadline: number): Samples {
    const { creation, shape } = this.#work.target;
    const encoder = creation.encoder?.(shape) ?? null;
    const lengths: number[] = [];
    let looked = 0;
    let stored = 0;
    for (const unit of this.#inOrder(this.#sampledUnits())) {
      this.#control.throwIfCancelled();
      looked++;
      if (this.#probe.stateOf(unit) === unitStored) {
        stored++;
        if (encoder !== null) lengths.push(this.#encodedLength(unit, encoder));
      }
      // Without a limit everything is looked at anyway: only what is compressed needs samples.
      if (Date.now() > deadline || (deadline === unlimited && encoder === null)) break;
    }
    return { storedShare: looked === 0 ? 0 : stored / looked, lengths };
  }

  /** What the output in its wrapper would be, from pieces spread over the data until `deadline`, one at least. */
  sampleWrapped(wrapper: NonNullable<DiskWork['wrapper']>, deadline: number): number {
    const { spans, target } = this.#work;
    const patience = Math.min(deadline, Date.now() + wrapperMilliseconds);
    const zerosBytes = 4 << 20;
    const perZero = wrappedBytes(wrapper, zerosBytes, null) / zerosBytes;
    let pieces = 0;
    let plainBytes = 0;
    let packedBytes = 0;
    for (const { start, length } of this.#inOrder(this.#pieces(wrapperSampleBytes))) {
      this.#control.throwIfCancelled();
      plainBytes += length;
      const piece = readPadded(this.#disk, start, new Uint8Array(length));
      packedBytes += wrappedBytes(wrapper, length, piece);
      pieces++;
      if (Date.now() > (pieces < fewestPieces ? deadline : patience)) break;
    }
    const perByte = plainBytes === 0 ? 0 : packedBytes / plainBytes;
    return Math.ceil(spans.dataBytes * perByte + (target.shape.capacityBytes - spans.dataBytes) * perZero);
  }

  /**
   * Looks at all units until `deadline`. Of those that are left then, `most` has all as stored and `expected` so many as
   * `storedShare` says.
   */
  states(
    storedShare: number,
    deadline: number,
  ): { readonly most: UnitRuns; readonly expected: UnitRuns; readonly complete: boolean } {
    const { spans, unitBytes, chunkBytes, target } = this.#work;
    const [most, expected] = [new UnitRuns(), new UnitRuns()];
    let complete = true;
    let due = 0;
    for (const chunk of cutChunks(spans, unitBytes, chunkBytes, target.shape.capacityBytes)) {
      this.#control.throwIfCancelled();
      complete &&= Date.now() <= deadline;
      if (complete) {
        for (const { start, length } of unitsIn(chunk, unitBytes)) {
          const state = this.#probe.stateOf({ start, length });
          most.add(start, length, state);
          expected.add(start, length, state);
        }
      } else {
        due += storedShare * Math.ceil(chunk.length / unitBytes);
        const storedBytes = Math.min(Math.floor(due) * unitBytes, chunk.length);
        due -= Math.floor(due);
        most.add(chunk.start, chunk.length, unitStored);
        if (storedBytes > 0) expected.add(chunk.start, storedBytes, unitStored);
      }
      this.#control.advance(chunk.length);
    }
    return { most, expected, complete };
  }

  /** Units of the data at even distances. */
  *#sampledUnits(): Iterable<Span> {
    const { unitBytes, target } = this.#work;
    for (const { start } of this.#pieces(unitBytes)) {
      const unitStart = start - (start % unitBytes);
      yield { start: unitStart, length: Math.min(unitBytes, target.shape.capacityBytes - unitStart) };
    }
  }

  /** Pieces of the data of at most that many bytes: all, or where these are more than are wanted, some at even distances. */
  *#pieces(lengthBytes: number): Iterable<Span> {
    const { spans } = this.#work;
    const step = spans.dataBytes / maximumSamples;
    if (step <= lengthBytes) {
      yield* cutPieces(spans, lengthBytes);
      return;
    }
    let next = step / 2;
    let before = 0;
    for (const span of spans) {
      for (; next < before + span.length; next += step) {
        const offset = Math.floor(next - before);
        yield { start: span.start + offset, length: Math.min(lengthBytes, span.length - offset) };
      }
      before += span.length;
    }
  }

  /** A stream is read forward only. */
  #inOrder(places: Iterable<Span>): Iterable<Span> {
    return this.#disk.seekable ? inSpreadOrder([...places]) : places;
  }

  #encodedLength(unit: Span, encoder: UnitEncoder): number {
    const plain = new Uint8Array(this.#work.unitBytes);
    readPadded(this.#disk, unit.start, plain.subarray(0, unit.length));
    return encoder.encode(plain, new Uint8Array(encoder.maximumBytes));
  }
}

/** What the wrapper makes of `bytes`, or of that many zeros which its writer is told to be none. */
function wrappedBytes(
  { creation }: NonNullable<DiskWork['wrapper']>,
  sizeBytes: number,
  bytes: Uint8Array | null,
): number {
  const dataSpans = bytes === null ? [] : [{ start: 0, length: sizeBytes }];
  const sink = new WrappedSink({ write() {}, truncate() {} }, creation, { sizeBytes, dataSpans });
  if (bytes !== null) sink.write(0, bytes);
  sink.finish();
  return sink.outputBytes;
}

/** The middle first, then the middles of the halves, and so on: whenever one stops, what was seen is spread evenly. */
function* inSpreadOrder<T>(items: readonly T[]): Iterable<T> {
  const bits = Math.ceil(Math.log2(Math.max(1, items.length)));
  for (let count = 0; count < 2 ** bits; count++) {
    let reversed = 0;
    for (let bit = 0; bit < bits; bit++) reversed |= ((count >>> bit) & 1) << (bits - 1 - bit);
    if (reversed < items.length) yield items[reversed]!;
  }
}

function* unitsIn({ start, length }: Span, unitBytes: number): Iterable<Span> {
  for (let at = 0; at < length; at += unitBytes) {
    yield { start: start + at, length: Math.min(unitBytes, length - at) };
  }
}

/** Runs the target's writer over the runs, in the pieces that writeDisk() gives it. Encoded units have these lengths, in turn. */
function replay(work: DiskWork, runs: UnitRuns, lengths: readonly number[] | null): Sizes {
  const { target, unitBytes, chunkBytes, outputPath } = work;
  const output = new MeasuredOutput(basename(outputPath));
  const writer = target.creation.writer(output, target.shape);
  let next = 0;
  for (const { start, length, state } of runs) {
    if (state === unitZero) continue;
    for (const piece of cutChunks([{ start, length }], unitBytes, chunkBytes, target.shape.capacityBytes)) {
      if (state === unitCleared) {
        writer.writeZeros!(piece.start, piece.length);
      } else if (lengths === null) {
        for (const place of writer.placePlain!(piece.start, piece.length)) {
          (place.sink as MeasuredOutput).place(place.fileOffset, place.lengthBytes);
        }
      } else {
        for (const unit of unitsIn(piece, unitBytes)) {
          const encoded = lengths.length === 0 ? -1 : lengths[next++ % lengths.length]!;
          const lengthBytes = encoded < 0 ? unitBytes : encoded;
          const place = writer.placeEncoded!(unit.start, lengthBytes, encoded < 0);
          (place.sink as MeasuredOutput).place(place.fileOffset, lengthBytes);
        }
      }
    }
  }
  writer.finish(noContent);
  return { fileSizeBytes: output.fileSizeBytes, outputBytes: output.storedBytes };
}
