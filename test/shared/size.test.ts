import { describe, expect, it } from 'vitest';
import { parseSize } from '#shared/size.ts';

describe('parseSize', () => {
  it('reads sizes as qemu-img does', () => {
    const sizes = {
      '0': 0,
      '512': 512,
      '64k': 65_536,
      ' 1 MiB ': 2 ** 20,
      '2gb': 2 ** 31,
      '3T': 3 * 2 ** 40,
    };
    for (const [text, bytes] of Object.entries(sizes)) expect(parseSize(text), text).toBe(bytes);
  });

  it('knows what is none', () => {
    for (const text of ['', 'k', '-1', '+1', '1.5M', '1e3', '0x10', '1 k b', 'Infinity', '1PB']) {
      expect(parseSize(text), text).toBeNaN();
    }
  });
});
