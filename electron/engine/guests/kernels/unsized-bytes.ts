/** Reading ahead in a source whose size is not asked for: of a compressed one that would cost a pass over everything. */
import { isFailure } from '#shared/failure.ts';
import type { ByteSource } from '../../bytes/source.ts';

export class UnsizedBytes {
  readonly #source: ByteSource;
  /** The size, once a read came to the end. */
  #end: number | null;
  #cutOff = false;

  /** Does not own `source`. */
  constructor(source: ByteSource) {
    this.#source = source;
    this.#end = source.seekable ? source.sizeBytes : null;
  }

  /** True once a compressed stream turned out to end too early: it counts as its end. */
  get cutOff(): boolean {
    return this.#cutOff;
  }

  /**
   * Up to `lengthBytes` (bound them before) at `offset`; fewer at the end only, none behind it.
   * @throws Failure `image.malformed`, `io.*`.
   */
  read(offset: number, lengthBytes: number): Uint8Array {
    if (this.#end === null) {
      const bytes = new Uint8Array(lengthBytes);
      try {
        this.#source.read(offset, bytes);
        return bytes;
      } catch (error) {
        if (!isFailure(error, 'image.truncated')) throw error;
        this.#end = this.#measure(offset);
      }
    }
    const bytes = new Uint8Array(Math.max(0, Math.min(lengthBytes, this.#end - offset)));
    if (bytes.length > 0) this.#source.read(offset, bytes);
    return bytes;
  }

  /** A read at `offset` went too far. Having come to its end, the source knows its size now. */
  #measure(offset: number): number {
    try {
      return this.#source.sizeBytes;
    } catch (error) {
      if (!isFailure(error, 'image.truncated')) throw error;
      this.#cutOff = true;
      return offset;
    }
  }
}
