// Overlays that we write: qemu-img reads them over their backing image to the bytes that were given.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { noContent } from '#engine/disks/content-identity.ts';
import type { TargetShape } from '#engine/disks/driver.ts';
import { writePlain } from '#engine/disks/placing.ts';
import { writeEncoded } from '../write-encoded.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import { isZero } from '#engine/bytes/zeros.ts';
import { Failure } from '#shared/failure.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise, prose } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { MemorySink } from './memory-sink.ts';
import { openBytes, readPath } from './whole-disk.ts';

// Programs are run; a machine with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const run = (...args: string[]): string =>
  execFileSync('qemu-img', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const creation = qcow2.creation!;

const baseBytes = 3 << 20;
const capacityBytes = (4 << 20) + 512;
/** What the overlay must read as: the base, with ranges written and others told to be zeros. */
const base = prose(baseBytes, 1);

interface Step {
  readonly kind: 'data' | 'zeros';
  readonly at: number;
  readonly length: number;
}

/** In units of 64 KiB, so that every cluster size has whole ones; the last is cut by the capacity. */
const steps: readonly Step[] = [
  { kind: 'zeros', at: 0, length: 65536 },
  { kind: 'data', at: 131072, length: 131072 },
  { kind: 'zeros', at: 262144, length: 524288 },
  { kind: 'data', at: 1048576, length: 65536 },
  { kind: 'data', at: 1048576 + 65536, length: 65536 },
  { kind: 'zeros', at: 2 << 20, length: 1 << 20 },
  { kind: 'data', at: 4 << 20, length: 512 },
];

function shapeOver(options: TargetShape['options'], variant: string, format = 'raw'): TargetShape {
  const backing = { name: `base.${format}`, format, capacityBytes: baseBytes };
  return { capacityBytes, variant, options, backing };
}

function writeOverlay(shape: TargetShape): { image: Uint8Array; expected: Uint8Array } {
  const expected = new Uint8Array(capacityBytes);
  expected.set(base);
  const sink = new MemorySink();
  const writer = creation.writer(sink, shape);
  const encoder = creation.encoder!(shape);
  const unitBytes = creation.unitBytes(shape);
  for (const { kind, at: start, length } of steps) {
    if (kind === 'zeros') {
      writer.writeZeros!(start, length);
      expected.fill(0, start, start + length);
      continue;
    }
    const data = length > 512 ? prose(length, start) : noise(length, start);
    expected.set(data, start);
    if (encoder === null) {
      writePlain(writer, start, data);
      continue;
    }
    const encoded = new Uint8Array(encoder.maximumBytes);
    for (let offset = 0; offset < length; offset += unitBytes) {
      const unit = new Uint8Array(unitBytes);
      unit.set(data.subarray(offset, offset + unitBytes));
      const count = isZero(unit) ? -1 : encoder.encode(unit, encoded);
      writeEncoded(writer, start + offset, count < 0 ? unit : encoded.subarray(0, count), count < 0);
    }
  }
  writer.finish(noContent);
  return { image: sink.bytes.slice(), expected };
}

describeWith('qemu-img', 'overlays', () => {
  const optionSets: readonly TargetShape['options'][] = [
    {},
    { cluster_size: 512 },
    { compat: '0.10' },
    { compat: '0.10', cluster_size: 1024 },
    { extended_l2: true },
    { extended_l2: true, cluster_size: 16384 },
  ];
  const targets = ['plain', 'zlib', 'zstd'].flatMap((variant) =>
    optionSets
      .filter((options) => variant !== 'zstd' || options['compat'] === undefined)
      .map((options) => ({ variant, options, title: `${variant} ${JSON.stringify(options)}` })),
  );

  it.each(targets)('$title', ({ variant, options }) => {
    writeFileSync(at('base.raw'), base);
    run('convert', '-f', 'raw', '-O', 'qcow2', 'base.raw', 'base.qcow2');
    for (const format of ['raw', 'qcow2']) {
      const { image, expected } = writeOverlay(shapeOver(options, variant, format));
      writeFileSync(at('over.qcow2'), image);
      expect(run('check', 'over.qcow2')).toContain('No errors were found');
      run('convert', '-O', 'raw', 'over.qcow2', 'judge.raw');
      expect(Buffer.compare(readFileSync(at('judge.raw')), expected)).toBe(0);
      const info = JSON.parse(run('info', '--output=json', 'over.qcow2')) as Record<string, unknown>;
      expect(info['backing-filename']).toBe(`base.${format}`);
      expect(info['backing-filename-format']).toBe(format);
    }
    expect(
      Buffer.compare(readPath(at('over.qcow2')), writeOverlay(shapeOver(options, variant)).expected),
    ).toBe(0);
  });

  it('name a fixed VHD as qemu does, and it is found again by our name', () => {
    writeFileSync(at('base.raw'), base);
    run('convert', '-f', 'raw', '-O', 'vpc', '-o', 'subformat=fixed,force_size=on', 'base.raw', 'base.vhd');
    const { image, expected } = writeOverlay(shapeOver({}, 'plain', 'vhd'));
    writeFileSync(at('over.qcow2'), image);
    run('convert', '-O', 'raw', 'over.qcow2', 'judge.raw');
    expect(Buffer.compare(readFileSync(at('judge.raw')), expected)).toBe(0);
    expect(openBytes(image).parent).toEqual({ name: 'base.vhd', format: 'vhd' });
  });

  it('of preallocated images the file has room for all, and takes little on the disk', () => {
    const shape = { capacityBytes: 64 << 20, variant: 'plain', options: { preallocation: 'metadata' } };
    const sink = new MemorySink();
    creation.writer(sink, shape).finish(noContent);
    writeFileSync(at('full.qcow2'), sink.bytes);
    expect(statSync(at('full.qcow2')).size).toBe(creation.outputSize(shape, () => 0).bytes);
    const map = JSON.parse(run('map', '--output=json', 'full.qcow2')) as { offset?: number }[];
    expect(map.every(({ offset }) => offset !== undefined)).toBe(true);
    expect(run('check', 'full.qcow2')).toContain('1024/1024 = 100.00% allocated');
  });
});

describe('what excludes each other', () => {
  const refusal = (options: TargetShape['options'], variant = 'plain', over = false): string => {
    const shape = over ? shapeOver(options, variant) : { capacityBytes, variant, options };
    try {
      creation.writer(new MemorySink(), shape);
    } catch (error) {
      if (error instanceof Failure) return error.code;
      throw error;
    }
    return 'written';
  };

  it('is refused before anything is written', () => {
    expect(refusal({ extended_l2: true, compat: '0.10' })).toBe('input.invalid');
    expect(refusal({ extended_l2: true, cluster_size: 8192 })).toBe('input.invalid');
    expect(refusal({ preallocation: 'metadata' }, 'zlib')).toBe('input.invalid');
    expect(refusal({ preallocation: 'metadata' }, 'plain', true)).toBe('input.invalid');
    expect(refusal({ extended_l2: true, preallocation: 'metadata' })).toBe('written');
  });

  it('is a long name and a small cluster', () => {
    const shape = (length: number, cluster_size: number): TargetShape => ({
      ...shapeOver({ cluster_size }, 'plain'),
      backing: { name: 'n'.repeat(length), format: 'raw', capacityBytes: baseBytes },
    });
    expect(() => creation.writer(new MemorySink(), shape(1023, 65536))).not.toThrow();
    expect(() => creation.writer(new MemorySink(), shape(1024, 65536))).toThrow(/does not fit/);
    expect(() => creation.writer(new MemorySink(), shape(400, 512))).toThrow(/does not fit/);
  });
});
