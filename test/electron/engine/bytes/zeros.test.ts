import { describe, expect, it } from 'vitest';
import { isZero } from '#engine/bytes/zeros.ts';

describe('isZero', () => {
  it.each([0, 1, 2, 511, 4096, (1 << 20) + 3])('sees a single bit anywhere in %i bytes', (length) => {
    const bytes = new Uint8Array(length);
    expect(isZero(bytes)).toBe(true);
    for (const at of [0, 1, length >>> 2, length >>> 1, length - 2, length - 1]) {
      if (at < 0 || at >= length) continue;
      bytes[at] = 1;
      expect(isZero(bytes)).toBe(false);
      bytes[at] = 0;
    }
  });

  it('looks at the view only, not at the buffer behind it', () => {
    const buffer = new Uint8Array(100).fill(1);
    buffer.fill(0, 10, 90);
    expect(isZero(buffer.subarray(10, 90))).toBe(true);
    expect(isZero(buffer.subarray(9, 90))).toBe(false);
  });
});
