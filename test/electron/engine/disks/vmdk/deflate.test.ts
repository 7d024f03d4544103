import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { deflateBound, deflateInto, plainDeflate } from '#engine/disks/vmdk/deflate.ts';
import { noise, prose } from '../../pattern.ts';

describe('deflateInto', () => {
  it('makes the same zlib streams as the public way, whatever came before', () => {
    const into = new Uint8Array(deflateBound(65536));
    const other = new Uint8Array(deflateBound(65536));
    for (const plain of [
      prose(65536, 1),
      noise(65536, 2),
      new Uint8Array(65536),
      prose(65536, 1),
      prose(1000, 4),
    ]) {
      const length = deflateInto(plain, into);
      expect(plainDeflate(plain, other)).toBe(length);
      expect(Buffer.compare(into.subarray(0, length), other.subarray(0, length))).toBe(0);
      expect(Buffer.compare(inflateSync(into.subarray(0, length)), plain)).toBe(0);
      expect(into[0]).toBe(0x78);
    }
  });

  it('stays within its bound with what cannot be compressed', () => {
    for (let seed = 1; seed < 20; seed++) {
      const into = new Uint8Array(deflateBound(65536));
      const length = deflateInto(noise(65536, seed), into);
      expect(length).toBeGreaterThan(65536);
      expect(length).toBeLessThan(into.length);
    }
  });

  it.each([deflateInto, plainDeflate])('says when it does not fit', (deflate) => {
    expect(deflate(noise(65536), new Uint8Array(60000))).toBe(-1);
    expect(deflate(new Uint8Array(65536), new Uint8Array(4))).toBe(-1);
    expect(deflate(new Uint8Array(65536), new Uint8Array(4096))).toBeGreaterThan(0);
  });
});
