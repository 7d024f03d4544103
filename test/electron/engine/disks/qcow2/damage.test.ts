// Damaged qcow2 images: cut off anywhere, any bit of the metadata flipped. A Failure or a read, never anything else.
import { describe, expect, it, vi } from 'vitest';
import { Failure } from '#shared/failure.ts';
import { noise, prose } from '../../pattern.ts';
import { imageOf, shapeOf, type Piece } from './memory-sink.ts';
import { openBytes, readWhole } from './whole-disk.ts';

// Thousands of images are read; a machine with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });

const clusterBytes = 512;
const capacityBytes = 128 * 1024;
const pieces: readonly Piece[] = [
  { at: 0, bytes: prose(20 * clusterBytes, 1) },
  { at: 64 * 1024, bytes: noise(10 * clusterBytes, 2) },
];
const disk = new Uint8Array(capacityBytes);
for (const { at, bytes } of pieces) disk.set(bytes, at);

const images = ['plain', 'zlib', 'zstd'].map((variant) => ({
  variant,
  image: imageOf(shapeOf(capacityBytes, variant, { cluster_size: clusterBytes }), pieces),
}));

type Outcome = 'right' | 'other' | Failure;

function outcomeOf(bytes: Uint8Array): Outcome {
  try {
    const reader = openBytes(bytes);
    const whole = readWhole(reader);
    reader.close();
    return Buffer.compare(whole, disk) === 0 ? 'right' : 'other';
  } catch (error) {
    if (error instanceof Failure && error.code !== 'internal') return error;
    throw error;
  }
}

describe.each(images)('$variant', ({ image }) => {
  it('cut off anywhere is told, and never read as something else', () => {
    expect(outcomeOf(image)).toBe('right');
    for (let length = 0; length < image.length; length += length < 4096 ? 1 : 97) {
      const outcome = outcomeOf(image.subarray(0, length));
      // Room that is kept free for tables to come can be missing without harm.
      if (outcome !== 'right') expect((outcome as Failure).code, `${length}`).toBe('image.truncated');
      else expect(length).toBeGreaterThan(image.length - 24 * clusterBytes);
    }
  });

  it('with a flipped bit of metadata ends in a Failure or a read', () => {
    const view = new DataView(image.buffer, image.byteOffset);
    const l1 = Number(view.getBigUint64(40));
    const refcountTable = Number(view.getBigUint64(48));
    const l2 = [0, 1, 2].map((index) => Number(view.getBigUint64(l1 + index * 8) & 0xfffffffffffe00n));
    const structures = [
      [0, 176],
      [l1, 32],
      [refcountTable, 64],
      ...l2.map((at) => [at, clusterBytes]),
    ] as const;
    let failures = 0;
    for (const [start, length] of structures) {
      for (let bit = 0; bit < length * 8; bit += 3) {
        const flipped = image.slice();
        flipped[start + (bit >>> 3)]! ^= 1 << (bit & 7);
        if (outcomeOf(flipped) instanceof Failure) failures++;
      }
    }
    expect(failures).toBeGreaterThan(200);
  });
});

describe('a flipped bit in an L2 table', () => {
  it('is never read past the file, the tables or the disk', () => {
    const { image } = images[0]!;
    const view = new DataView(image.buffer, image.byteOffset);
    const l1 = Number(view.getBigUint64(40));
    const l2 = Number(view.getBigUint64(l1) & 0xfffffffffffe00n);
    const outcomes = { right: 0, other: 0, failure: 0 };
    for (let bit = 0; bit < 20 * 64; bit++) {
      const flipped = image.slice();
      flipped[l2 + (bit >>> 3)]! ^= 1 << (bit & 7);
      const outcome = outcomeOf(flipped);
      outcomes[typeof outcome === 'string' ? outcome : 'failure']++;
    }
    // Another cluster of the file is a read as good as any; reserved bits, alignment and bounds catch the rest.
    expect(outcomes.failure).toBeGreaterThan(outcomes.other * 4);
    expect(outcomes.right).toBeGreaterThan(0);
  });
});
