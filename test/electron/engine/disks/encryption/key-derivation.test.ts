// What a file may ask us to compute: as much as honest ones do, and no more, in one slot or in all together.
import { describe, expect, it } from 'vitest';
import { KeyDerivation, knowsHash } from '#engine/disks/encryption/key-derivation.ts';

const secret = new TextEncoder().encode('password');
const salt = new TextEncoder().encode('salt');

describe('key derivation', () => {
  it('is PBKDF2 as RFC 6070 has it', () => {
    const key = new KeyDerivation('luks').pbkdf2(secret, { hash: 'sha1', salt, iterations: 4096 }, 20);
    expect(Buffer.from(key).toString('hex')).toBe('4b007901b765489abead49d926f721d065a429c1');
  });

  it('ends where one slot, or all of them, take too long', () => {
    const derive = (iterations: number, lengthBytes = 32): unknown =>
      new KeyDerivation('luks').pbkdf2(secret, { hash: 'sha256', salt, iterations }, lengthBytes);
    expect(() => derive(2 ** 26 + 1)).toThrow('image.unsupported');
    expect(() => derive(2 ** 25 + 1, 64)).toThrow('image.unsupported');
    expect(() => derive(0)).toThrow('image.unsupported');
    const argon2 = { variant: 'argon2id', salt: new Uint8Array(16), lanes: 1 } as const;
    const many = new KeyDerivation('luks');
    expect(() => many.argon2(secret, { ...argon2, passes: 1, memoryKiB: (1 << 20) + 1 }, 32)).toThrow(
      'image.unsupported',
    );
    expect(() => many.argon2(secret, { ...argon2, passes: 2 ** 31, memoryKiB: 65536 }, 32)).toThrow(
      'image.unsupported',
    );
    expect(() =>
      new KeyDerivation('luks').argon2(secret, { ...argon2, passes: 0, memoryKiB: 64 }, 32),
    ).toThrow('image.unsupported');
  });

  it('knows the hashes of LUKS, and no name that only looks like one', () => {
    expect(['sha1', 'sha256', 'sha512'].every(knowsHash)).toBe(true);
    expect(['whirlpool', 'md5', '__proto__', 'toString', ''].some(knowsHash)).toBe(false);
  });
});
