/** What a conversion would write, as bytes to read: laid out by the format's own writer first, and never a file. */
import { basename } from 'node:path';
import type { SourceReference, TargetRequest } from '#shared/domain/conversion.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import type { Disk } from '../disks/chain.ts';
import type { DiskWriter, Place } from '../disks/driver.ts';
import { Computer, resultBytesFor, type ComputerPlan } from '../pipeline/computer.ts';
import { ContentChain } from '../pipeline/content.ts';
import { runPipeline } from '../pipeline/coordinator.ts';
import { itemName, openDisk } from '../pipeline/open.ts';
import { slotNumber, Slots, type Slot } from '../pipeline/slots.ts';
import { placeEncodedUnits, placePlainRuns } from './chunk-places.ts';
import { lastAtOrBefore, LaidOutFile, type PlacedBytes } from './laid-out-file.ts';
import { markOf } from './output-journal.ts';
import { readPadded } from './unit-states.ts';
import { chunksOf, holdsData, prepareWork, taskFor } from './write-disk.ts';

/** Moving is for later. */
const nothingMoved = { write() {}, copy() {} };

/**
 * The very bytes that a conversion of `reference` would write, at any offset: their places, and their number, are known when
 * this returns. For that the disk is looked at once (phase `preparing`); it is read again as its bytes are asked for.
 * @throws Failure `io.*`, `image.*` (also for an output of several files), `operation.*`; `input.invalid` for one over a backing
 * image, or compressed as a whole. Reading: `input.invalid` where the source has changed since.
 */
export function openConverted(
  reference: SourceReference,
  request: TargetRequest,
  control: Control,
): ByteSource {
  const disk = openDisk(reference, control);
  try {
    return layOut(reference, disk, request, control);
  } catch (error) {
    disk.close();
    throw error;
  }
}

function layOut(
  reference: SourceReference,
  disk: Disk,
  request: TargetRequest,
  control: Control,
): ByteSource {
  if (request.backing !== undefined || request.wrapper !== undefined) {
    throw new Failure('input.invalid', {
      problem: inEnglish('an overlay, or what is compressed as a whole, is made as a file'),
    });
  }
  const name = itemName(reference);
  const work = prepareWork(reference, disk, request, { outputPath: name }, control);
  const { target, unitBytes, chunkBytes, spans, seekable } = work;
  const task = taskFor(work, true);
  const plan: ComputerPlan = { source: work.source, task, digest: false, chunkBytes, seekable };
  const mark = (): string => markOf([reference.path, ...disk.files], null);
  const before = mark();
  const requireSame = (): void => {
    if (mark() !== before) throw changed(disk);
  };
  const encoded = task.kind === 'encode' ? new EncodedUnits(plan, disk, requireSame) : null;
  const output = new LaidOutFile(basename(name), encoded ?? plainBytes(disk, requireSame));
  const writer = target.creation.writer(output, target.shape);
  const noting = notingWriter(writer, output, encoded);
  const content = new ContentChain();
  control.begin('preparing', spans.dataBytes, name);
  runPipeline(plan, chunksOf(work), spans.dataBytes, control, (chunk) => {
    encoded?.begin(chunk.start, chunk.length);
    if (encoded === null) placePlainRuns(noting, { ...chunk, inPlace: false }, unitBytes, disk, nothingMoved);
    else placeEncodedUnits(noting, chunk, unitBytes, nothingMoved);
    if (holdsData(chunk, unitBytes)) content.add(chunk.content);
  });
  writer.finish(content.state);
  return output;
}

/** Passes all on to `writer`, and notes in `output` which bytes go where. */
function notingWriter(writer: DiskWriter, output: LaidOutFile, encoded: EncodedUnits | null): DiskWriter {
  return {
    placePlain(virtualOffset, lengthBytes): readonly Place[] {
      const places = writer.placePlain!(virtualOffset, lengthBytes);
      for (const place of places) output.place(place.fileOffset, place.lengthBytes, place.virtualOffset);
      return places;
    },
    placeEncoded(virtualOffset, lengthBytes, stored): Place {
      const place = writer.placeEncoded!(virtualOffset, lengthBytes, stored);
      output.place(place.fileOffset, lengthBytes, encoded!.add(lengthBytes));
      return place;
    },
    finish: (content) => writer.finish(content),
  };
}

function plainBytes(disk: Disk, requireSame: () => void): PlacedBytes {
  return {
    path: disk.top.path,
    seekable: disk.seekable,
    read(offset, into) {
      requireSame();
      readPadded(disk, offset, into);
    },
    close: () => disk.close(),
  };
}

/** The encoded units of all chunks one after the other, made anew as they are asked for. The last chunk is kept. */
class EncodedUnits implements PlacedBytes {
  readonly #plan: ComputerPlan;
  readonly #disk: Disk;
  readonly #requireSame: () => void;
  readonly #slot: Slot;
  /** Of each chunk where it lies on the disk, and where its units begin in what is placed. */
  readonly #chunks: { readonly start: number; readonly length: number; readonly offset: number }[] = [];
  #sizeBytes = 0;
  #computer: Computer | null = null;
  #made: { readonly index: number; readonly bytes: Uint8Array } | null = null;

  constructor(plan: ComputerPlan, disk: Disk, requireSame: () => void) {
    this.#plan = plan;
    this.#disk = disk;
    this.#requireSame = requireSame;
    const { chunkBytes, task } = plan;
    const unitCount = Math.ceil(chunkBytes / task.unitBytes);
    this.#slot = new Slots({ slotCount: 1, unitCount, resultBytes: resultBytesFor(plan) }).slots[0]!;
  }

  get path(): string {
    return this.#disk.top.path;
  }

  get seekable(): boolean {
    return this.#disk.seekable;
  }

  /** The units that are added from now on are of that chunk. */
  begin(start: number, length: number): void {
    this.#chunks.push({ start, length, offset: this.#sizeBytes });
  }

  /** Another unit; where its bytes begin. */
  add(lengthBytes: number): number {
    this.#sizeBytes += lengthBytes;
    return this.#sizeBytes - lengthBytes;
  }

  read(offset: number, into: Uint8Array): void {
    this.#requireSame();
    for (let done = 0; done < into.length;) {
      const at = offset + done;
      const index = lastAtOrBefore(this.#chunks.length, at, (chunk) => this.#chunks[chunk]!.offset);
      const from = at - this.#chunks[index]!.offset;
      const bytes = this.#bytesOf(index).subarray(from, from + into.length - done);
      into.set(bytes, done);
      done += bytes.length;
    }
  }

  /** As the threads made them. @throws Failure `input.invalid` where they come out otherwise. */
  #bytesOf(index: number): Uint8Array {
    if (this.#made?.index === index) return this.#made.bytes;
    const { start, length, offset } = this.#chunks[index]!;
    this.#slot.numbers[slotNumber.start] = start;
    this.#slot.numbers[slotNumber.length] = length;
    this.#computer ??= new Computer(this.#plan);
    this.#made = null;
    const bytes = this.#slot.result.subarray(0, this.#computer.process(this.#slot, true));
    const end = this.#chunks[index + 1]?.offset ?? this.#sizeBytes;
    if (bytes.length !== end - offset) throw changed(this.#disk);
    this.#made = { index, bytes };
    return bytes;
  }

  close(): void {
    this.#computer?.close();
    this.#disk.close();
  }
}

function changed(disk: Disk): Failure<'input.invalid'> {
  return new Failure('input.invalid', {
    problem: inEnglish('{path} changed while it was read', { path: disk.top.path }),
  });
}
