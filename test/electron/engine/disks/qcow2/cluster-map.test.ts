// Hostile L1 and L2 tables: entries that point where they must not, and entries with bits that mean nothing.
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import type { Extent } from '#engine/disks/driver.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import { Failure } from '#shared/failure.ts';
import { noise, prose } from '../../pattern.ts';
import { imageOf, shapeOf } from './memory-sink.ts';
import { openBytes, readWhole, tiledExtents } from './whole-disk.ts';

const clusterBytes = 4096;
const capacityBytes = 4 << 20;
/** 512 entries of 4 KiB: each table covers 2 MiB. */
const data = noise(3 << 20, 5);
const options = { cluster_size: clusterBytes };
const plain = imageOf(shapeOf(capacityBytes, 'plain', options), [{ at: 0, bytes: data }]);
const plainV2 = imageOf(shapeOf(capacityBytes, 'plain', { ...options, compat: '0.10' }), [
  { at: 0, bytes: data },
]);
const zlib = imageOf(shapeOf(capacityBytes, 'zlib', options), [{ at: 0, bytes: prose(3 << 20, 5) }]);
const zstd = imageOf(shapeOf(capacityBytes, 'zstd', options), [{ at: 0, bytes: prose(3 << 20, 5) }]);

const copied = 1n << 63n;
const compressed = 1n << 62n;
const offsetMask = 0xfffffffffffe00n;

/** The tables of an image, to be changed. */
class Tables {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(base: Uint8Array) {
    this.bytes = base.slice();
    this.view = new DataView(this.bytes.buffer);
  }

  get l1Offset(): number {
    return Number(this.view.getBigUint64(40));
  }
  get refcountTableOffset(): bigint {
    return this.view.getBigUint64(48);
  }
  l2Offset(index: number): bigint {
    return this.view.getBigUint64(this.l1Offset + index * 8) & offsetMask;
  }
  setL1(index: number, entry: bigint): void {
    this.view.setBigUint64(this.l1Offset + index * 8, entry);
  }
  entry(index: number): bigint {
    return this.view.getBigUint64(Number(this.l2Offset(0)) + index * 8);
  }
  setEntry(index: number, entry: bigint): void {
    this.view.setBigUint64(Number(this.l2Offset(0)) + index * 8, entry);
  }
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'read';
}

type Change = (tables: Tables) => void;

function outcome(base: Uint8Array, change: Change): string {
  const tables = new Tables(base);
  change(tables);
  return codeOf(() => readWhole(openBytes(tables.bytes)));
}

describe('an L1 table', () => {
  const end = BigInt(plain.length);
  const cases: readonly (readonly [string, Change, string])[] = [
    ['names a table between clusters', (t) => t.setL1(0, copied | (t.l2Offset(0) + 512n)), 'image.malformed'],
    ['has a reserved low bit', (t) => t.setL1(0, copied | t.l2Offset(0) | 1n), 'image.malformed'],
    ['has a reserved high bit', (t) => t.setL1(0, copied | t.l2Offset(0) | (1n << 60n)), 'image.malformed'],
    ['says that nothing is used once', (t) => t.setL1(1, copied), 'image.malformed'],
    ['names a table beyond the file', (t) => t.setL1(0, copied | end), 'image.truncated'],
    ['names a table at 2^55', (t) => t.setL1(0, copied | (1n << 55n)), 'image.malformed'],
    ['names a table at 2^52', (t) => t.setL1(0, copied | (1n << 52n)), 'image.truncated'],
    ['names one table twice', (t) => t.setL1(1, copied | t.l2Offset(0)), 'image.malformed'],
    ['names itself', (t) => t.setL1(0, copied | BigInt(t.l1Offset)), 'image.malformed'],
    ['names the refcount table', (t) => t.setL1(0, copied | t.refcountTableOffset), 'image.malformed'],
    [
      'names a refcount block',
      (t) => t.setL1(0, copied | t.view.getBigUint64(Number(t.refcountTableOffset))),
      'image.malformed',
    ],
    ['is emptied', (t) => [0, 1].forEach((index) => t.setL1(index, 0n)), 'read'],
  ];
  it.each(cases)('that %s', (_title, change, expected) => {
    expect(outcome(plain, change)).toBe(expected);
  });
});

describe('an L2 table with', () => {
  const end = BigInt(plain.length);
  const cases: readonly (readonly [string, Change, string])[] = [
    ['a cluster between clusters', (t) => t.setEntry(7, copied | 4608n), 'image.malformed'],
    ['a zero cluster between clusters', (t) => t.setEntry(7, copied | 4608n | 1n), 'image.malformed'],
    ['a reserved low bit', (t) => t.setEntry(7, t.entry(7) | 2n), 'image.malformed'],
    ['a reserved high bit', (t) => t.setEntry(7, t.entry(7) | (1n << 57n)), 'image.malformed'],
    ['an offset of 0 that is used once', (t) => t.setEntry(7, copied), 'image.malformed'],
    ['a cluster beyond the file', (t) => t.setEntry(7, copied | end), 'image.truncated'],
    ['a cluster at 2^55', (t) => t.setEntry(7, copied | (1n << 55n)), 'image.truncated'],
    ['itself as data', (t) => t.setEntry(7, copied | t.l2Offset(0)), 'image.malformed'],
    ['the other table as data', (t) => t.setEntry(7, copied | t.l2Offset(1)), 'image.malformed'],
    ['the L1 table as data', (t) => t.setEntry(7, copied | BigInt(t.l1Offset)), 'image.malformed'],
    ['the refcount table as data', (t) => t.setEntry(7, copied | t.refcountTableOffset), 'image.malformed'],
    ['a zero flag', (t) => t.setEntry(7, 1n), 'read'],
    ['a zero flag over a cluster', (t) => t.setEntry(7, t.entry(7) | 1n), 'read'],
    ['a cluster that others use too', (t) => t.setEntry(7, t.entry(7) & ~copied), 'read'],
    ['compressed bytes in the header', (t) => t.setEntry(7, compressed | 600n), 'image.malformed'],
    ['compressed bytes beyond the file', (t) => t.setEntry(7, compressed | end), 'image.truncated'],
    ['compressed bytes used once', (t) => t.setEntry(7, copied | compressed | 4096n), 'image.malformed'],
    ['compressed bytes at 2^56', (t) => t.setEntry(7, compressed | (1n << 56n)), 'image.malformed'],
    ['compressed bytes that are none', (t) => t.setEntry(7, compressed | 8192n), 'image.malformed'],
  ];
  it.each(cases)('%s', (_title, change, expected) => {
    expect(outcome(plain, change)).toBe(expected);
  });

  it('a zero flag in version 2', () => {
    expect(outcome(plainV2, (tables) => tables.setEntry(7, tables.entry(7) | 1n))).toBe('image.malformed');
    expect(outcome(plainV2, () => {})).toBe('read');
  });

  it('zeros and holes: told apart, and joined', () => {
    const tables = new Tables(plain);
    for (const index of [3, 4, 5]) tables.setEntry(index, 1n);
    tables.setEntry(6, tables.entry(6) | 1n);
    for (const index of [7, 8]) tables.setEntry(index, 0n);
    const found = tiledExtents(openBytes(tables.bytes)).slice(0, 4);
    expect(
      found.map(({ state, start, length }) => [state, start / clusterBytes, length / clusterBytes]),
    ).toEqual([
      ['stored', 0, 3],
      ['zero', 3, 4],
      ['absent', 7, 2],
      ['stored', 9, (data.length - 9 * clusterBytes) / clusterBytes],
    ]);
  });

  it('only what a walk touches is refused', () => {
    const tables = new Tables(plain);
    tables.setEntry(200, copied | 4608n);
    const reader = openBytes(tables.bytes);
    const before: Extent[] = tiledExtents(reader, { start: 0, length: 200 * clusterBytes });
    expect(before.length).toBe(1);
    expect(codeOf(() => tiledExtents(reader, { start: 200 * clusterBytes, length: 1 }))).toBe(
      'image.malformed',
    );
  });
});

describe('compressed clusters', () => {
  it.each([
    ['zlib', zlib],
    ['zstd', zstd],
  ])('of %s that are damaged end in a Failure or in a cluster', (_type, image) => {
    const reader = openBytes(image);
    const extents = tiledExtents(reader).filter((extent) => extent.state === 'encoded');
    const outcomes = new Set<string>();
    const into = new Uint8Array(clusterBytes);
    for (let index = 0; index < 64; index++) {
      const extent = extents[index]!;
      const bytes = image.slice(0, extent.fileOffset + extent.encodedBytes);
      bytes[extent.fileOffset + ((index * 37) % 200)]! ^= 1 << (index % 8);
      const source = new MemorySource(bytes);
      outcomes.add(codeOf(() => reader.decode!({ ...extent, source }, into)));
    }
    for (const code of outcomes) expect(['read', 'image.malformed', 'image.truncated']).toContain(code);
    expect(outcomes.has('image.malformed')).toBe(true);
  });

  it('whose bytes the file cuts off are truncated', () => {
    const reader = openBytes(zlib);
    const extent = tiledExtents(reader).find(({ state }) => state === 'encoded')!;
    if (extent.state !== 'encoded') throw new Error('none');
    const source = new MemorySource(zlib.subarray(0, extent.fileOffset + 100));
    const into = new Uint8Array(clusterBytes);
    expect(codeOf(() => reader.decode!({ ...extent, source, encodedBytes: 100 }, into))).toBe(
      'image.truncated',
    );
  });

  it('at the end of a file that ends within a sector are read', () => {
    const bytes = imageOf(shapeOf(clusterBytes, 'zlib', options), [{ at: 0, bytes: prose(clusterBytes, 2) }]);
    const view = new DataView(bytes.buffer);
    const [extent] = tiledExtents(openBytes(bytes));
    if (extent?.state !== 'encoded') throw new Error('it is not compressed');
    // The same cluster once more, after all else, with nothing behind its last byte.
    const length = lengthOfStream(bytes.subarray(extent.fileOffset, extent.fileOffset + extent.encodedBytes));
    const moved = new Uint8Array(bytes.length + length);
    moved.set(bytes);
    moved.set(bytes.subarray(extent.fileOffset, extent.fileOffset + length), bytes.length);
    const l2 = Number(view.getBigUint64(Number(view.getBigUint64(40))) & offsetMask);
    const sectors = BigInt(Math.ceil(length / 512) - 1);
    new DataView(moved.buffer).setBigUint64(l2, compressed | (sectors << 58n) | BigInt(bytes.length));
    expect(length % 512).not.toBe(0);
    expect(Buffer.compare(readWhole(openBytes(moved)), prose(clusterBytes, 2))).toBe(0);
    const cut = moved.subarray(0, moved.length - 1);
    expect(codeOf(() => readWhole(openBytes(cut)))).toBe('image.truncated');
    const cutMore = moved.subarray(0, bytes.length);
    expect(codeOf(() => readWhole(openBytes(cutMore)))).toBe('image.truncated');
  });
});

describe('extended L2 entries', () => {
  /** A v3 image of one L2 table with 16-byte entries, made by hand: header, L1, refcounts, L2, data. */
  function extendedImage(entries: readonly (readonly [bigint, bigint])[]): Uint8Array {
    const size = 16384;
    const bytes = new Uint8Array(size * 8);
    const view = new DataView(bytes.buffer);
    [0x514649fb, 3].forEach((value, index) => view.setUint32(index * 4, value));
    view.setUint32(20, 14);
    view.setBigUint64(24, BigInt(entries.length * size));
    view.setUint32(36, 1);
    view.setBigUint64(40, BigInt(size));
    view.setBigUint64(48, BigInt(2 * size));
    view.setUint32(56, 1);
    view.setBigUint64(72, 16n);
    view.setUint32(96, 4);
    view.setUint32(100, 104);
    view.setBigUint64(size, copied | BigInt(4 * size));
    view.setBigUint64(2 * size, BigInt(3 * size));
    for (const [index, [entry, bitmap]] of entries.entries()) {
      view.setBigUint64(4 * size + index * 16, entry);
      view.setBigUint64(4 * size + index * 16 + 8, bitmap);
    }
    bytes.fill(0xab, 5 * size);
    return bytes;
  }
  const cluster = copied | BigInt(5 * 16384);

  it('follow the bitmap, subcluster by subcluster', () => {
    const image = extendedImage([
      [cluster, 0x0000_0002_0000_0001n],
      [0n, 0x8000_0000_0000_0000n],
      [cluster + 16384n, 0xffff_ffffn],
      [cluster + 32768n, 0xffff_ffffn],
    ]);
    const found = tiledExtents(openBytes(image)).map(({ state, start, length }) => [
      state,
      start / 512,
      length / 512,
    ]);
    expect(found).toEqual([
      ['stored', 0, 1],
      ['zero', 1, 1],
      ['absent', 2, 61],
      ['zero', 63, 1],
      ['stored', 64, 64],
    ]);
  });

  it.each([
    ['both allocated and zero', cluster, 0x1_0000_0001n],
    ['allocated without a cluster', 0n, 1n],
    ['with the zero flag of plain entries', cluster | 1n, 1n],
  ])('%s are malformed', (_title, entry, bitmap) => {
    expect(codeOf(() => readWhole(openBytes(extendedImage([[entry, bitmap]]))))).toBe('image.malformed');
  });
});

describe('an external data file', () => {
  /** The plain image with a data file that holds the disk, each cluster at its own offset. */
  function outside(change: Change): { bytes: Uint8Array; guest: Uint8Array } {
    const tables = new Tables(plain);
    tables.view.setBigUint64(72, 4n);
    tables.view.setUint32(104, 0x44415441);
    tables.view.setUint32(108, 5);
    tables.bytes.set(new TextEncoder().encode('guest'), 112);
    for (let index = 0; index < 512; index++) tables.setEntry(index, copied | BigInt(index * clusterBytes));
    tables.setL1(1, 0n);
    change(tables);
    return { bytes: tables.bytes, guest: noise(2 << 20, 8) };
  }
  const read = (change: Change, guestBytes = 2 << 20): Uint8Array => {
    const { bytes, guest } = outside(change);
    let closed = 0;
    const reader = qcow2.open(new MemorySource(bytes), {
      openReference: ({ name, format }) => {
        expect([name, format]).toEqual(['guest', 'raw']);
        const source = new MemorySource(guest.subarray(0, guestBytes), 'guest');
        source.close = () => void closed++;
        return source;
      },
    });
    const whole = readWhole(reader).subarray(0, 2 << 20);
    reader.close();
    expect(closed).toBe(1);
    return whole;
  };

  it('is read at the offsets of the disk, the first one too', () => {
    expect(
      Buffer.compare(
        read(() => {}),
        noise(2 << 20, 8),
      ),
    ).toBe(0);
  });

  it('is refused where it is too short, compressed, or mapped otherwise', () => {
    expect(codeOf(() => read(() => {}, 1 << 20))).toBe('image.truncated');
    expect(codeOf(() => read((tables) => tables.setEntry(3, compressed | 4096n)))).toBe('image.malformed');
    expect(codeOf(() => read((tables) => tables.setEntry(3, copied | 4096n)))).toBe('image.malformed');
    expect(codeOf(() => read((tables) => tables.setEntry(3, copied)))).toBe('image.malformed');
  });
});

/** How long the deflate stream at the start of `bytes` is: the shortest beginning that inflates to a whole cluster. */
function lengthOfStream(bytes: Uint8Array): number {
  const reader = openBytes(zlib);
  const extent = tiledExtents(reader).find(({ state }) => state === 'encoded')!;
  if (extent.state !== 'encoded') throw new Error('none');
  const into = new Uint8Array(clusterBytes);
  for (let length = 1; length <= bytes.length; length++) {
    const source = new MemorySource(bytes.subarray(0, length));
    const whole = codeOf(() =>
      reader.decode!({ ...extent, source, fileOffset: 0, encodedBytes: length }, into),
    );
    if (whole === 'read') return length;
  }
  throw new Error('it never ends');
}
