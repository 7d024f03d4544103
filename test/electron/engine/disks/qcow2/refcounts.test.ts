// Refcounts in every width: bits in the order of the specification, and shared clusters counted.
import { describe, expect, it } from 'vitest';
import { Refcounts } from '#engine/disks/qcow2/refcounts.ts';

/** The refcount of `entry`, after the specification's own words. */
function refcountAt(block: Uint8Array, entry: number, bits: number): number {
  let value = 0;
  if (bits < 8) {
    for (let bit = 0; bit < bits; bit++) {
      const at = entry * bits + bit;
      value |= ((block[at >>> 3]! >>> (at & 7)) & 1) << bit;
    }
    return value;
  }
  for (let byte = 0; byte < bits / 8; byte++) value = value * 256 + block[(entry * bits) / 8 + byte]!;
  return value;
}

describe.each([1, 2, 4, 8, 16, 32, 64])('refcounts of %i bits', (bits) => {
  it('are one for each cluster, more where it is shared, none beyond the end', () => {
    const refcounts = new Refcounts(bits);
    const most = 2 ** Math.min(bits, 16) - 1;
    const expected = Array.from({ length: 70 }, () => 1);
    for (const cluster of [3, 3, 3, 12, 63, 64]) {
      if (!refcounts.hasRoom(cluster)) continue;
      refcounts.share(cluster);
      expected[cluster]!++;
    }
    expect(Math.max(...expected)).toBe(Math.min(4, most));
    const block = new Uint8Array(512).fill(0xff);
    const perBlock = (512 * 8) / bits;
    for (let first = 0; first < 70; first += perBlock) {
      refcounts.encodeBlock(block, first, 70, bits);
      for (let entry = 0; entry < perBlock; entry++) {
        expect(refcountAt(block, entry, bits)).toBe(expected[first + entry] ?? 0);
      }
    }
  });

  it('have no room beyond their width', () => {
    const refcounts = new Refcounts(bits);
    let shares = 0;
    while (refcounts.hasRoom(5) && shares < 100_000) {
      refcounts.share(5);
      shares++;
    }
    expect(shares + 1).toBe(2 ** Math.min(bits, 16) - 1);
    expect(refcounts.hasRoom(6)).toBe(bits > 1);
  });
});
