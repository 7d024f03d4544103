/** Reading an output back before it gets its name: every chunk must have the digest of what was read from the source. */
import { basename } from 'node:path';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import type { OutputFile } from '../bytes/output-file.ts';
import type { Control } from '../control.ts';
import { dataSpans, SpanList } from '../pipeline/chunks.ts';
import type { ChunkResult } from '../pipeline/chunk-result.ts';
import { runPipeline } from '../pipeline/coordinator.ts';
import { openDisk } from '../pipeline/open.ts';
import { unitZero } from '../pipeline/slots.ts';
import { hashChunks } from './hash.ts';
import { cutPieces, merge, subtract } from './spans.ts';

const digestBytes = 32;

/** The chunks that were written, ascending: each with its SHA-256, or without where no thread has read all of it. */
export class WrittenChunks {
  #spans = new Float64Array(2 * 256);
  #digests = new Uint8Array(digestBytes * 256);
  #isDigested = new Uint8Array(256);
  #count = 0;

  add(start: number, length: number, digest: Uint8Array | null): void {
    if (this.#count === this.#isDigested.length) this.#grow();
    this.#spans[this.#count * 2] = start;
    this.#spans[this.#count * 2 + 1] = length;
    if (digest !== null) this.#digests.set(digest, this.#count * digestBytes);
    this.#isDigested[this.#count] = digest === null ? 0 : 1;
    this.#count++;
  }

  #grow(): void {
    const spans = new Float64Array(this.#spans.length * 2);
    spans.set(this.#spans);
    this.#spans = spans;
    const digests = new Uint8Array(this.#digests.length * 2);
    digests.set(this.#digests);
    this.#digests = digests;
    const isDigested = new Uint8Array(this.#isDigested.length * 2);
    isDigested.set(this.#isDigested);
    this.#isDigested = isDigested;
  }

  *spans(): Iterable<Span> {
    for (let index = 0; index < this.#count; index++) yield this.#span(index);
  }

  /** Those with a digest. */
  *digested(): Iterable<Span & { readonly digest: Uint8Array }> {
    for (let index = 0; index < this.#count; index++) {
      const from = index * digestBytes;
      if (this.#isDigested[index] === 0) continue;
      yield { ...this.#span(index), digest: this.#digests.subarray(from, from + digestBytes) };
    }
  }

  /** Those without. */
  *undigested(): Iterable<Span> {
    for (let index = 0; index < this.#count; index++) {
      if (this.#isDigested[index] === 0) yield this.#span(index);
    }
  }

  #span(index: number): Span {
    return { start: this.#spans[index * 2]!, length: this.#spans[index * 2 + 1]! };
  }
}

/** For each further file of an output, where it is as long as it does not have its name. @see SourceReference.standIns */
export function standInsOf(output: OutputFile): Readonly<Record<string, string>> {
  const others = [...output.files].filter(([finalPath]) => finalPath !== output.finalPath);
  return Object.fromEntries(others.map(([finalPath, path]) => [basename(finalPath), path]));
}

/** What is read back: where it is now, and what it will be called. */
export interface WrittenOutput {
  readonly source: SourceReference;
  readonly name: string;
}

/** What the output is held against. */
export interface Expectation {
  /** The disk that was written, and how much of it. */
  readonly source: SourceReference;
  readonly capacityBytes: number;
  /** Null: nothing is held against it. */
  readonly written: WrittenChunks | null;
  /** The longest chunk. */
  readonly chunkBytes: number;
}

/**
 * Reads `output` back through the target's own reader: chunks have the digest that the source gave, or (where none was
 * taken) the bytes that the source has; all else is zeros. With `hash`, the SHA-256 of the disk is computed in the same
 * pass and returned.
 * @throws Failure `output.verification-failed`, `operation.cancelled`.
 */
export function verifyOutput(
  output: WrittenOutput,
  expected: Expectation,
  hash: boolean,
  control: Control,
): string | null {
  const { source } = output;
  const { chunkBytes } = expected;
  const written = expected.written ?? new WrittenChunks();
  const disk = openDisk(source);
  try {
    if (disk.capacityBytes < expected.capacityBytes) throw differs(output, disk.capacityBytes);
    const rest = new SpanList(cutPieces(subtract(dataSpans(disk), written.spans()), chunkBytes));
    const chunks = new SpanList(merge(written.digested(), rest));
    const copied = new SpanList(written.undigested());
    const check = expected.written === null ? undefined : checker(output, written);
    const total = hash ? disk.capacityBytes : chunks.dataBytes;
    control.begin(hash ? 'hashing' : 'verifying', total + copied.dataBytes, basename(output.name));
    if (hash) {
      const all = new SpanList(merge(written.spans(), rest));
      const { sha256 } = hashChunks(source, disk, all, all.dataBytes, chunkBytes, control, check);
      if (copied.dataBytes > 0) compareCopied(output, expected, copied, control);
      return sha256;
    }
    const plan = { source, digest: true, chunkBytes, seekable: true };
    const digestTask = { kind: 'digest', unitBytes: chunkBytes } as const;
    if (chunks.dataBytes > 0) {
      runPipeline({ ...plan, task: digestTask }, chunks, chunks.dataBytes, control, check!);
    }
    if (copied.dataBytes > 0) compareCopied(output, expected, copied, control);
    return null;
  } finally {
    disk.close();
  }
}

/**
 * No thread has seen all bytes of these chunks when they were written: both sides are read, and decoded. The source comes
 * first, so that what is broken there is said of it.
 */
function compareCopied(
  output: WrittenOutput,
  { source, chunkBytes }: Expectation,
  copied: SpanList,
  control: Control,
): void {
  const task = { kind: 'compare', unitBytes: chunkBytes, second: output.source } as const;
  const plan = { source, task, digest: false, chunkBytes, seekable: true };
  runPipeline(plan, copied, copied.dataBytes, control, ({ start, difference }) => {
    if (difference >= 0) throw differs(output, start);
  });
}

/** Holds the chunks, as they come in order, against the digests; what was not written is to be zeros. */
function checker(output: WrittenOutput, written: WrittenChunks): (chunk: ChunkResult) => void {
  const known = written.digested()[Symbol.iterator]();
  const undigested = written.undigested()[Symbol.iterator]();
  let next = known.next();
  let other = undigested.next();
  return (chunk) => {
    let right: boolean;
    if (next.done !== true && next.value.start === chunk.start) {
      right = Buffer.compare(next.value.digest, chunk.digest) === 0;
      next = known.next();
    } else if (other.done !== true && other.value.start === chunk.start) {
      // Held against the source's own bytes.
      right = true;
      other = undigested.next();
    } else right = chunk.units.every((unit) => unit === unitZero);
    if (!right) throw differs(output, chunk.start);
  };
}

function differs(output: WrittenOutput, virtualOffset: number): Failure {
  return new Failure('output.verification-failed', { path: output.name, virtualOffset });
}
