// Sector ciphers against the ciphers of node:crypto, sector by sector.
import { createCipheriv, createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyFits, parseCipher, SectorCipher } from '#engine/disks/encryption/sector-cipher.ts';
import { noise } from '../../pattern.ts';

const plain = noise(200 * 1024, 1);

/** Encrypts sector by sector; `vector` makes the 16 bytes for a sector's number. */
function encrypted(
  algorithm: string,
  key: Uint8Array,
  sectorBytes: number,
  first: number,
  vector: (sector: number) => Uint8Array | null,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < plain.length; at += sectorBytes) {
    const cipher = createCipheriv(algorithm, key, vector(first + at / 512)).setAutoPadding(false);
    parts.push(cipher.update(plain.subarray(at, at + sectorBytes)), cipher.final());
  }
  return new Uint8Array(Buffer.concat(parts));
}

function numberBlock(sector: number): Uint8Array {
  const block = Buffer.alloc(16);
  block.writeBigUInt64LE(BigInt(sector));
  return block;
}

function decrypted(
  text: string,
  key: Uint8Array,
  data: Uint8Array,
  first: number,
  sectorBytes = 512,
): Uint8Array {
  const copy = data.slice();
  new SectorCipher(parseCipher(text, 'luks'), key, 'luks', sectorBytes).decrypt(copy, first);
  return copy;
}

describe('a sector cipher', () => {
  const far = 2 ** 33 + 5;

  it.each([
    [32, 512],
    [64, 512],
    [64, 4096],
    [32, 1024],
  ])('decrypts XTS with %i bytes of key in sectors of %i', (keyBytes, sectorBytes) => {
    const key = noise(keyBytes, 3);
    const data = encrypted(`aes-${keyBytes * 4}-xts`, key, sectorBytes, far, numberBlock);
    expect(Buffer.compare(decrypted('aes-xts-plain64', key, data, far, sectorBytes), plain)).toBe(0);
  });

  it.each([16, 24, 32])('decrypts CBC with %i bytes of key and every kind of vector', (keyBytes) => {
    const key = noise(keyBytes, 4);
    const algorithm = `aes-${keyBytes * 8}-cbc`;
    const salt = createHash('sha256').update(key).digest();
    const vectors: Record<string, (sector: number) => Uint8Array> = {
      plain64: numberBlock,
      plain: (sector) => numberBlock(sector % 2 ** 32),
      plain64be: (sector) => numberBlock(sector).slice().reverse(),
      null: () => new Uint8Array(16),
      'essiv:sha256': (sector) =>
        createCipheriv('aes-256-ecb', salt, null).setAutoPadding(false).update(numberBlock(sector)),
    };
    for (const [name, vector] of Object.entries(vectors)) {
      const data = encrypted(algorithm, key, 512, far, vector);
      expect(Buffer.compare(decrypted(`aes-cbc-${name}`, key, data, far), plain), name).toBe(0);
    }
  });

  it('decrypts ECB, and any part of a buffer', () => {
    const key = noise(16, 5);
    const data = encrypted('aes-128-ecb', key, 512, 0, () => null);
    expect(Buffer.compare(decrypted('aes-ecb', key, data, 0), plain)).toBe(0);
    const shifted = new Uint8Array(data.length + 3);
    shifted.set(data, 3);
    const cipher = new SectorCipher(parseCipher('aes-ecb', 'luks'), key, 'luks');
    cipher.decrypt(shifted.subarray(3, 3 + 1024), 0);
    expect(Buffer.compare(shifted.subarray(3, 3 + 1024), plain.subarray(0, 1024))).toBe(0);
  });

  it('says what it does not have', () => {
    for (const text of ['serpent-xts-plain64', 'aes-ctr-plain64', 'aes-xts-random', 'aes-cbc-essiv', '']) {
      expect(() => parseCipher(text, 'luks'), text).toThrow('image.unsupported');
    }
    expect(() => new SectorCipher(parseCipher('aes-xts-plain64', 'luks'), noise(40, 1), 'luks')).toThrow(
      'image.unsupported',
    );
    expect(() => new SectorCipher(parseCipher('aes-cbc-essiv:sha1', 'luks'), noise(16, 1), 'luks')).toThrow(
      'image.unsupported',
    );
    expect(keyFits(parseCipher('aes-xts-plain64', 'luks'), 48)).toBe(true);
  });
});
