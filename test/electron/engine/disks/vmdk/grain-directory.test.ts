import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import {
  alone,
  bytesIn,
  countingSource,
  expectMalformed,
  expectSame,
  failureOf,
  openBytes,
  readWhole,
  tiledExtents,
} from './read-disk.ts';
import type { Span } from '#shared/domain/image.ts';
import { scratchFolder } from '../../scratch.ts';
import { descriptorText, grainOf, patched, sparseImage, type SparseImage } from './sparse-image.ts';
import { shapeOf, writePieces } from './write-disk.ts';

// Tables of 16 grains of 8 sectors: 64 KiB each, and a disk of 8 tables.
const small = { capacity: 1024, grainSize: 8, numGTEsPerGT: 16 };
const grains = Object.fromEntries(
  [0, 1, 2, 17, 18, 40, 63, 64, 127].map((grain) => [grain, grainOf(grain + 1, 8)]),
);
const expected = Buffer.alloc(1024 * 512);
for (const [grain, bytes] of Object.entries(grains)) expected.set(bytes, Number(grain) * 4096);

const doubled = sparseImage({ ...small, grains, redundant: true });
const single = sparseImage({ ...small, grains });
const stream = sparseImage({ ...small, grains, grainsAre: 'marked', footer: true, omitEmptyTables: true });

const same = (image: Uint8Array): void => expectSame(bytesIn(image), expected);
const read = (image: Uint8Array) => (): unknown => bytesIn(image);

/** Writes one 32-bit entry of a table or directory. */
function entry(image: SparseImage, sector: number, index: number, value: number): Buffer {
  return patched(image.bytes, (bytes) => bytes.writeUInt32LE(value, sector * 512 + index * 4));
}

describe('grain tables', () => {
  it('are read with and without a redundant copy, and at the end of a stream', () => {
    for (const { bytes } of [doubled, single, stream]) same(bytes);
    same(sparseImage({ ...small, grains, grainsAre: 'marked', footer: true }).bytes);
  });

  it('may all lie behind one marker', () => {
    same(sparseImage({ ...small, grains, grainsAre: 'marked', footer: true, oneTableMarker: true }).bytes);
  });

  it('hold zeroed grains, with the flag and without: sector 1 never holds a grain', () => {
    for (const zeroedFlag of [true, false]) {
      const image = sparseImage({
        ...small,
        grains: { ...grains, 3: 'zero', 4: 'zero' },
        zeroedFlag,
        version: 2,
      });
      same(image.bytes);
      const reader = openBytes(image.bytes);
      const states = tiledExtents(reader).map(({ state, start, length }) => [
        state,
        start / 4096,
        length / 4096,
      ]);
      expect(states.slice(0, 3)).toEqual([
        ['stored', 0, 3],
        ['zero', 3, 2],
        ['absent', 5, 12],
      ]);
    }
  });

  it.each([1, 8, 128, 512, 2048])('of other sizes are read, grains of %i sectors too', (grainSize) => {
    for (const numGTEsPerGT of [1, 128, 512, 1024]) {
      const bytes = grainOf(7, grainSize);
      const capacity = grainSize * 700;
      const image = sparseImage({
        capacity,
        grainSize,
        numGTEsPerGT,
        grains: { 0: bytes, 513: bytes, 699: bytes },
      });
      const reader = openBytes(image.bytes);
      const stored = tiledExtents(reader).filter(({ state }) => state === 'stored');
      expect(stored.map(({ start }) => start / 512 / grainSize)).toEqual([0, 513, 699]);
    }
  });

  it('are only read as far as the disk goes', () => {
    // Three entries of the only table are of use, and the file ends behind them.
    const image = sparseImage({ capacity: 24, grainSize: 8, grains: { 2: grainOf(1, 8) } });
    const table = image.tables[0]! * 512;
    const cut = Buffer.concat([image.bytes, image.bytes.subarray(table, table + 12)]);
    cut.writeUInt32LE(image.bytes.length / 512, image.gd * 512);
    expect(bytesIn(cut).length).toBe(24 * 512);
  });

  it('are read when a walk gets there, and once', () => {
    const counted = countingSource(single.bytes);
    const reader = vmdk.open(counted, alone);
    const isTable = (start: number): boolean => single.tables.some((sector) => sector * 512 === start);
    expect(counted.reads.filter(({ start }) => isTable(start))).toEqual([]);
    const first = reader.extents({ start: 0, length: reader.capacityBytes })[Symbol.iterator]();
    first.next();
    expect(counted.reads.filter(({ start }) => isTable(start))).toHaveLength(1);
    readWhole(reader);
    readWhole(reader);
    const bytesOfTables = counted.reads
      .filter(({ start }) => start >= single.tables[0]! * 512 && start < (single.tables[7]! + 1) * 512)
      .reduce((sum, { length }) => sum + length, 0);
    expect(bytesOfTables).toBeLessThanOrEqual(8 * 512);
  });
});

describe('tables in holes', () => {
  it('are not read, and hold nothing', () => {
    const file = join(scratchFolder(), 'holes.vmdk');
    // A disk of 64 GiB with all its tables, of which the file system stores only the one that is of use.
    const capacity = 2 ** 27;
    const shape = shapeOf(capacity * 512);
    const descriptor = openSync(file, 'w');
    const sink = {
      write: (fileOffset: number, bytes: Uint8Array) =>
        void writeSync(descriptor, bytes, 0, bytes.length, fileOffset),
      truncate: (sizeBytes: number) => ftruncateSync(descriptor, sizeBytes),
    };
    writePieces(sink, shape, [{ at: 2 ** 35, bytes: grainOf(1) }]);
    closeSync(descriptor);
    const source = new FileSource(file);
    let bytesRead = 0;
    const counted = {
      path: file,
      sizeBytes: source.sizeBytes,
      seekable: true,
      read(fileOffset: number, into: Uint8Array) {
        bytesRead += into.length;
        source.read(fileOffset, into);
      },
      runs: (span: Span) => source.runs(span),
      close: () => source.close(),
    };
    const reader = vmdk.open(counted, alone);
    expect(tiledExtents(reader).map(({ state, length }) => [state, length])).toEqual([
      ['absent', 2 ** 35],
      ['stored', 65536],
      ['absent', 2 ** 35 - 65536],
    ]);
    const holes = [...source.runs({ start: 0, length: source.sizeBytes })].some(({ hole }) => hole);
    if (holes) expect(bytesRead).toBeLessThan(512 << 10);
    reader.close();
  });
});

describe('damaged tables', () => {
  it('are never believed where the two copies differ', () => {
    for (const tables of [doubled.tables, doubled.redundantTables]) {
      const { details } = failureOf('image.malformed', read(entry(doubled, tables[1]!, 2, 0)));
      expect(details).toMatchObject({ structure: 'grain table', field: 'table 1' });
      expect(details.problem).toContain('redundant');
    }
    expectMalformed('grain directory', 'entry 1', read(entry(doubled, doubled.gd, 1, 0)));
    expectMalformed('grain directory', 'entry 1', read(entry(doubled, doubled.rgd, 1, 0)));
    // Another table's place: what is there is a table, but not this one.
    expectMalformed('grain table', 'table 1', read(entry(doubled, doubled.gd, 1, doubled.tables[2]!)));
  });

  it('do not matter to what is before them', () => {
    const reader = openBytes(entry(doubled, doubled.tables[5]!, 2, 99));
    const length = 5 * 65536;
    expect(tiledExtents(reader, { start: 0, length }).length).toBeGreaterThan(3);
    failureOf('image.malformed', () => tiledExtents(reader));
  });

  it.each([
    ['beyond the end of the file', 0xfffffff0],
    ['in the descriptor', 1],
  ])('whose place is %s have a copy that is used instead, with a warning', (_, sector) => {
    const image = entry(doubled, doubled.gd, 0, sector);
    const reader = openBytes(image);
    expectSame(readWhole(reader), expected);
    expect(reader.warnings).toMatchObject([{ code: 'vmdk.damaged-grain-table' }]);
    const other = openBytes(entry(doubled, doubled.rgd, 0, sector));
    expectSame(readWhole(other), expected);
    expect(other.warnings).toMatchObject([{ code: 'vmdk.damaged-redundant-grain-table' }]);
  });

  it('without a copy end the reading', () => {
    failureOf('image.truncated', read(entry(single, single.gd, 0, 0xfffffff0)));
    expectMalformed('grain directory', 'entry 0', read(entry(single, single.gd, 0, 1)));
    expectMalformed('grain directory', 'entry 0', read(entry(single, single.gd, 0, single.gd)));
    const both = patched(entry(doubled, doubled.gd, 0, 0xfffffff0), (bytes) =>
      bytes.writeUInt32LE(0xffffffe0, doubled.rgd * 512),
    );
    failureOf('image.truncated', read(both));
  });

  it('that map themselves, the directories, the header or the descriptor are refused', () => {
    const table = single.tables[0]!;
    for (const sector of [table, 2, single.gd]) {
      expectMalformed('grain table', 'entry 5', read(entry(single, table, 5, sector)));
    }
    const within = sparseImage({ capacity: 4096, grainSize: 8, grains: { 0: grainOf(1, 8) } });
    expectMalformed(
      'grain table',
      'entry 5',
      read(entry(within, within.tables[0]!, 5, within.tables[0]! + 3)),
    );
    const footer = entry(stream, stream.tables[0]!, 5, stream.footer);
    expectMalformed('grain table', 'entry 5', read(footer));
  });

  it('at the end of a stream are refused where their marker is not', () => {
    const { tables, gd } = stream;
    expectMalformed('Marker', 'type', read(entry(stream, gd, 0, tables[0]! + 1)));
    expectMalformed('Marker', 'type', read(entry(stream, tables[1]! - 1, 3, 2)));
    expectMalformed('Marker', 'type', () => openBytes(entry(stream, gd - 1, 3, 1)));
  });
});

describe('the grain directory', () => {
  const withField = (offset: number, value: bigint, image = doubled): Buffer =>
    patched(image.bytes, (bytes) => bytes.writeBigUInt64LE(value, offset));

  it('that cannot be where the header says has a copy that is used instead, with a warning', () => {
    for (const [offset, code] of [
      [56, 'vmdk.damaged-grain-directory'],
      [48, 'vmdk.damaged-redundant-grain-directory'],
    ] as const) {
      for (const sector of [0x10000000n, 1n << 60n]) {
        const reader = openBytes(withField(offset, sector));
        expect(reader.warnings).toMatchObject([{ code }]);
        expectSame(readWhole(reader), expected);
      }
    }
  });

  it('without a copy ends the reading', () => {
    failureOf('image.truncated', () => openBytes(withField(56, 0x10000000n, single)));
    for (const sector of [0n, 1n, 1n << 60n]) {
      expectMalformed('SparseExtentHeader', 'gdOffset', () => openBytes(withField(56, sector, single)));
    }
  });

  it('and its copy cannot lie over each other', () => {
    const sparse = sparseImage({ capacity: 8 * 16 * 300, grainSize: 8, numGTEsPerGT: 16, redundant: true });
    const image = withField(48, BigInt(sparse.gd + 1), sparse);
    expectMalformed('SparseExtentHeader', 'rgdOffset', () => openBytes(image));
  });

  it('is not looked for where there is no flag for it, or no place', () => {
    const flags = patched(withField(48, 0x10000000n), (bytes) => bytes.writeUInt32LE(1, 8));
    for (const image of [flags, withField(48, 0n), withField(48, BigInt(doubled.gd))]) {
      same(image);
      expect(openBytes(image).warnings).toEqual([]);
    }
  });

  it('longer than the file is refused, however large the disk claims to be', () => {
    for (const capacity of [1n << 20n, 1n << 28n, 1n << 33n, 1n << 43n]) {
      const image = patched(single.bytes, (bytes) => {
        bytes.writeBigUInt64LE(capacity, 12);
        bytes.writeUInt32LE(1, 44);
      });
      const memory = process.memoryUsage().arrayBuffers;
      // A directory of more than 128 MiB is none at all.
      failureOf(capacity > 1n << 28n ? 'image.malformed' : 'image.truncated', () => openBytes(image));
      expect(process.memoryUsage().arrayBuffers - memory).toBeLessThan(16 << 20);
    }
  });

  it('of many pages is walked page by page', () => {
    const capacity = 8 * 16 * 20_000;
    const image = sparseImage({
      capacity,
      grainSize: 8,
      numGTEsPerGT: 16,
      grains: { 0: grainOf(1, 8), [16 * 9000 + 3]: grainOf(2, 8), [16 * 20_000 - 1]: grainOf(3, 8) },
      grainsAre: 'marked',
      footer: true,
      omitEmptyTables: true,
      descriptor: descriptorText(capacity, 'streamOptimized'),
    });
    const reader = vmdk.open(new MemorySource(image.bytes), alone);
    expect(tiledExtents(reader).map(({ state, start }) => [state, start / 4096])).toEqual([
      ['encoded', 0],
      ['absent', 1],
      ['encoded', 144_003],
      ['absent', 144_004],
      ['encoded', 319_999],
    ]);
  });
});
