/** What is sent to a cloud: a file as it lies, what a guest sees of a disk, or a conversion of it; read as it is sent, never a file of its own. */
import { createHash, type Hash } from 'node:crypto';
import type { UploadPart } from '#shared/domain/upload.ts';
import type { StreamInspection } from '#shared/domain/preflight.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { FileSource, type ByteSource, type SourceRun } from '#engine/bytes/source.ts';
import type { Control } from '#engine/control.ts';
import { DiskSource } from '#engine/guests/disk-source.ts';
import { inspectFormats } from '#engine/operations/format-inspection/inspect-formats.ts';
import { openConverted } from '#engine/operations/converted-source.ts';
import { openWrapped } from '#engine/operations/wrapped-source.ts';
import { openDisk, openSource } from '#engine/pipeline/open.ts';

type LocalSource = Exclude<UploadPart['source'], { readonly kind: 'address' }>;

const pieceBytes = 1 << 20;

/** Open bytes that can be sent again and again. */
export class Sending {
  readonly #source: ByteSource;

  /** @throws Failure `io.*`, `image.*`, `package.*`. */
  constructor(source: LocalSource, control: Control) {
    const { kind, reference } = source;
    if (kind === 'converted') {
      const { wrapper } = source.target;
      this.#source =
        wrapper === undefined
          ? openConverted(reference, source.target, control)
          : openWrapped(reference, wrapper, control);
    } else if (kind === 'raw') this.#source = new DiskSource(openDisk(reference, control));
    else if (reference.member !== undefined) this.#source = openSource(reference, control).source;
    // The file itself, also where it is compressed: it is sent as it is.
    else this.#source = new FileSource(reference.path, { devices: true });
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  get path(): string {
    return this.#source.path;
  }

  /** Fills `into` with the bytes from `offset`. @throws Failure `io.*`, `image.*`. */
  read(offset: number, into: Uint8Array): void {
    this.#source.read(offset, into);
  }

  /** The runs of data and holes that tile all of it, ascending: what is known without reading. */
  runs(): Iterable<SourceRun> {
    return this.#source.runs({ start: 0, length: this.#source.sizeBytes });
  }

  /** What the inspector of OpenStack will say of it. */
  inspect(): StreamInspection {
    return inspectFormats(this.#source);
  }

  /** All of it from the start, with its digest. The control advances by what is taken. */
  content(algorithm: string, control: Control): SentContent {
    return new SentContent(this.#source, algorithm, control);
  }

  /** The digest by another algorithm than it was sent with. @throws Failure `input.invalid` for one that Node lacks. */
  digest(algorithm: string, control: Control): string {
    const content = this.content(algorithm, control);
    for (const piece of content.pieces()) void piece;
    return content.digest();
  }

  close(): void {
    this.#source.close();
  }
}

export class SentContent {
  readonly #source: ByteSource;
  readonly #hash: Hash;
  readonly #control: Control;

  constructor(source: ByteSource, algorithm: string, control: Control) {
    this.#source = source;
    this.#hash = hashOf(algorithm);
    this.#control = control;
  }

  /** Pieces that are the reader's to keep. @throws Failure `io.*`, `image.*`, `operation.*`. */
  *pieces(): Generator<Uint8Array> {
    const { sizeBytes } = this.#source;
    for (let at = 0; at < sizeBytes; at += pieceBytes) {
      this.#control.throwIfCancelled();
      // Sockets keep what they are given until it is sent: each piece is memory of its own.
      const piece = new Uint8Array(Math.min(pieceBytes, sizeBytes - at));
      this.#source.read(at, piece);
      this.#hash.update(piece);
      yield piece;
      this.#control.advance(piece.length);
    }
  }

  /** The same, for who waits for each. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    yield* this.pieces();
  }

  /** Of all that was taken; called once, at the end. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}

/** @throws Failure `input.invalid` for an algorithm that Node lacks. */
export function hashOf(algorithm: string): Hash {
  try {
    return createHash(algorithm);
  } catch (error) {
    throw new Failure(
      'input.invalid',
      { problem: inEnglish('there is no digest "{algorithm}" here', { algorithm }) },
      error,
    );
  }
}
