/** A sink that compresses what is written to it in order: the output of a writer becomes a wrapped file. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSink } from '../bytes/sink.ts';

/** Compresses bytes one after the other. What it gives to `emit` is valid until emit() returns. */
export interface StreamEncoder {
  write(bytes: Uint8Array): void;
  /** Writes the end of the stream. */
  finish(): void;
}

export type Emit = (bytes: Uint8Array) => void;

/** What is known of the image before its first byte. */
export interface WrappedContent {
  /** The size of what will be written, in bytes. */
  readonly sizeBytes: number;
  /** The ascending spans that hold data, where they are known; everything else is zeros. */
  readonly dataSpans?: Iterable<{ readonly start: number; readonly length: number }>;
}

/** How a wrapper is written. */
export interface WrapperCreation {
  /** The ending of the file's name without its first dot. */
  readonly extension: string;
  /** @throws Failure `image.unsupported` where this version of Node lacks the compression. */
  encoder(emit: Emit, content: WrappedContent): StreamEncoder;
  /** The most that `sizeBytes` of content can become. */
  outputLimit(sizeBytes: number): number;
}

const zeros = new Uint8Array(1 << 20);

/**
 * The content of the wrapper as a sink: writes go forward only, what is left out reads as zeros, and finish() ends the
 * stream.
 */
export class WrappedSink implements ByteSink {
  readonly name?: string;
  readonly #encoder: StreamEncoder;
  readonly #content: WrappedContent;
  /** How much of the content the encoder has. */
  #done = 0;
  #outputBytes = 0;
  #finished = false;

  /** Writes the wrapper into `sink`, from its start. */
  constructor(sink: ByteSink, creation: WrapperCreation, content: WrappedContent) {
    if (sink.name !== undefined) this.name = sink.name;
    this.#content = content;
    this.#encoder = creation.encoder((bytes) => {
      sink.write(this.#outputBytes, bytes);
      this.#outputBytes += bytes.length;
    }, content);
  }

  /** The size of the wrapper so far. */
  get outputBytes(): number {
    return this.#outputBytes;
  }

  /** @throws Failure `internal` for what lies before something already written. */
  write(fileOffset: number, bytes: Uint8Array): void {
    if (this.#finished || fileOffset < this.#done) {
      throw new Failure('internal', {
        problem: inEnglish('a wrapped output cannot go back to {fileOffset}', { fileOffset }),
      });
    }
    if (fileOffset + bytes.length > this.#content.sizeBytes) {
      throw new Failure('internal', { problem: inEnglish('a wrapped output grows beyond its size') });
    }
    this.#fillTo(fileOffset);
    this.#encoder.write(bytes);
    this.#done += bytes.length;
  }

  /** Only the size that was announced. @throws Failure `internal`. */
  truncate(sizeBytes: number): void {
    if (sizeBytes === this.#content.sizeBytes) return;
    throw new Failure('internal', { problem: inEnglish('a wrapped output has the size it was given first') });
  }

  /** Writes the zeros that are due and the end of the stream. */
  finish(): void {
    this.#fillTo(this.#content.sizeBytes);
    this.#encoder.finish();
    this.#finished = true;
  }

  #fillTo(fileOffset: number): void {
    while (this.#done < fileOffset) {
      const count = Math.min(zeros.length, fileOffset - this.#done);
      this.#encoder.write(zeros.subarray(0, count));
      this.#done += count;
    }
  }
}
