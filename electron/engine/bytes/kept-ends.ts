/** A file whose first and last bytes are read once and kept: recognising it asks for them again and again. */
import type { Span } from '#shared/domain/image.ts';
import { requireWithin, type ByteSource, type SourceRun } from './source.ts';

/** All that the marks of formats and file systems need of a beginning: 64 KiB, and the superblock behind them. */
const headBytes = 72 << 10;
/** A VHD's and a DMG's last sector. */
const tailBytes = 1 << 10;

/** One thread looks at one file at a time: the memory is used again for the next. */
const head = new Uint8Array(headBytes);
const tail = new Uint8Array(tailBytes);

export class KeptEnds implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable: boolean;
  readonly #file: ByteSource;
  readonly #headLength: number;
  #tailStart: number | null = null;

  /** Takes ownership of `file`. No two may be open at the same time. @throws Failure `io.*`, having closed `file`. */
  constructor(file: ByteSource) {
    this.#file = file;
    this.path = file.path;
    this.sizeBytes = file.sizeBytes;
    this.seekable = file.seekable;
    this.#headLength = Math.min(headBytes, file.sizeBytes);
    try {
      file.read(0, head.subarray(0, this.#headLength));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** The bytes that are kept of the beginning. */
  get head(): Uint8Array {
    return head.subarray(0, this.#headLength);
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    const end = fileOffset + into.length;
    if (end <= this.#headLength) into.set(head.subarray(fileOffset, end));
    else if (fileOffset >= this.sizeBytes - tailBytes) {
      const start = this.#readTail();
      into.set(tail.subarray(fileOffset - start, end - start));
    } else this.#file.read(fileOffset, into);
  }

  runs(span: Span): Iterable<SourceRun> {
    return this.#file.runs(span);
  }

  close(): void {
    this.#file.close();
  }

  /** Where the kept end begins. */
  #readTail(): number {
    if (this.#tailStart !== null) return this.#tailStart;
    const start = Math.max(0, this.sizeBytes - tailBytes);
    this.#file.read(start, tail.subarray(0, this.sizeBytes - start));
    return (this.#tailStart = start);
  }
}
