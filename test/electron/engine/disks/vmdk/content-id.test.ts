import { describe, expect, it } from 'vitest';
import { ContentDigest, type ContentId } from '#engine/disks/vmdk/content-id.ts';
import { noise } from '../../pattern.ts';
import { shapeOf } from './write-disk.ts';

function idOf(units: readonly (readonly [number, Uint8Array])[], capacityBytes = 1 << 20): ContentId {
  const digest = new ContentDigest(shapeOf(capacityBytes));
  for (const [at, unit] of units) digest.addUnit(at, unit);
  return digest.finish();
}

describe('ContentDigest', () => {
  it('makes eight and thirty-two hexadecimal digits', () => {
    const { short, long } = idOf([[0, noise(65536)]]);
    expect(short).toMatch(/^[0-9a-f]{8}$/);
    expect(long).toMatch(/^[0-9a-f]{24}/);
    expect(long.slice(24)).toBe(short);
  });

  it('tells capacity, places, lengths and bytes apart', () => {
    const unit = noise(65536);
    const changed = unit.slice();
    changed[65535]! ^= 1;
    const ids = [
      idOf([[0, unit]]),
      idOf([[65536, unit]]),
      idOf([[2 ** 45, unit]]),
      idOf([[0, changed]]),
      idOf([[0, unit.subarray(0, 65535)]]),
      idOf([[0, unit]], 1 << 21),
      idOf([]),
      idOf([[0, new Uint8Array(10)]]),
    ];
    expect(new Set(ids.map(({ short }) => short)).size).toBe(ids.length);
    expect(idOf([[0, unit]])).toEqual(ids[0]);
  });
});
