import { describe, expect, it } from 'vitest';
import { buildHuffmanCode, decodeLongCode, makeHuffmanCode } from '#engine/archives/huffman.ts';

describe('buildHuffmanCode', () => {
  it('makes the codes of the example in RFC 1951, section 3.2.2', () => {
    const code = makeHuffmanCode(4, 8);
    // A to H: 010 011 100 101 110 00 1110 1111
    expect(buildHuffmanCode(code, Uint8Array.of(3, 3, 3, 3, 3, 2, 4, 4), false)).toBeNull();
    const codes = ['010', '011', '100', '101', '110', '00', '1110', '1111'];
    for (const [symbol, bits] of codes.entries()) {
      const value = parseInt([...bits].reverse().join(''), 2);
      expect(code.quick[value]).toBe((symbol << 4) | bits.length);
      expect(decodeLongCode(code, value)).toBe((symbol << 4) | bits.length);
    }
  });

  it('finds codes that are longer than its table', () => {
    const lengths = Uint8Array.from({ length: 16 }, (_, symbol) => Math.min(symbol + 1, 15));
    const code = makeHuffmanCode(9, 16);
    expect(buildHuffmanCode(code, lengths, false)).toBeNull();
    // Fourteen ones and a zero, then fifteen ones.
    expect(code.quick[0x1ff]).toBe(0);
    expect(decodeLongCode(code, 0b011111111111111)).toBe((14 << 4) | 15);
    expect(decodeLongCode(code, 0b111111111111111)).toBe((15 << 4) | 15);
  });

  it('refuses codes that are not whole', () => {
    const code = makeHuffmanCode(4, 8);
    expect(buildHuffmanCode(code, Uint8Array.of(1, 1, 1), true)).toMatch(/more codes than bits/);
    expect(buildHuffmanCode(code, Uint8Array.of(2, 2, 2), true)).toMatch(/incomplete/);
    expect(buildHuffmanCode(code, Uint8Array.of(0, 1), false)).toMatch(/incomplete/);
    expect(buildHuffmanCode(code, Uint8Array.of(0, 2), true)).toMatch(/incomplete/);
  });

  it('lets one code of one bit pass where asked, and no code at all', () => {
    const code = makeHuffmanCode(4, 8);
    expect(buildHuffmanCode(code, Uint8Array.of(0, 1), true)).toBeNull();
    expect(code.quick[0]).toBe((1 << 4) | 1);
    expect(code.quick[1]).toBe(0);
    expect(decodeLongCode(code, 1)).toBe(0);
    expect(buildHuffmanCode(code, Uint8Array.of(0, 0), false)).toBeNull();
    expect(code.quick.every((entry) => entry === 0)).toBe(true);
  });
});
