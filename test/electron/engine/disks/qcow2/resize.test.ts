// Resizing in place: qemu-img finds no error and no leak afterwards, the old bytes, and zeros behind them.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { imageOf, shapeOf } from './memory-sink.ts';
import { patched } from './patched-image.ts';

// Programs are run; a machine with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const mebi = 1 << 20;

function resize(image: Uint8Array, capacityBytes: number): Uint8Array | null {
  const patch = qcow2.resize!(new MemorySource(image), capacityBytes);
  return patch === null ? null : patched(image, patch);
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'done';
}

/** What qemu-img makes of it: no complaint, that size, and the disk's first bytes. */
function judge(image: Uint8Array, capacityBytes: number, disk: Uint8Array): void {
  writeFileSync(at('resized.qcow2'), image);
  expect(run('qemu-img', 'check', 'resized.qcow2')).toContain('No errors were found');
  const info = JSON.parse(run('qemu-img', 'info', '--output=json', 'resized.qcow2')) as Record<
    string,
    unknown
  >;
  expect(info['virtual-size']).toBe(capacityBytes);
  writeRawDisk(at('judge.raw'), capacityBytes, [{ at: 0, bytes: disk }]);
  run('qemu-img', 'compare', '-f', 'raw', '-F', 'qcow2', 'judge.raw', 'resized.qcow2');
}

describeWith('qemu-img', 'resizing in place', () => {
  const disk = noise(mebi, 1);
  const piece = [{ at: 0, bytes: disk }];

  it.each([
    ['within the L1 table', 2 * mebi, {}],
    ['within the cluster of the L1 table', 3 * 2 ** 30, { cluster_size: 4096 }],
    ['with an L1 table that moves', 100 * mebi, { cluster_size: 512 }],
    ['of version 2', 64 * mebi, { cluster_size: 512, compat: '0.10' }],
    ['with refcounts of one bit', 64 * mebi, { cluster_size: 512, refcount_bits: '1' }],
    ['with refcounts of 64 bits', 1024 * mebi, { cluster_size: 2048, refcount_bits: '64' }],
    ['with subclusters', 2 ** 40, { cluster_size: 16384, extended_l2: true }],
    ['compressed', 5 * 2 ** 40, { variant: 'zlib' }],
  ])(
    'grows %s',
    (_title, capacityBytes, { variant = 'plain', ...options }: Record<string, string | number | boolean>) => {
      const image = imageOf(shapeOf(mebi, String(variant), options), piece);
      judge(resize(image, capacityBytes)!, capacityBytes, disk);
    },
  );

  it('grows and is written to by qemu', () => {
    const image = imageOf(shapeOf(mebi, 'plain', { cluster_size: 512 }), piece);
    writeFileSync(at('grown.qcow2'), resize(image, 200 * mebi)!);
    run('qemu-io', '-f', 'qcow2', '-c', 'write -P 7 199M 64k', '-c', 'read -P 7 199M 64k', 'grown.qcow2');
    expect(run('qemu-img', 'check', 'grown.qcow2')).toContain('No errors were found');
  });

  it('shrinks where nothing is stored behind', () => {
    const image = imageOf(shapeOf(512 * mebi), piece);
    judge(resize(image, mebi)!, mebi, disk);
    judge(resize(resize(image, mebi)!, 2 * mebi)!, 2 * mebi, disk);
    expect(codeOf(() => resize(image, mebi - 65536))).toBe('input.invalid');
    expect(codeOf(() => resize(image, mebi - 512))).toBe('input.invalid');
    expect(codeOf(() => resize(image, 1000))).toBe('input.invalid');
  });

  it('does not bring back what lay behind the end of the last cluster', () => {
    const image = imageOf(shapeOf(65536), [{ at: 0, bytes: prose(65536, 2) }]);
    writeFileSync(at('cut.qcow2'), image);
    run('qemu-img', 'resize', '--shrink', 'cut.qcow2', '1024');
    judge(resize(new Uint8Array(readFileSync(at('cut.qcow2'))), mebi)!, mebi, prose(65536, 2).slice(0, 1024));
  });

  it('keeps snapshots as large as they were', () => {
    writeFileSync(at('snapped.qcow2'), imageOf(shapeOf(mebi, 'plain', { cluster_size: 512 }), piece));
    run('qemu-img', 'snapshot', '-c', 'before', 'snapped.qcow2');
    const grown = resize(new Uint8Array(readFileSync(at('snapped.qcow2'))), 100 * mebi)!;
    judge(grown, 100 * mebi, disk);
    expect(qcow2.open(new MemorySource(grown), { openReference: neverOpened }).snapshots).toMatchObject([
      { name: 'before', virtualSizeBytes: mebi },
    ]);
  });

  it('says where it takes a copy, and what is beyond the format', () => {
    writeFileSync(at('base.qcow2'), imageOf(shapeOf(mebi), piece));
    run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', 'over.qcow2');
    expect(resize(new Uint8Array(readFileSync(at('over.qcow2'))), 2 * mebi)).toBe(null);
    const image = imageOf(shapeOf(mebi, 'plain', { cluster_size: 512 }), []);
    expect(codeOf(() => resize(image, 2 ** 45))).toBe('image.unsupported');
    const zlib = imageOf(shapeOf(mebi - 512, 'zlib'), [{ at: 0, bytes: prose(mebi - 512, 3) }]);
    expect(resize(zlib, 2 * mebi)).toBe(null);
    const dirty = imageOf(shapeOf(mebi), []);
    dirty[79]! |= 1;
    expect(codeOf(() => resize(dirty, 2 * mebi))).toBe('image.unsupported');
  });
});

function neverOpened(): never {
  throw new Error('no other file is named');
}
