// What a shape means, which shapes are refused, and how large an output will be.
import { describe, expect, it } from 'vitest';
import type { UnitCounter } from '#engine/disks/driver.ts';
import { countUnits } from '#engine/pipeline/chunks.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import { layTables, targetGeometry } from '#engine/disks/qcow2/target-geometry.ts';
import { Failure } from '#shared/failure.ts';
import { noise } from '../../pattern.ts';
import { MemorySink, shapeOf, writePieces } from './memory-sink.ts';

const creation = qcow2.creation!;
const mebi = 1 << 20;

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('a shape', () => {
  it.each([
    ['zstd in compat 0.10', shapeOf(mebi, 'zstd', { compat: '0.10' }), 'input.invalid'],
    [
      'refcounts of 8 bits in compat 0.10',
      shapeOf(mebi, 'plain', { compat: '0.10', refcount_bits: '8' }),
      'input.invalid',
    ],
    ['refcounts of 3 bits', shapeOf(mebi, 'plain', { refcount_bits: '3' }), 'input.invalid'],
    ['clusters of 3 KiB', shapeOf(mebi, 'plain', { cluster_size: 3072 }), 'input.invalid'],
    ['clusters of 256 bytes', shapeOf(mebi, 'plain', { cluster_size: 256 }), 'input.invalid'],
    ['clusters of 4 MiB', shapeOf(mebi, 'plain', { cluster_size: 4 * mebi }), 'input.invalid'],
    ['128 GiB in clusters of 512 bytes', shapeOf(2 ** 37, 'plain', { cluster_size: 512 }), 'accepted'],
    [
      'more than 128 GiB in clusters of 512 bytes',
      shapeOf(2 ** 37 + 512, 'plain', { cluster_size: 512 }),
      'image.unsupported',
    ],
    ['2 PiB', shapeOf(2 ** 51), 'accepted'],
    ['more than 2 PiB', shapeOf(2 ** 51 + 512), 'image.unsupported'],
  ])('of %s', (_title, shape, code) => {
    expect(codeOf(() => creation.unitBytes(shape))).toBe(code);
    expect(codeOf(() => creation.outputSize(shape, () => 1))).toBe(code);
    expect(codeOf(() => creation.writer(new MemorySink(), shape))).toBe(code);
    expect(codeOf(() => creation.encoder!(shape))).toBe(code);
  });

  it('without options is what the declaration says', () => {
    const defaults = Object.fromEntries(creation.options.map((option) => [option.name, option.default]));
    expect(targetGeometry(shapeOf(mebi))).toEqual(targetGeometry(shapeOf(mebi, 'plain', defaults)));
    expect(creation.variants[0]!.id).toBe('plain');
  });
});

describe('capacityFor', () => {
  it('rounds up to sectors', () => {
    expect(creation.capacityFor(0, { variant: '', options: {} })).toBe(0);
    expect(creation.capacityFor(1, { variant: '', options: {} })).toBe(512);
    expect(creation.capacityFor(1_000_003, { variant: '', options: {} })).toBe(1_000_448);
    expect(creation.capacityFor(10 * mebi, { variant: '', options: {} })).toBe(10 * mebi);
    expect(codeOf(() => creation.capacityFor(Number.MAX_SAFE_INTEGER, { variant: '', options: {} }))).toBe(
      'image.unsupported',
    );
  });
});

describe('outputSize', () => {
  it('of plain images is the size of the file to the byte, wherever the data lies', () => {
    for (const cluster_size of [512, 4096, 65536]) {
      const shape = shapeOf(48 * mebi, 'plain', { cluster_size });
      const patterns = [
        [],
        [0],
        [0, 20 * mebi],
        [cluster_size, 3 * cluster_size, 40 * mebi],
        Array.from({ length: 90 }, (_, index) => index * 500 * 1024 - ((index * 500 * 1024) % cluster_size)),
      ];
      for (const places of patterns) {
        const sink = new MemorySink();
        const pieces = places.map((at) => ({ at, bytes: noise(cluster_size) }));
        writePieces(sink, shape, pieces);
        const spans = pieces.map(({ at, bytes }) => ({ start: at, length: bytes.length }));
        const count: UnitCounter = (unitBytes) => countUnits(spans, unitBytes);
        expect(creation.outputSize(shape, count)).toEqual({ bytes: sink.bytes.length, exact: true });
      }
    }
  });

  it('of compressed images is a bound', () => {
    expect(creation.outputSize(shapeOf(mebi, 'zlib'), () => 16)).toEqual({
      bytes: creation.outputSize(shapeOf(mebi), () => 16).bytes,
      exact: false,
    });
  });
});

describe('layTables', () => {
  it('counts the refcount structures themselves', () => {
    for (const refcountBits of [1, 16, 64]) {
      const shape = shapeOf(2 ** 30, 'plain', { cluster_size: 512, refcount_bits: `${refcountBits}` });
      const geometry = targetGeometry(shape);
      const perBlock = 4096 / refcountBits;
      for (let used = 1; used < 5000; used = Math.ceil(used * 1.01)) {
        const layout = layTables(geometry, used);
        expect(layout.refcountBlockCount * perBlock).toBeGreaterThanOrEqual(layout.totalClusters);
        expect(layout.refcountTableClusters * 64).toBeGreaterThanOrEqual(layout.refcountBlockCount);
      }
    }
  });

  it('refuses files that refcounts cannot cover', () => {
    const shape = shapeOf(2 ** 37, 'plain', { cluster_size: 512, refcount_bits: '64' });
    expect(codeOf(() => creation.outputSize(shape, () => 2 ** 28))).toBe('image.unsupported');
  });
});
