import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../../../electron/engine/disks/vhdx/crc32c.ts';

/** Bit by bit, as it is defined. */
function plain(bytes: Uint8Array): number {
  let value = -1;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  }
  return ~value >>> 0;
}

describe('crc32c', () => {
  it('gives the check value of the algorithm', () => {
    expect(crc32c(new TextEncoder().encode('123456789'), 9)).toBe(0xe3069283);
  });

  it('is the same as bit by bit, with the checksum taken as zeros wherever it lies', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(70), (bytes, checksumOffset) => {
        const zeroed = bytes.map((byte, at) => (at >= checksumOffset && at < checksumOffset + 4 ? 0 : byte));
        expect(crc32c(bytes, checksumOffset)).toBe(plain(zeroed));
      }),
    );
  });
});
