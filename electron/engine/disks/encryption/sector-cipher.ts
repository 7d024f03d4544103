/** Decrypting the sectors of a disk: AES in XTS, CBC and ECB, with dm-crypt's initialisation vectors (dm-crypt, IEEE 1619). */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  getHashes,
  type Cipheriv,
  type Decipheriv,
} from 'node:crypto';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';

/** Initialisation vectors count in sectors of this size, whatever is encrypted at once. */
export const vectorSectorBytes = 512;
const blockBytes = 16;
const blockWords = 4;
/** So many bytes are worked on at once: enough to make a call of the cipher cheap. */
const batchBytes = 65536;

/** A cipher as dm-crypt writes it: `aes-xts-plain64`, `aes-cbc-essiv:sha256`. */
export interface CipherSpecification {
  readonly text: string;
  readonly mode: 'xts' | 'cbc' | 'ecb';
  readonly vectors: 'null' | 'plain' | 'plain64' | 'plain64be' | 'essiv';
  /** The hash of essiv. */
  readonly hash: string | null;
}

/** Parses `text`. @throws Failure `image.unsupported` in the name of `format` for ciphers that we do not have. */
export function parseCipher(text: string, format: string): CipherSpecification {
  const [cipher, mode, ...rest] = text.toLowerCase().split('-');
  const [vectors, hash] = rest.join('-').split(':');
  const unsupported = new Failure('image.unsupported', {
    format,
    feature: inEnglish('encryption with {text}', { text }),
  });
  if (cipher !== 'aes' || (mode !== 'xts' && mode !== 'cbc' && mode !== 'ecb')) throw unsupported;
  const known = ['null', 'plain', 'plain64', 'plain64be', 'essiv'] as const;
  const found = known.find((name) => name === (mode === 'ecb' ? 'null' : vectors));
  if (found === undefined || (found === 'essiv' && hash === undefined)) throw unsupported;
  return { text, mode, vectors: found, hash: found === 'essiv' ? hash! : null };
}

/** Whether a master key of that length fits the cipher. In bytes. */
export function keyFits({ mode }: CipherSpecification, keyBytes: number): boolean {
  return aesKeyBytes.includes(mode === 'xts' ? keyBytes / 2 : keyBytes);
}

const aesKeyBytes: readonly number[] = [16, 24, 32];

/** A cipher with its key. Used by one thread; every call stands alone. */
export class SectorCipher {
  readonly #mode: CipherSpecification['mode'];
  readonly #vectors: CipherSpecification['vectors'];
  readonly #sectorBytes: number;
  readonly #vectorOffset: number;
  readonly #blocks: Decipheriv;
  /** XTS encrypts its vectors with the second half of the key, essiv with a hash of the key. */
  readonly #vectorBlocks: Cipheriv | null;
  readonly #input = new Uint32Array(batchBytes / 4);
  readonly #mask = new Uint32Array(batchBytes / 4);
  readonly #vectorBytes = new Uint8Array((batchBytes / vectorSectorBytes) * blockBytes);

  /**
   * `sectorBytes` are encrypted at once: 512 to 4096. `vectorOffset` is added to each sector's number.
   * @throws Failure `image.unsupported` when key and cipher do not fit, or the runtime lacks the hash.
   */
  constructor(
    cipher: CipherSpecification,
    key: Uint8Array,
    format: string,
    sectorBytes = vectorSectorBytes,
    vectorOffset = 0,
  ) {
    const unsupported = (): Failure =>
      new Failure('image.unsupported', {
        format,
        feature: inEnglish('encryption with {text} and a key of {count} bits', {
          text: cipher.text,
          count: key.length * 8,
        }),
      });
    if (!keyFits(cipher, key.length)) throw unsupported();
    this.#mode = cipher.mode;
    this.#vectors = cipher.vectors;
    this.#sectorBytes = sectorBytes;
    this.#vectorOffset = vectorOffset;
    const dataKey = cipher.mode === 'xts' ? key.subarray(0, key.length / 2) : key;
    this.#blocks = createDecipheriv(`aes-${dataKey.length * 8}-ecb`, dataKey, null).setAutoPadding(false);
    let vectorKey: Uint8Array | null = cipher.mode === 'xts' ? key.subarray(key.length / 2) : null;
    if (cipher.hash !== null) {
      if (cipher.mode === 'xts' || !getHashes().includes(cipher.hash)) throw unsupported();
      vectorKey = createHash(cipher.hash).update(key).digest();
      if (!aesKeyBytes.includes(vectorKey.length)) throw unsupported();
    }
    this.#vectorBlocks =
      vectorKey === null
        ? null
        : createCipheriv(`aes-${vectorKey.length * 8}-ecb`, vectorKey, null).setAutoPadding(false);
  }

  /** Decrypts `data` in place: whole sectors, the first of which has the number `firstSector` (of 512 bytes). */
  decrypt(data: Uint8Array, firstSector: number): void {
    for (let at = 0; at < data.length; at += batchBytes) {
      const batch = data.subarray(at, Math.min(at + batchBytes, data.length));
      this.#decryptBatch(batch, firstSector + at / vectorSectorBytes);
    }
  }

  #decryptBatch(data: Uint8Array, firstSector: number): void {
    const input = new Uint8Array(this.#input.buffer, 0, data.length);
    input.set(data);
    const words = data.length / 4;
    const vectors = this.#makeVectors(firstSector, Math.ceil(data.length / this.#sectorBytes));
    if (this.#mode === 'xts') {
      this.#fillTweaks(vectors, words);
      for (let word = 0; word < words; word++) this.#input[word]! ^= this.#mask[word]!;
    } else if (this.#mode === 'cbc') {
      this.#fillChain(vectors, words);
    }
    data.set(this.#blocks.update(input));
    if (this.#mode === 'ecb') return;
    input.set(data);
    for (let word = 0; word < words; word++) this.#input[word]! ^= this.#mask[word]!;
    data.set(input);
  }

  /** One block for each sector, as four words. */
  #makeVectors(firstSector: number, count: number): Uint32Array {
    const bytes = this.#vectorBytes.subarray(0, count * blockBytes).fill(0);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let index = 0; index < count && this.#vectors !== 'null'; index++) {
      const number = this.#vectorOffset + firstSector + index * (this.#sectorBytes / vectorSectorBytes);
      const at = index * blockBytes;
      if (this.#vectors === 'plain64be') view.setBigUint64(at + 8, BigInt(number));
      else if (this.#vectors === 'plain') view.setUint32(at, number % 2 ** 32, true);
      else view.setBigUint64(at, BigInt(number), true);
    }
    const made = this.#vectorBlocks?.update(bytes) ?? bytes;
    return new Uint32Array(made.slice().buffer.slice(0, bytes.length));
  }

  /** IEEE 1619 section 5.2: each block's tweak is the one before, times x, on little-endian words. */
  #fillTweaks(vectors: Uint32Array, words: number): void {
    const mask = this.#mask;
    const sectorWords = this.#sectorBytes / 4;
    for (let start = 0, vector = 0; start < words; start += sectorWords, vector += blockWords) {
      let a = vectors[vector]!;
      let b = vectors[vector + 1]!;
      let c = vectors[vector + 2]!;
      let d = vectors[vector + 3]!;
      for (let word = start; word < start + sectorWords; word += blockWords) {
        mask[word] = a;
        mask[word + 1] = b;
        mask[word + 2] = c;
        mask[word + 3] = d;
        const carry = d >>> 31 === 0 ? 0 : 0x87;
        d = (d << 1) | (c >>> 31);
        c = (c << 1) | (b >>> 31);
        b = (b << 1) | (a >>> 31);
        a = (a << 1) ^ carry;
      }
    }
  }

  /** In CBC a block is decrypted, then combined with the encrypted one before it; the first of a sector with its vector. */
  #fillChain(vectors: Uint32Array, words: number): void {
    const sectorWords = this.#sectorBytes / 4;
    this.#mask.set(this.#input.subarray(0, words - blockWords), blockWords);
    for (let start = 0, vector = 0; start < words; start += sectorWords, vector += blockWords) {
      this.#mask.set(vectors.subarray(vector, vector + blockWords), start);
    }
  }
}
