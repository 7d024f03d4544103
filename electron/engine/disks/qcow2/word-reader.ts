/** Tables of a damaged image as words of 32 bits: what lies beyond the end of the file, or in a hole of it, is zeros. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import { format } from './layout.ts';

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
/** Tables do not overlap in an honest file: all that is read is not much more than the file. */
const budgetSlackBytes = 256 << 20;
/** Tables that may be longer than a cluster are read in pieces of this size. */
const pieceBytes = 65536;

export class WordReader {
  readonly #file: ByteSource;
  readonly #control: Pick<Control, 'throwIfCancelled'>;
  readonly #words: Uint32Array;
  #budgetBytes: number;

  /** Reads up to a cluster at once. */
  constructor(file: ByteSource, clusterBytes: number, control: Pick<Control, 'throwIfCancelled'>) {
    this.#file = file;
    this.#control = control;
    this.#words = new Uint32Array(Math.max(clusterBytes, pieceBytes) / 4);
    this.#budgetBytes = 4 * file.sizeBytes + budgetSlackBytes;
  }

  /**
   * The words of `lengthBytes` at `fileOffset`, valid until the next call; null where all of them are zeros for sure.
   * @throws Failure `image.malformed` when tables overlap so much that reading them has no end.
   */
  read(fileOffset: number, lengthBytes: number): Uint32Array | null {
    const readable = Math.min(lengthBytes, this.#file.sizeBytes - fileOffset);
    if (readable <= 0) return null;
    this.charge(fileOffset, readable);
    if (this.#isHole(fileOffset, readable)) return null;
    const words = this.#words.subarray(0, lengthBytes / 4);
    const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    this.#file.read(fileOffset, bytes.subarray(0, readable));
    bytes.fill(0, readable);
    if (littleEndian) bytes.swap32();
    return words;
  }

  /**
   * The words of a table of 64-bit entries in pieces, each valid until the next; none for what is all zeros.
   * @throws Failure `image.malformed` as read() does, `operation.cancelled`.
   */
  *entries(
    tableOffset: number,
    entryCount: number,
  ): Iterable<{ readonly words: Uint32Array; readonly fileOffset: number }> {
    for (let done = 0; done < entryCount * 8; done += pieceBytes) {
      this.#control.throwIfCancelled();
      const fileOffset = tableOffset + done;
      const words = this.read(fileOffset, Math.min(pieceBytes, entryCount * 8 - done));
      if (words !== null) yield { words, fileOffset };
    }
  }

  /** Takes what is worked on from the budget. @throws Failure `image.malformed` when it is used up. */
  charge(fileOffset: number, lengthBytes: number): void {
    this.#budgetBytes -= Math.max(0, lengthBytes);
    if (this.#budgetBytes >= 0) return;
    throw new Failure('image.malformed', {
      format,
      structure: 'table',
      field: 'offset',
      fileOffset,
      problem: inEnglish('tables overlap again and again'),
    });
  }

  #isHole(start: number, length: number): boolean {
    const first = this.#file.runs({ start, length })[Symbol.iterator]().next();
    return first.done !== true && first.value.hole && first.value.length >= length;
  }
}
