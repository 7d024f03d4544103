/** Identifiers that are derived from what is written, so that the same disk and options give the same bytes. */
import { createHash } from 'node:crypto';

/** The length of a digest that stands for the content of a disk. */
export const contentBytes = 32;

/** Stands for a disk that holds nothing. */
export const noContent: Uint8Array = new Uint8Array(contentBytes);

/** Gives any number of identifiers for what `kind` and `content` say together. */
export class ContentIdentity {
  readonly #seed: Uint8Array;

  /**
   * `kind` is whatever tells two disks of the same content apart: format, variant, options. `content` is, or stands for,
   * what the disk holds.
   */
  constructor(kind: readonly (string | number | boolean)[], content: Uint8Array) {
    this.#seed = createHash('sha256').update(JSON.stringify(kind)).update(content).digest();
  }

  /** 32 bytes that are different for each `purpose`. */
  bytes(purpose: string): Uint8Array {
    return createHash('sha256').update(this.#seed).update(purpose).digest();
  }

  /** A UUID of version 8 (RFC 9562) in network byte order. */
  uuid(purpose: string): Uint8Array {
    const uuid = new Uint8Array(this.bytes(purpose).subarray(0, 16));
    uuid[6] = (uuid[6]! & 0x0f) | 0x80;
    uuid[8] = (uuid[8]! & 0x3f) | 0x80;
    return uuid;
  }

  /** The same with its first three parts in little endian, as Microsoft's GUIDs are stored. */
  guid(purpose: string): Uint8Array {
    const uuid = this.uuid(purpose);
    return Uint8Array.from(guidOrder, (index) => uuid[index]!);
  }
}

const guidOrder = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;
