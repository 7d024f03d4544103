/** Damage of every kind: whatever a bit or the end of a file does, the answer is right, or a Failure. */
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import { Failure } from '#shared/failure.ts';
import { noise, prose } from '../../pattern.ts';
import { quietControl } from '../../quiet-control.ts';
import { applyPatch } from './patching.ts';
import { alone, bytesIn, expectSame } from './read-disk.ts';
import { grainOf, sparseImage } from './sparse-image.ts';
import { imageOf, shapeOf } from './write-disk.ts';

const unit = 64 << 10;
const capacity = (1 << 20) + 512;
const pieces = [
  { at: 0, bytes: prose(unit, 1) },
  { at: 3 * unit, bytes: noise(2 * unit, 2) },
  { at: 1 << 20, bytes: prose(512, 3) },
];
const small = {
  capacity: 512,
  grainSize: 8,
  numGTEsPerGT: 16,
  grains: Object.fromEntries([0, 1, 5, 17, 40, 63].map((grain) => [grain, grainOf(grain + 1, 8)])),
};

interface TestImage {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether there are two copies of the tables. */
  readonly redundant: boolean;
  /** Where plain grains begin, if there are any. */
  readonly plainFrom: number | null;
}

const plain = sparseImage({ ...small, redundant: true });
const images: TestImage[] = [
  {
    name: 'monolithicSparse',
    bytes: imageOf(shapeOf(capacity), pieces),
    redundant: true,
    plainFrom: 128 * 512,
  },
  {
    name: 'streamOptimized',
    bytes: imageOf(shapeOf(capacity, 'streamOptimized'), pieces),
    redundant: false,
    plainFrom: null,
  },
  {
    name: 'sparse with small tables',
    bytes: plain.bytes,
    redundant: true,
    plainFrom: plain.grainSectors.get(0)! * 512,
  },
  {
    name: 'a stream with small tables',
    bytes: sparseImage({ ...small, grainsAre: 'marked', footer: true, omitEmptyTables: true }).bytes,
    redundant: false,
    plainFrom: null,
  },
  {
    name: 'compressed, with redundant tables',
    bytes: sparseImage({ ...small, grainsAre: 'marked', redundant: true }).bytes,
    redundant: true,
    plainFrom: null,
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

/** Metadata, sector by sector: all of the header and the tables, a part of the descriptor, little of the padding. */
function placesOf(image: Uint8Array): number[] {
  const places: number[] = [];
  for (let at = 0; at < image.length; at++) {
    if (at >= 128 * 512 && at < image.length - 16 * 512) continue;
    const descriptor = at >= 512 && at < 2048;
    if (at < 80 || (descriptor ? at % 5 === 0 : image[at] !== 0) || at % 97 === 0) places.push(at);
  }
  return places;
}

/**
 * What nothing in a file would tell: a descriptor and plain grains have no checksum, and without a second copy of the
 * tables an entry that becomes 0 says that there is no grain.
 */
function isUntold(image: TestImage, copy: Buffer, at: number): boolean {
  if (at >= 512 && at < 21 * 512) return true;
  if (image.plainFrom !== null && at >= image.plainFrom) return true;
  return !image.redundant && copy.readUInt32LE(at & ~3) <= 1;
}

describe.each(images)('$name', (image) => {
  const { bytes } = image;
  const right = bytesIn(bytes);

  it('is never read wrongly when a bit of its tables or headers flips', () => {
    const copy = Buffer.from(bytes);
    let refused = 0;
    for (const at of placesOf(bytes)) {
      const mask = 1 << ((at * 5) % 8);
      copy[at]! ^= mask;
      const found = attempt(copy);
      if (found === null) refused++;
      else if (!isUntold(image, copy, at)) {
        expect(Buffer.compare(found, right), `byte ${at}, mask ${mask}`).toBe(0);
      }
      copy[at]! ^= mask;
    }
    expect(refused).toBeGreaterThan(20);
  });

  it('is never read wrongly when it is cut off', () => {
    let refused = 0;
    const lengths = [
      ...Array.from({ length: 150 }, (_, step) => Math.floor((bytes.length * step) / 150)),
      ...Array.from({ length: 80 }, (_, step) => bytes.length - 1 - step * 7),
    ];
    for (const length of lengths) {
      const found = attempt(bytes.subarray(0, length));
      if (found === null) refused++;
      else expectSame(found, right);
    }
    expect(refused).toBeGreaterThan(100);
  });

  it('survives garbage in place of any sector', () => {
    const garbage = noise(512, 77);
    const last = bytes.length - 512;
    for (let at = 0; at <= last; at += at < 130 * 512 || at > last - 9000 ? 512 : 40 * 512) {
      const copy = Buffer.from(bytes);
      copy.set(garbage, at);
      attempt(copy);
    }
  });

  it('is checked, mended and resized without an accident whatever is damaged', () => {
    const garbage = noise(64, 78);
    const last = bytes.length - 64;
    for (let at = 0, step = 0; at <= last; at += at < 30_000 || at > last - 3000 ? 67 : 9001, step++) {
      const copy = Buffer.from(bytes);
      if (step % 3 === 0) copy.set(garbage, at);
      else if (step % 3 === 1) copy.fill(0xff, at, at + 5);
      else copy[at]! ^= 1 << (step % 8);
      const source = new MemorySource(copy);
      const control = quietControl();
      const report = guarded(() => vmdk.structure!.check(source, alone, control));
      const patch = guarded(() => vmdk.structure!.repair!(source, alone, control, 'all'));
      if (report?.repairable === true && patch !== null) {
        const after = vmdk.structure!.check(new MemorySource(applyPatch(copy, patch)), alone, control);
        expect(after.corruptions).toBeLessThanOrEqual(report.corruptions);
        expect(after.repairable, `damage at ${at}`).toBe(false);
      }
      for (const capacityBytes of [512, 1 << 20, 2 ** 50]) {
        guarded(() => vmdk.resize!(source, capacityBytes));
      }
    }
  });
});

/** What a damaged file may do: give an answer, or end in a Failure that says what is wrong with it. */
function guarded<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'internal') throw error;
    return null;
  }
}
