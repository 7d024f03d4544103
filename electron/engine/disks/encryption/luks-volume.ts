/** What both versions of LUKS have in common: a header that says how to get from a passphrase to a sector cipher. */
import { timingSafeEqual } from 'node:crypto';
import type { Fact } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { mergeStripes } from './anti-forensic.ts';
import { knowsHash } from './key-derivation.ts';
import { parseCipher, SectorCipher, vectorSectorBytes } from './sector-cipher.ts';

/** A LUKS header whose fields have been checked. Offsets and sizes in bytes from the header's start. */
export interface LuksVolume {
  readonly version: 1 | 2;
  /** As dm-crypt writes it. */
  readonly cipher: string;
  readonly payloadOffset: number;
  /** Null where the payload goes on to the end of the device. */
  readonly payloadBytes: number | null;
  /** How much is encrypted at once. */
  readonly sectorBytes: number;
  readonly facts: readonly Fact[];
  /**
   * The payload's cipher.
   * @throws Failure `image.wrong-passphrase`; `image.unsupported` for ciphers, hashes and work beyond ours.
   */
  unlock(passphrase: string): SectorCipher;
}

/** A stripe set longer than this is no key: 4000 stripes of 64 bytes take a sixteenth of it. */
const maximumMaterialBytes = 4 << 20;

/** Where the stripes of a key lie, and what they are encrypted with. */
export interface KeyMaterial {
  readonly fileOffset: number;
  readonly cipher: string;
  readonly keyBytes: number;
  readonly stripes: number;
  readonly hash: string;
}

/** Reads the stripes, decrypts them with `slotKey` and merges them. @throws Failure `image.*`. */
export function readKeyMaterial(
  source: ByteSource,
  slotKey: Uint8Array,
  material: KeyMaterial,
  format: string,
): Uint8Array {
  const { fileOffset, cipher, keyBytes, stripes, hash } = material;
  const wanted = keyBytes * stripes;
  if (stripes < 1 || wanted > maximumMaterialBytes) {
    throw new Failure('image.unsupported', {
      format,
      feature: inEnglish('a key of {keyBytes} bytes in {stripes} stripes', { keyBytes, stripes }),
    });
  }
  if (!knowsHash(hash))
    throw new Failure('image.unsupported', {
      format,
      feature: inEnglish('stripes hashed with {hash}', { hash }),
    });
  const bytes = readBytes(source, fileOffset, Math.ceil(wanted / vectorSectorBytes) * vectorSectorBytes);
  new SectorCipher(parseCipher(cipher, format), slotKey, format).decrypt(bytes, 0);
  return mergeStripes(bytes, keyBytes, stripes, hash);
}

/**
 * Tries one key slot after the other. A slot that we cannot try does not hide another that opens; when none does, the
 * first such failure is the answer.
 */
export function firstKey<Slot>(
  slots: readonly Slot[],
  tryOne: (slot: Slot) => Uint8Array | null,
  format: string,
): Uint8Array {
  let untried: Failure | null = null;
  for (const slot of slots) {
    try {
      const key = tryOne(slot);
      if (key !== null) return key;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      untried ??= error;
    }
  }
  throw untried ?? new Failure('image.wrong-passphrase', { format });
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
