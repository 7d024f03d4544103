/** Identifiers that are derived from what is written, so that the same disk and options give the same bytes. */
import { createHash, type Hash } from 'node:crypto';
import { crc32 } from '../bytes/crc32.ts';

/** Collects what a disk is made of; then gives any number of identifiers for it. */
export class ContentIdentity {
  readonly #hash: Hash = createHash('sha256');
  readonly #unitBytes: number;
  readonly #record = new DataView(new ArrayBuffer(12));

  /** `kind` is whatever tells two disks of the same content apart: format, variant, options. */
  constructor(kind: readonly (string | number | boolean)[], unitBytes: number) {
    this.#hash.update(JSON.stringify(kind));
    this.#unitBytes = unitBytes;
  }

  /** Adds whole units of data; into how many calls they are cut makes no difference. */
  add(virtualOffset: number, data: Uint8Array): void {
    for (let at = 0; at < data.length; at += this.#unitBytes) {
      // A checksum by unit is several times as fast as hashing all of it.
      this.#record.setFloat64(0, virtualOffset + at);
      this.#record.setUint32(8, crc32(data.subarray(at, at + this.#unitBytes)));
      this.#hash.update(new Uint8Array(this.#record.buffer));
    }
  }

  /** 16 bytes that are different for each `purpose`: a UUID of version 8 (RFC 9562) in network byte order. */
  uuid(purpose: string): Uint8Array {
    const uuid = new Uint8Array(this.#hash.copy().update(purpose).digest().subarray(0, 16));
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
