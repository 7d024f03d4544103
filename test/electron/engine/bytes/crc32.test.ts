import { describe, expect, it } from 'vitest';
import { crc32, crc32InScript } from '#engine/bytes/crc32.ts';
import { pattern } from '../../../fixtures/packages/recording.ts';

describe.each([
  ['crc32', crc32],
  ['crc32InScript', crc32InScript],
])('%s', (_, checksum) => {
  it('has the check value of the algorithm', () => {
    expect(checksum(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(checksum(new Uint8Array(0))).toBe(0);
  });

  it('goes on from what came before', () => {
    const bytes = pattern(10_007);
    for (const cut of [0, 1, 2, 3, 4, 5, 5000, 10_006]) {
      expect(checksum(bytes.subarray(cut), checksum(bytes.subarray(0, cut)))).toBe(checksum(bytes));
    }
  });
});

it('gives the same in both ways', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = pattern(length, length + 7);
    expect(crc32InScript(bytes, 12345)).toBe(crc32(bytes, 12345));
  }
});
