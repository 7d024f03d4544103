/** xxHash with 32 bits and seed 0 (xxHash fast digest algorithm 0.1.1), the checksum of LZ4 frames. */

const prime1 = 0x9e3779b1 | 0;
const prime2 = 0x85ebca77 | 0;
const prime3 = 0xc2b2ae3d | 0;
const prime4 = 0x27d4eb2f;
const prime5 = 0x165667b1;
const stripeBytes = 16;

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

export class Xxh32 {
  #a = (prime1 + prime2) | 0;
  #b = prime2;
  #c = 0;
  #d = -prime1 | 0;
  readonly #rest = new Uint8Array(stripeBytes);
  #restBytes = 0;
  #totalBytes = 0;

  update(bytes: Uint8Array): void {
    this.#totalBytes += bytes.length;
    let at = 0;
    if (this.#restBytes > 0) {
      at = Math.min(stripeBytes - this.#restBytes, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restBytes);
      this.#restBytes += at;
      if (this.#restBytes < stripeBytes) return;
      this.#stripes(this.#rest, 0, stripeBytes);
      this.#restBytes = 0;
    }
    const whole = at + Math.floor((bytes.length - at) / stripeBytes) * stripeBytes;
    this.#stripes(bytes, at, whole);
    this.#restBytes = bytes.length - whole;
    this.#rest.set(bytes.subarray(whole));
  }

  /** The checksum of all so far, unsigned. */
  digest(): number {
    let hash =
      this.#totalBytes >= stripeBytes
        ? (rotate(this.#a, 1) + rotate(this.#b, 7) + rotate(this.#c, 12) + rotate(this.#d, 18)) | 0
        : prime5;
    hash = (hash + this.#totalBytes) | 0;
    let at = 0;
    for (; at + 4 <= this.#restBytes; at += 4) {
      hash = Math.imul(rotate((hash + Math.imul(word(this.#rest, at), prime3)) | 0, 17), prime4);
    }
    for (; at < this.#restBytes; at++) {
      hash = Math.imul(rotate((hash + Math.imul(this.#rest[at]!, prime5)) | 0, 11), prime1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), prime2);
    hash = Math.imul(hash ^ (hash >>> 13), prime3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #stripes(bytes: Uint8Array, start: number, end: number): void {
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let d = this.#d;
    for (let at = start; at < end; at += stripeBytes) {
      a = Math.imul(rotate((a + Math.imul(word(bytes, at), prime2)) | 0, 13), prime1);
      b = Math.imul(rotate((b + Math.imul(word(bytes, at + 4), prime2)) | 0, 13), prime1);
      c = Math.imul(rotate((c + Math.imul(word(bytes, at + 8), prime2)) | 0, 13), prime1);
      d = Math.imul(rotate((d + Math.imul(word(bytes, at + 12), prime2)) | 0, 13), prime1);
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }
}

/** The checksum of `bytes`. */
export function xxh32(bytes: Uint8Array): number {
  const hash = new Xxh32();
  hash.update(bytes);
  return hash.digest();
}
