/** A disk of any format as the fixed VHD that Azure takes: what of it holds data, piece by piece, and the footer at its end. */
import { createHash, type Hash } from 'node:crypto';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { Span } from '#shared/domain/image.ts';
import { isZero } from '#engine/bytes/zeros.ts';
import type { ByteSink } from '#engine/bytes/sink.ts';
import type { Control } from '#engine/control.ts';
import type { Disk } from '#engine/disks/chain.ts';
import { markOf } from '#engine/operations/output-journal.ts';
import { resolveTarget, type Target } from '#engine/operations/target.ts';
import { cutChunks, dataSpans, SpanList } from '#engine/pipeline/chunks.ts';
import { openDisk } from '#engine/pipeline/open.ts';

/** Azure, "Upload a generalized VHD" (read 2026-02): whole MiB, at least 20 of them; the backup GPT moves along. */
const growth = { unitBytes: 1 << 20, leastBytes: 20 << 20 } as const;
/** What one request may carry (Put Page, service versions up to 2024). */
export const pieceBytes = 4 << 20;
const pageBytes = 512;
/** Fewer zeros than that between data cost less than a request of their own. */
const gapBytes = 64 << 10;
/** Hashing that many zeros takes seconds; more are not worth a digest of the whole. */
const mostHashedZeroBytes = 16 * 2 ** 30;

/** A chunk of the disk, and the runs of pages in it that are not zeros, from its start. */
export interface ReadChunk extends Span {
  readonly bytes: Uint8Array;
  readonly runs: readonly Span[];
}

export class VhdContent {
  /** Of the disk's files as they are now: as long as it is the same, the same bytes are sent. */
  readonly mark: string;
  readonly #disk: Disk;
  readonly #target: Target;
  readonly #spans: SpanList;

  /** @throws Failure `io.*`, `image.*`, `package.*`, `input.invalid`. */
  constructor(reference: SourceReference, control: Control) {
    this.#disk = openDisk({ ...reference, grown: growth }, control);
    try {
      this.#target = resolveTarget({ format: 'vhd', variant: 'fixed' }, this.#disk.capacityBytes);
      const { passphrase: _, ...told } = reference;
      this.mark = markOf(this.#disk.files, ['azure-vhd-1', told, this.capacityBytes]).slice(0, 32);
      this.#spans = new SpanList(dataSpans(this.#disk));
    } catch (error) {
      this.#disk.close();
      throw error;
    }
  }

  get capacityBytes(): number {
    return this.#disk.capacityBytes;
  }

  /** With the footer. */
  get sizeBytes(): number {
    return this.capacityBytes + pageBytes;
  }

  /** The bytes in all chunks. */
  get readBytes(): number {
    let total = 0;
    for (const { length } of this.#cut()) total += length;
    return total;
  }

  /** Whether the digest of the whole is worth what its zeros cost. */
  get hashesWhole(): boolean {
    return this.capacityBytes - this.readBytes <= mostHashedZeroBytes;
  }

  /** What may hold data, ascending; each is memory of its own. @throws Failure `io.*`, `image.*`. */
  *chunks(): Generator<ReadChunk> {
    for (const { start, length } of this.#cut()) {
      const bytes = new Uint8Array(length);
      this.#disk.read(start, bytes);
      yield { start, length, bytes, runs: dataRuns(bytes) };
    }
  }

  #cut(): Iterable<Span> {
    return cutChunks(this.#spans, gapBytes, pieceBytes, this.capacityBytes);
  }

  /** The footer, as the driver writes it; its identifier follows from the content, for which `digest` stands. */
  footer(digest: Uint8Array): Uint8Array {
    let footer = new Uint8Array(0);
    const sink: ByteSink = {
      write: (_offset, bytes) => (footer = new Uint8Array(bytes)),
      truncate: () => {},
    };
    const { creation, shape } = this.#target;
    creation.writer(sink, shape).finish(digest);
    return footer;
  }

  close(): void {
    this.#disk.close();
  }
}

/** Runs of pages that are not zeros; short gaps between them are taken along. */
export function dataRuns(bytes: Uint8Array): readonly Span[] {
  const runs: { start: number; length: number }[] = [];
  for (let at = 0; at < bytes.length; at += gapBytes) {
    const block = bytes.subarray(at, Math.min(at + gapBytes, bytes.length));
    if (isZero(block)) continue;
    const start = at + firstPage(block);
    const end = at + endOfLastPage(block);
    const last = runs.at(-1);
    if (last !== undefined && start - (last.start + last.length) < gapBytes) last.length = end - last.start;
    else runs.push({ start, length: end - start });
  }
  return runs;
}

function firstPage(block: Uint8Array): number {
  let at = 0;
  while (isZero(block.subarray(at, at + pageBytes))) at += pageBytes;
  return at;
}

function endOfLastPage(block: Uint8Array): number {
  let end = block.length;
  while (isZero(block.subarray(end - pageBytes, end))) end -= pageBytes;
  return end;
}

const zeroBytes = 1 << 20;
const zeros = new Uint8Array(zeroBytes);

/** The MD5 of all of a file whose zeros are not read. */
export class SparseDigest {
  readonly #hash: Hash = createHash('md5');
  #at = 0;

  /** Takes bytes; what lies between them and those before is zeros. */
  async update(start: number, bytes: Uint8Array, control: Pick<Control, 'throwIfCancelled'>): Promise<void> {
    for (let count = 0; this.#at < start; count++) {
      const length = Math.min(zeroBytes, start - this.#at);
      this.#hash.update(zeros.subarray(0, length));
      this.#at += length;
      if (count % 64 !== 63) continue;
      // Requests on their way are served meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
      control.throwIfCancelled();
    }
    this.#hash.update(bytes);
    this.#at = start + bytes.length;
  }

  digest(): Buffer {
    return this.#hash.digest();
  }
}
