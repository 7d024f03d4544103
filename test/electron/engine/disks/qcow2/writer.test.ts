// qcow2 images that we write: qemu-img finds no error and no leak in them, and the same bytes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ByteSink } from '#engine/bytes/sink.ts';
import { noContent } from '#engine/disks/content-identity.ts';
import type { TargetShape } from '#engine/disks/driver.ts';
import { writePlain } from '#engine/disks/placing.ts';
import { countUnits } from '#engine/pipeline/chunks.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { imageOf, MemorySink, shapeOf, writePieces, type Piece } from './memory-sink.ts';
import { openBytes, readWhole, tiledExtents } from './whole-disk.ts';

// Programs are run and much is compressed; a machine with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const creation = qcow2.creation!;
const mebi = 1 << 20;

/** Writes to a file whose holes stay holes. */
function writeImageFile(path: string, shape: TargetShape, pieces: readonly Piece[]): number {
  const descriptor = openSync(path, 'w');
  const sink: ByteSink = {
    write: (fileOffset, bytes) => void writeSync(descriptor, bytes, 0, bytes.length, fileOffset),
    truncate: (sizeBytes) => ftruncateSync(descriptor, sizeBytes),
  };
  const units = writePieces(sink, shape, pieces);
  closeSync(descriptor);
  return units;
}

/** Compressible and incompressible clusters in turn, so that packed and stored ones alternate. */
function mixed(lengthBytes: number, seed: number): Uint8Array {
  const bytes = prose(lengthBytes, seed);
  for (let start = 3 * 65536; start < lengthBytes; start += 4 * 65536) {
    bytes.set(noise(Math.min(65536, lengthBytes - start), seed + start), start);
  }
  return bytes;
}

interface Disk {
  readonly name: string;
  readonly sizeBytes: number;
  readonly pieces: readonly Piece[];
}

const disks: readonly Disk[] = [
  { name: 'nothing', sizeBytes: 0, pieces: [] },
  { name: 'one sector', sizeBytes: 512, pieces: [{ at: 0, bytes: noise(512, 9) }] },
  { name: '1 MiB', sizeBytes: mebi, pieces: [{ at: 0, bytes: mixed(mebi, 1) }] },
  {
    name: '10 MiB + 512',
    sizeBytes: 10 * mebi + 512,
    pieces: [{ at: 2 * mebi, bytes: mixed(8 * mebi + 512, 2) }],
  },
  { name: 'empty', sizeBytes: 64 * mebi, pieces: [] },
];
const sparse: Disk = {
  name: '3 TiB',
  sizeBytes: 3 * 2 ** 40,
  pieces: [0, 2 ** 40, 3 * 2 ** 40 - 2 * mebi].map((start, index) => ({
    at: start,
    bytes: mixed(2 * mebi, index + 3),
  })),
};

const optionSets: readonly TargetShape['options'][] = [
  {},
  { cluster_size: 512 },
  { cluster_size: 4096 },
  { cluster_size: 2 * mebi },
  { compat: '0.10' },
  { compat: '0.10', cluster_size: 1024 },
  ...['1', '2', '8', '64'].map((refcount_bits) => ({ refcount_bits, cluster_size: 16384 })),
  { extended_l2: true },
  { extended_l2: true, cluster_size: 16384, refcount_bits: '8' },
  { extended_l2: true, cluster_size: 2 * mebi },
  { preallocation: 'metadata' },
  { preallocation: 'metadata', cluster_size: 512, compat: '0.10' },
  { preallocation: 'metadata', extended_l2: true, cluster_size: 16384 },
];
const targets = ['plain', 'zlib', 'zstd'].flatMap((variant) =>
  optionSets
    .filter((options) => variant !== 'zstd' || options['compat'] === undefined)
    .filter((options) => variant === 'plain' || options['preallocation'] === undefined)
    .map((options) => ({ variant, options, title: `${variant} ${JSON.stringify(options)}` })),
);

describeWith('qemu-img', 'qemu-img agrees with what we write', () => {
  const judge = (
    { name, sizeBytes, pieces }: Disk,
    variant: string,
    options: TargetShape['options'],
  ): void => {
    const shape = shapeOf(sizeBytes, variant, options);
    writeImageFile(at('ours.qcow2'), shape, pieces);
    const report = execFileSync('qemu-img', ['check', at('ours.qcow2')], { encoding: 'utf8' });
    expect(report).toContain('No errors were found');
    const raw = writeRawDisk(at('judge.raw'), sizeBytes, pieces);
    execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'qcow2', raw, at('ours.qcow2')]);
    const spans = pieces.map((piece) => ({ start: piece.at, length: piece.bytes.length }));
    const planned = creation.outputSize(shape, (unitBytes) => countUnits(spans, unitBytes));
    const actual = statSync(at('ours.qcow2')).size;
    if (planned.exact) expect(actual, name).toBe(planned.bytes);
    else expect(actual, name).toBeLessThanOrEqual(planned.bytes);
    expect(planned.exact, name).toBe(variant === 'plain');
  };

  it.each(targets)('$title', ({ variant, options }) => {
    for (const disk of disks) judge(disk, variant, options);
  });

  it.each(['plain', 'zlib', 'zstd'])('3 TiB with little in it, %s', (variant) => {
    judge(sparse, variant, {});
    judge(sparse, variant, { cluster_size: 2 * mebi });
    expect(statSync(at('ours.qcow2')).blocks * 512).toBeLessThan(40 * mebi);
  });
});

describe('the writer', () => {
  const shape = shapeOf(10 * mebi + 512);
  const pieces = [{ at: 8 * mebi, bytes: mixed(2 * mebi + 512, 6) }];

  it('makes the same bytes of the same input', () => {
    for (const variant of ['plain', 'zlib', 'zstd']) {
      const digest = (): string =>
        createHash('sha256')
          .update(imageOf({ ...shape, variant }, pieces))
          .digest('hex');
      expect(digest()).toBe(digest());
    }
  });

  it('reads back through our own reader', () => {
    const data = mixed(mebi + 512, 7);
    for (const { variant, options, title } of targets) {
      const bytes = readWhole(
        openBytes(imageOf(shapeOf(mebi + 512, variant, options), [{ at: 0, bytes: data }])),
      );
      expect(Buffer.compare(bytes, data), title).toBe(0);
    }
  });

  it('writes a plain run at once, across the end of an L2 table too, and joins it again when read', () => {
    // 64 entries of 512 bytes: a table covers 32 KiB.
    const small = { ...shapeOf(mebi), options: { cluster_size: 512 } };
    const sink = new MemorySink();
    writePieces(sink, small, [{ at: 0, bytes: prose(100 * 512, 1) }]);
    expect(sink.writes.filter(({ length }) => length > 512)).toEqual([
      { fileOffset: 512, length: 100 * 512 },
      // The L1 table of 32 entries is smaller than a cluster; the refcount table too.
    ]);
    const reader = openBytes(sink.bytes);
    expect(tiledExtents(reader).map(({ state, length }) => [state, length])).toEqual([
      ['stored', 100 * 512],
      ['absent', mebi - 100 * 512],
    ]);
  });

  it('leaves out of memory what the disk does not hold: L2 tables are written as they are full', () => {
    const large = shapeOf(4 * 2 ** 40);
    const offsets: number[] = [];
    const writer = creation.writer(
      { write: (fileOffset) => void offsets.push(fileOffset), truncate: () => {} },
      large,
    );
    const before = process.memoryUsage().arrayBuffers;
    const cluster = new Uint8Array(65536);
    for (let start = 0; start < large.capacityBytes; start += 512 * mebi) writePlain(writer, start, cluster);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * mebi);
    writer.finish(noContent);
    // 8192 clusters of data with a table each, then L1, refcount table, blocks, header.
    expect(offsets.length).toBeGreaterThan(2 * 8192);
    expect(offsets.at(-1)).toBe(0);
  });

  it('packs compressed clusters byte by byte', () => {
    const zlib = { ...shape, variant: 'zlib' };
    const reader = openBytes(imageOf(zlib, [{ at: 0, bytes: prose(mebi, 1) }]));
    const encoded = tiledExtents(reader).filter((extent) => extent.state === 'encoded');
    expect(encoded.length).toBe(16);
    expect(encoded.some(({ fileOffset }) => fileOffset % 512 !== 0)).toBe(true);
    // One that begins in one cluster of the file and ends in the next.
    expect(encoded.some(({ fileOffset, encodedBytes }) => (fileOffset % 65536) + encodedBytes > 65536)).toBe(
      true,
    );
  });

  it('refuses units out of order or outside the disk', () => {
    for (const offset of [65536, 0, 11 * mebi * 1024, 100]) {
      const writer = creation.writer(new MemorySink(), shape);
      writePlain(writer, 65536, new Uint8Array(65536));
      expect(() => writePlain(writer, offset, new Uint8Array(65536))).toThrow(/out of order/);
    }
  });

  it('says the feature by name in zstd images', () => {
    const bytes = Buffer.from(imageOf({ ...shape, variant: 'zstd' }, []));
    expect(bytes.readUInt32BE(100)).toBe(112);
    expect(bytes.readBigUInt64BE(72)).toBe(8n);
    expect(bytes[104]).toBe(1);
    expect(bytes.subarray(0, 200).includes('compression type')).toBe(true);
  });
});
