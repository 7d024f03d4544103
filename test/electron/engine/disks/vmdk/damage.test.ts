/** Damage of every kind: whatever a bit or the end of a file does, the answer is right, or a Failure. */
import { describe, expect, it } from 'vitest';
import { Failure } from '#shared/failure.ts';
import { noise, prose } from '../../pattern.ts';
import { bytesIn, expectSame } from './read-disk.ts';
import { grainOf, sparseImage } from './sparse-image.ts';
import { imageOf, shapeOf } from './write-disk.ts';

const unit = 64 << 10;
const capacity = (2 << 20) + 512;
const pieces = [
  { at: 0, bytes: prose(unit, 1) },
  { at: 3 * unit, bytes: noise(2 * unit, 2) },
  { at: 2 << 20, bytes: prose(512, 3) },
];
const small = {
  capacity: 512,
  grainSize: 8,
  numGTEsPerGT: 16,
  grains: Object.fromEntries([0, 1, 5, 17, 40, 63].map((grain) => [grain, grainOf(grain + 1, 8)])),
};

const images = [
  { name: 'monolithicSparse', bytes: imageOf(shapeOf(capacity), pieces) },
  { name: 'streamOptimized', bytes: imageOf(shapeOf(capacity, 'streamOptimized'), pieces) },
  { name: 'sparse with small tables', bytes: sparseImage({ ...small, redundant: true }).bytes },
  {
    name: 'a stream with small tables',
    bytes: sparseImage({ ...small, grainsAre: 'marked', footer: true, omitEmptyTables: true }).bytes,
  },
  {
    name: 'compressed, with redundant tables',
    bytes: sparseImage({ ...small, grainsAre: 'marked', redundant: true }).bytes,
  },
];

/** The disk's bytes, or null where reading ends in a Failure; anything else that is thrown is a mistake of ours. */
function attempt(image: Uint8Array): Uint8Array | null {
  try {
    return bytesIn(image);
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'internal') throw error;
    return null;
  }
}

/** Which bytes of an image are metadata: all that are not a grain of plain or deflated data. */
function metadataBytes(image: Uint8Array): number[] {
  const places: number[] = [];
  const whole = bytesIn(image);
  for (let at = 0; at < image.length; at++) {
    if (at < 128 * 512 || at >= image.length - 16 * 512) places.push(at);
  }
  expect(whole.length).toBeGreaterThan(0);
  return places;
}

describe.each(images)('$name', ({ name, bytes }) => {
  const right = bytesIn(bytes);

  it('is never read wrongly when a bit of its tables or headers flips', () => {
    const copy = Buffer.from(bytes);
    let refused = 0;
    for (const at of metadataBytes(bytes)) {
      // Zeros far from anything are padding; one bit of them is enough.
      const padding =
        at > 11_000 && bytes[at] === 0 && bytes[at - 1] === 0 && bytes[at + 1] === 0 && at % 16 !== 0;
      if (padding) continue;
      const mask = 1 << ((at * 5) % 8);
      copy[at]! ^= mask;
      const found = attempt(copy);
      copy[at]! ^= mask;
      if (found === null) {
        refused++;
        continue;
      }
      // A descriptor and plain grains have no checksum; all else is right, or refused.
      if (isPlainGrain(name, at)) continue;
      expect(Buffer.compare(found, right), `byte ${at}, mask ${mask}`).toBe(0);
    }
    expect(refused).toBeGreaterThan(20);
  });

  it('is never read wrongly when it is cut off', () => {
    let refused = 0;
    const steps = Math.min(400, bytes.length);
    for (let step = 0; step < steps; step++) {
      const length = Math.floor((bytes.length * step) / steps);
      const found = attempt(bytes.subarray(0, length));
      if (found === null) refused++;
      else expectSame(found, right);
    }
    for (let less = 1; less < 600; less += 7) {
      const found = attempt(bytes.subarray(0, bytes.length - less));
      if (found !== null) expectSame(found, right);
    }
    expect(refused).toBeGreaterThan(steps / 2);
  });

  it('survives garbage in place of any sector', () => {
    const garbage = noise(512, 77);
    for (let at = 0; at + 512 <= bytes.length; at += 512) {
      const copy = Buffer.from(bytes);
      copy.set(garbage, at);
      attempt(copy);
    }
  });
});

/** Where the images of plain grains have them. */
function isPlainGrain(name: string, at: number): boolean {
  if (name === 'monolithicSparse') return at >= 128 * 512;
  return (
    name === 'sparse with small tables' &&
    at >= sparseImage({ ...small, redundant: true }).grainSectors.get(0)! * 512
  );
}
