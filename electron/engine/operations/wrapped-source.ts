/** What a raw disk in a wrapper would be as a file, as bytes to read: compressed once for its size, and again as it is read. */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { StreamEncoder, WrapperCreation } from '../archives/wrapped-sink.ts';
import { writtenWrappers } from '../archives/wrappers.ts';
import { requireWithin, type ByteSource, type SourceRun } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import { DiskSource } from '../guests/disk-source.ts';
import { itemName, openDisk } from '../pipeline/open.ts';
import { markOf } from './output-journal.ts';

const pieceBytes = 1 << 20;
/** What was made last stays at hand: who sends it may have to go back a little, and going back further begins again. */
const keptBytes = 32 << 20;
const zeros = new Uint8Array(pieceBytes);

/**
 * The disk of `reference` as `wrapper` ("tar+gzip") would hold it. It is compressed once for its size (phase `preparing`).
 * @throws Failure `io.*`, `image.*`, `operation.*`, `input.invalid`. Reading: `input.invalid` where the source has changed since.
 */
export function openWrapped(reference: SourceReference, wrapper: string, control: Control): ByteSource {
  const known = writtenWrappers.find(({ id }) => id === wrapper);
  if (known === undefined) {
    throw new Failure('input.invalid', {
      problem: inEnglish('nothing is wrapped as {wrapper}', { wrapper }),
    });
  }
  const disk = openDisk(reference, control);
  try {
    const mark = (): string => markOf([reference.path, ...disk.files], null);
    const name = itemName(reference);
    return new WrappedSource(new DiskSource(disk), known.creation, { mark, name, control });
  } catch (error) {
    disk.close();
    throw error;
  }
}

interface Surroundings {
  /** Of the files as they are now. */
  readonly mark: () => string;
  readonly name: string;
  readonly control: Control;
}

class WrappedSource implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable = false;
  readonly #content: ByteSource;
  readonly #creation: WrapperCreation;
  readonly #surroundings: Surroundings;
  readonly #markAtFirst: string;
  #window = new Window();
  #making: Making;

  constructor(content: ByteSource, creation: WrapperCreation, surroundings: Surroundings) {
    this.path = content.path;
    this.#content = content;
    this.#creation = creation;
    this.#surroundings = surroundings;
    this.#markAtFirst = surroundings.mark();
    const { control, name } = surroundings;
    control.begin('preparing', content.sizeBytes, name);
    let sizeBytes = 0;
    const counted = new Making(content, creation, (bytes) => void (sizeBytes += bytes.length));
    for (let fed = counted.step(); fed !== null; fed = counted.step()) {
      control.throwIfCancelled();
      control.advance(fed);
    }
    this.sizeBytes = sizeBytes;
    this.#making = this.#begin();
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    const end = fileOffset + into.length;
    if (fileOffset < this.#window.start) this.#making = this.#begin();
    while (this.#window.end < end) {
      this.#surroundings.control.throwIfCancelled();
      if (this.#surroundings.mark() !== this.#markAtFirst || this.#making.step() === null) {
        throw new Failure('input.invalid', {
          problem: inEnglish('{path} changed while it was read', { path: this.path }),
        });
      }
      this.#window.forgetBefore(Math.min(this.#window.end - keptBytes, fileOffset));
    }
    this.#window.read(fileOffset, into);
  }

  #begin(): Making {
    const window = new Window();
    this.#window = window;
    return new Making(this.#content, this.#creation, (bytes) => window.add(bytes));
  }

  /** What is only zeros is compressed as well: there are no holes. */
  *runs({ start, length }: Span): Iterable<SourceRun> {
    const end = Math.min(start + length, this.sizeBytes);
    if (start < end) yield { start, length: end - start, hole: false };
  }

  close(): void {
    this.#content.close();
  }
}

/** One run of the encoder over the content, step by step. */
class Making {
  readonly #encoder: StreamEncoder;
  readonly #pieces: Iterator<Uint8Array, undefined>;
  #finished = false;

  constructor(content: ByteSource, creation: WrapperCreation, emit: (bytes: Uint8Array) => void) {
    const { sizeBytes } = content;
    this.#encoder = creation.encoder(emit, { sizeBytes, dataSpans: dataSpansOf(content) });
    this.#pieces = piecesOf(content);
  }

  /** Encodes some more; how much of the content that was, and null once there is no more. */
  step(): number | null {
    if (this.#finished) return null;
    const { value } = this.#pieces.next();
    if (value === undefined) {
      this.#finished = true;
      this.#encoder.finish();
      return 0;
    }
    this.#encoder.write(value);
    return value.length;
  }
}

function* dataSpansOf(content: ByteSource): Iterable<Span> {
  for (const run of content.runs({ start: 0, length: content.sizeBytes })) if (!run.hole) yield run;
}

/** Pieces that are valid until the next one is asked for. */
function* piecesOf(content: ByteSource): Generator<Uint8Array, undefined> {
  const buffer = new Uint8Array(pieceBytes);
  for (const { start, length, hole } of content.runs({ start: 0, length: content.sizeBytes })) {
    for (let done = 0; done < length; done += pieceBytes) {
      const piece = (hole ? zeros : buffer).subarray(0, Math.min(pieceBytes, length - done));
      if (!hole) content.read(start + done, piece);
      yield piece;
    }
  }
}

/** The newest bytes of a stream. */
class Window {
  #start = 0;
  #end = 0;
  /** One after the other. */
  readonly #chunks: Uint8Array[] = [];

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** The bytes are copied. */
  add(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
    this.#end += bytes.length;
  }

  forgetBefore(offset: number): void {
    let first = this.#chunks[0];
    while (first !== undefined && this.#start + first.length <= offset) {
      this.#start += first.length;
      this.#chunks.shift();
      first = this.#chunks[0];
    }
  }

  /** What lies in the window. */
  read(offset: number, into: Uint8Array): void {
    let at = this.#start;
    for (const chunk of this.#chunks) {
      const from = Math.max(offset - at, 0);
      const to = Math.min(offset + into.length - at, chunk.length);
      if (from < to) into.set(chunk.subarray(from, to), at + from - offset);
      at += chunk.length;
    }
  }
}
