/** Reading an output back before it gets its name: every chunk must have the digest of what was read from the source. */
import { basename } from 'node:path';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import type { OutputFile } from '../bytes/sink.ts';
import type { Control } from '../control.ts';
import { dataSpans, SpanList } from '../pipeline/chunks.ts';
import { runPipeline, type ChunkResult } from '../pipeline/coordinator.ts';
import { openDisk } from '../pipeline/open.ts';
import { unitZero } from '../pipeline/slots.ts';
import { hashChunks } from './hash.ts';
import { cutPieces, merge, subtract } from './spans.ts';

const digestBytes = 32;

/** The SHA-256 of each chunk of a disk, ascending; 48 bytes a chunk. */
export class Digests {
  #spans = new Float64Array(2 * 256);
  #digests = new Uint8Array(digestBytes * 256);
  #count = 0;

  add(start: number, length: number, digest: Uint8Array): void {
    if (this.#count * 2 === this.#spans.length) {
      const spans = new Float64Array(this.#spans.length * 2);
      spans.set(this.#spans);
      this.#spans = spans;
      const digests = new Uint8Array(this.#digests.length * 2);
      digests.set(this.#digests);
      this.#digests = digests;
    }
    this.#spans[this.#count * 2] = start;
    this.#spans[this.#count * 2 + 1] = length;
    this.#digests.set(digest, this.#count * digestBytes);
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  span(index: number): Span {
    return { start: this.#spans[index * 2]!, length: this.#spans[index * 2 + 1]! };
  }

  *spans(): Iterable<Span> {
    for (let index = 0; index < this.#count; index++) yield this.span(index);
  }

  matches(index: number, digest: Uint8Array): boolean {
    const from = index * digestBytes;
    return Buffer.compare(this.#digests.subarray(from, from + digestBytes), digest) === 0;
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

/**
 * Reads `output` back through the target's own reader. With `digests`, each chunk must match and all else be zeros;
 * with `hash`, the SHA-256 of the disk is computed in the same pass and returned. `capacityBytes` is the source's,
 * `chunkBytes` the longest chunk of `digests`.
 * @throws Failure `output.verification-failed`, `operation.cancelled`.
 */
export function verifyOutput(
  output: WrittenOutput,
  capacityBytes: number,
  chunkBytes: number,
  digests: Digests | null,
  hash: boolean,
  control: Control,
): string | null {
  const { source } = output;
  const disk = openDisk(source);
  try {
    if (disk.capacityBytes < capacityBytes) throw differs(output, disk.capacityBytes);
    const known = digests?.spans() ?? [];
    const chunks = new SpanList(
      merge(known, cutPieces(subtract(dataSpans(disk), digests?.spans() ?? []), chunkBytes)),
    );
    const check = digests === null ? undefined : checker(output, digests);
    const total = hash ? disk.capacityBytes : chunks.dataBytes;
    control.begin(hash ? 'hashing' : 'verifying', total, basename(output.name));
    if (hash) {
      return hashChunks(source, disk, chunks, chunks.dataBytes, chunkBytes, control, check).sha256;
    }
    const plan = {
      source,
      task: { kind: 'digest', unitBytes: chunkBytes },
      digest: true,
      chunkBytes,
      seekable: true,
    } as const;
    runPipeline(plan, chunks, chunks.dataBytes, control, check!);
    return null;
  } finally {
    disk.close();
  }
}

/** Compares the chunks, as they come in order, with what the source gave. */
function checker(output: WrittenOutput, digests: Digests): (chunk: ChunkResult) => void {
  let next = 0;
  return (chunk) => {
    const known = next < digests.count && digests.span(next).start === chunk.start;
    const right = known
      ? digests.matches(next++, chunk.digest)
      : chunk.units.every((unit) => unit === unitZero);
    if (!right) throw differs(output, chunk.start);
  };
}

function differs(output: WrittenOutput, virtualOffset: number): Failure {
  return new Failure('output.verification-failed', { path: output.name, virtualOffset });
}
