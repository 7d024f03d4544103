import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeptEnds } from '#engine/bytes/kept-ends.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { noise } from '../pattern.ts';

describe('KeptEnds', () => {
  it('reads what the file holds, wherever and however much', () => {
    const bytes = noise(200_000, 7);
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 511, 1024, 73_727, 73_728, 73_729, 74_500, 200_000),
        fc.nat(199_999),
        fc.nat(3000),
        (sizeBytes, start, length) => {
          const file = new KeptEnds(new MemorySource(bytes.subarray(0, sizeBytes)));
          const at = Math.min(start, sizeBytes);
          const into = new Uint8Array(Math.min(length, sizeBytes - at));
          file.read(at, into);
          expect(into).toEqual(bytes.subarray(at, at + into.length));
          expect(() => file.read(sizeBytes, new Uint8Array(1))).toThrow('image.truncated');
        },
      ),
      { numRuns: 300 },
    );
  });
});
