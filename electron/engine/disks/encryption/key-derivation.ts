/** Keys from passphrases, with what a file may ask us to compute bounded: PBKDF2 (RFC 8018) and Argon2 (RFC 9106). */
import * as crypto from 'node:crypto';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';

/** Rounds of a hash that one key, and all keys of a file together, may take: some seconds each, and half a minute. */
const maximumRounds = 2 ** 26;
const maximumTotalRounds = 2 ** 27;
/** What cryptsetup itself asks for at most (1 GiB): the person who gave the passphrase wants that key. */
const maximumArgonMemoryKiB = 1 << 20;
/** Memory times passes, of all keys of a file together. */
const maximumTotalArgonKiB = 32 * 2 ** 20;
const maximumLanes = 64;

/** The names of hashes that LUKS headers use, with their lengths in bytes. */
const hashBytes: Readonly<Record<string, number>> = {
  sha1: 20,
  ripemd160: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

export interface Pbkdf2Parameters {
  readonly hash: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

export interface Argon2Parameters {
  readonly variant: 'argon2i' | 'argon2id';
  readonly salt: Uint8Array;
  readonly passes: number;
  readonly memoryKiB: number;
  readonly lanes: number;
}

/** Whether we can compute that hash. */
export function knowsHash(name: string): boolean {
  return Object.hasOwn(hashBytes, name) && crypto.getHashes().some((known) => known.toLowerCase() === name);
}

/** Derives keys for one file until what it asks for is too much. */
export class KeyDerivation {
  readonly #format: string;
  #rounds = 0;
  #argonKiB = 0;

  constructor(format: string) {
    this.#format = format;
  }

  /** @throws Failure `image.unsupported` for an unknown hash, or for more work than any honest file asks for. */
  pbkdf2(secret: Uint8Array, { hash, salt, iterations }: Pbkdf2Parameters, lengthBytes: number): Uint8Array {
    if (!knowsHash(hash)) throw this.#unsupported(inEnglish('PBKDF2 with {hash}', { hash }));
    const rounds = iterations * Math.ceil(lengthBytes / hashBytes[hash]!);
    this.#rounds += rounds;
    if (iterations < 1 || rounds > maximumRounds || this.#rounds > maximumTotalRounds) {
      throw this.#unsupported(inEnglish('key slots of {iterations} iterations', { iterations }));
    }
    return crypto.pbkdf2Sync(secret, salt, iterations, lengthBytes, hash);
  }

  /** @throws Failure `image.unsupported` where the runtime has no Argon2, or for more memory or work than allowed. */
  argon2(secret: Uint8Array, parameters: Argon2Parameters, lengthBytes: number): Uint8Array {
    const { variant, salt, passes, memoryKiB, lanes } = parameters;
    if (typeof crypto.argon2Sync !== 'function') {
      throw this.#unsupported(inEnglish('{variant} key slots on this version of the runtime', { variant }));
    }
    this.#argonKiB += passes * memoryKiB;
    const sane = passes >= 1 && lanes >= 1 && lanes <= maximumLanes && memoryKiB >= 8 * lanes;
    if (!sane || memoryKiB > maximumArgonMemoryKiB || this.#argonKiB > maximumTotalArgonKiB) {
      throw this.#unsupported(
        inEnglish('{variant} key slots of {memoryKiB} KiB, {passes} passes and {lanes} lanes', {
          variant,
          memoryKiB,
          passes,
          lanes,
        }),
      );
    }
    return crypto.argon2Sync(variant, {
      message: secret,
      nonce: salt,
      parallelism: lanes,
      tagLength: lengthBytes,
      memory: memoryKiB,
      passes,
    });
  }

  #unsupported(feature: Message): Failure<'image.unsupported'> {
    return new Failure('image.unsupported', { format: this.#format, feature });
  }
}
