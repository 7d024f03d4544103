// What a conversion reads and writes, counted by strace: figures that do not depend on how busy the machine is.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Span } from '#shared/domain/image.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';
import { coverage, parseTrace, traceConversion, traceOperation, type Trace } from './traced-convert.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;

/** 300 MiB with 10 of data, which lie on the grid of chunks and are far from where formats have their signatures. */
const sizeBytes = 300 * mebibyte;
const data: readonly Span[] = [
  { start: 8 * mebibyte, length: 6 * mebibyte },
  { start: 40 * mebibyte, length: mebibyte },
  { start: 201 * mebibyte, length: 3 * mebibyte },
];
const dataBytes = 10 * mebibyte;
/** Everything else, but for the first and the last MiB: there formats are looked for. */
const holes: readonly Span[] = [
  { start: mebibyte, length: 7 * mebibyte },
  { start: 14 * mebibyte, length: 26 * mebibyte },
  { start: 41 * mebibyte, length: 160 * mebibyte },
  { start: 204 * mebibyte, length: 95 * mebibyte },
];

const raw = writeRawDisk(
  at('disk.raw'),
  sizeBytes,
  data.map(({ start, length }, index) => ({ at: start, bytes: noise(length, index + 1) })),
);

const text = writeRawDisk(at('text.raw'), 32 * mebibyte, [{ at: mebibyte, bytes: prose(12 * mebibyte, 8) }]);

function bytesIn(spans: readonly Span[]): number {
  return spans.reduce((sum, { length }) => sum + length, 0);
}

describeWith(['strace', 'qemu-img'], 'a conversion, as the system sees it', () => {
  const qcow2 = at('disk.qcow2');
  execFileSync(toolPath('qemu-img') ?? 'qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2]);
  /** Where qemu-img says that the data lies in the file. */
  const stored = (
    JSON.parse(
      execFileSync(toolPath('qemu-img') ?? 'qemu-img', ['map', '--output=json', qcow2], { encoding: 'utf8' }),
    ) as readonly { data: boolean; offset?: number; length: number }[]
  )
    .filter((extent) => extent.data)
    .map(({ offset, length }) => ({ start: offset!, length }));

  const trace = (source: string, format: string, workers: number): Promise<Trace> =>
    traceConversion(
      {
        source: { path: source },
        target: { format },
        outputPath: at(`out-${workers}.${format}`),
        force: true,
      },
      workers,
      folder,
    );

  /** Of every 64 KiB, the first 2 KiB are looked at. */
  const peekedBytes = (bytes: number): number => (bytes / 65536) * 2048;

  it.each([
    ['raw', 0],
    ['raw', 2],
    ['qcow2', 0],
    ['qcow2', 2],
  ] as const)(
    'of a raw disk to %s copies its data in the kernel, with %i threads',
    async (format, workers) => {
      const traced = await trace(raw, format, workers);
      expect(coverage(traced.copies(raw), data)).toEqual({ once: dataBytes, again: 0 });
      expect(coverage(traced.copies(raw), holes)).toEqual({ once: 0, again: 0 });
      const reads = traced.reads(raw);
      expect(coverage(reads, data)).toEqual({ once: peekedBytes(dataBytes), again: 0 });
      expect(coverage(reads, holes)).toEqual({ once: 0, again: 0 });
      // A chunk is copied in one piece.
      expect(traced.copies(raw).length).toBe(dataBytes / mebibyte);
    },
  );

  it.each([0, 2])('of a qcow2 copies each cluster once, with %i threads', async (workers) => {
    expect(bytesIn(stored)).toBe(dataBytes);
    const traced = await trace(qcow2, 'raw', workers);
    expect(coverage(traced.copies(qcow2), stored)).toEqual({ once: dataBytes, again: 0 });
    expect(bytesIn(traced.copies(qcow2))).toBe(dataBytes);
    const reads = traced.reads(qcow2);
    expect(coverage(reads, stored)).toEqual({ once: peekedBytes(dataBytes), again: 0 });
    // Headers and tables are read by each thread, and when the format is found out.
    expect(bytesIn(reads) - peekedBytes(dataBytes)).toBeLessThan(mebibyte * (workers + 1));
  });

  /** A disk in another format, and where qemu-img says that its data lies in the file. */
  const imageIn = (format: string): { path: string; places: readonly Span[] } => {
    const path = at(`disk.${format}.image`);
    const qemuImg = toolPath('qemu-img')!;
    execFileSync(qemuImg, ['convert', '-f', 'raw', '-O', format, raw, path]);
    const map = execFileSync(qemuImg, ['map', '--output=json', '-f', format, path], { encoding: 'utf8' });
    const extents = JSON.parse(map) as readonly { data: boolean; offset?: number; length: number }[];
    const isPlaced = extents.every(({ data: isData, offset }) => !isData || offset !== undefined);
    // Of VHDX it says no places: there it may be anywhere in the file.
    const places = isPlaced
      ? extents.flatMap(({ data: isData, offset, length }) => (isData ? [{ start: offset!, length }] : []))
      : [{ start: 0, length: statSync(path).size }];
    return { path, places };
  };

  it.each(['vdi', 'vpc', 'vhdx', 'vmdk'])(
    'of a disk in %s moves its data in the kernel, once',
    async (format) => {
      const { path, places } = imageIn(format);
      const traced = await trace(path, 'qcow2', 2);
      const storedBytes = bytesIn(places);
      expect(storedBytes).toBeGreaterThanOrEqual(dataBytes);
      const copied = coverage(traced.copies(path), places);
      // Blocks are larger than clusters: zeros in them are left out.
      expect(copied.once).toBeGreaterThanOrEqual(dataBytes);
      expect(copied.again).toBe(0);
      expect(bytesIn(traced.copies(path))).toBe(copied.once);
      const looked = coverage(traced.reads(path), places);
      // The zeros beside the data are read to be told; the data is not.
      expect(looked.once).toBeLessThanOrEqual(storedBytes - dataBytes + peekedBytes(storedBytes));
      expect(looked.again).toBeLessThan(mebibyte);
    },
  );

  it.each(['raw', 'qcow2', 'vmdk'])(
    'a hash of a disk in %s reads each byte of it once, and no hole',
    async (format) => {
      const { path, places } = imageIn(format);
      const traced = await traceOperation(
        'hash',
        'hashImage',
        `${JSON.stringify({ path })}, quietControl(2)`,
        folder,
      );
      const reads = traced.reads(path);
      const found = coverage(reads, format === 'raw' ? data : places);
      expect(found.once).toBe(format === 'raw' ? dataBytes : bytesIn(places));
      expect(found.again).toBe(0);
      if (format === 'raw') expect(coverage(reads, holes)).toEqual({ once: 0, again: 0 });
      // Headers and tables, by each thread.
      expect(bytesIn(reads) - found.once).toBeLessThan(3 * mebibyte);
    },
  );

  it('of compressed clusters that stay as they are reads each once, and decodes nothing', async () => {
    const path = at('packed.qcow2');
    execFileSync(toolPath('qemu-img')!, ['convert', '-c', '-f', 'raw', '-O', 'qcow2', text, path]);
    const traced = await traceConversion(
      {
        source: { path },
        target: { format: 'qcow2', variant: 'zlib' },
        outputPath: at('packed-again.qcow2'),
        force: true,
      },
      2,
      folder,
    );
    const size = statSync(path).size;
    const again = statSync(at('packed-again.qcow2')).size;
    // Tables are read by each thread, and the last byte of a cluster shares its sector with the next one's first.
    expect(bytesIn(traced.reads(path))).toBeLessThan(size + 2 * mebibyte);
    expect(Math.abs(again - size)).toBeLessThan(0.02 * size);
  });

  it('reads all of what looks like zeros, once, and leaves out what is', async () => {
    const unsure = writeRawDisk(at('unsure.raw'), 32 * mebibyte, [
      { at: 8 * mebibyte, bytes: new Uint8Array(mebibyte) },
      // Data that begins behind the first 2 KiB.
      { at: 16 * mebibyte, bytes: new Uint8Array(65536).fill(7, 4096) },
    ]);
    const traced = await trace(unsure, 'qcow2', 2);
    const looked = [
      { start: 8 * mebibyte, length: mebibyte },
      { start: 16 * mebibyte, length: 65536 },
    ];
    expect(coverage(traced.reads(unsure), looked).once).toBe(mebibyte + 65536);
    expect(traced.copies(unsure)).toEqual([{ start: 16 * mebibyte, length: 65536 }]);
  });

  it.each([
    ['raw', 0],
    ['qcow2', mebibyte],
    ['vdi', mebibyte],
    ['vhd', mebibyte],
    ['vhdx', 6 * mebibyte],
    ['vmdk', mebibyte],
  ] as const)('to %s makes no user-space copy, and writes little beside', async (format, metadataBytes) => {
    const traced = await trace(raw, format, 2);
    expect(bytesIn(traced.copies(raw))).toBe(dataBytes);
    expect(bytesIn(traced.writes(/platter-partial$/))).toBeLessThanOrEqual(metadataBytes);
    expect(statSync(at(`out-2.${format}`)).blocks * 512).toBeLessThan(dataBytes + 8 * mebibyte);
  });

  it('to a compressed format reads the data once, a chunk in one piece', async () => {
    const traced = await traceConversion(
      {
        source: { path: raw },
        target: { format: 'qcow2', variant: 'zlib' },
        outputPath: at('out.compressed'),
        force: true,
      },
      2,
      folder,
    );
    const reads = traced.reads(raw);
    expect(coverage(reads, data)).toEqual({ once: dataBytes, again: 0 });
    const large = reads.filter(({ start }) => start >= 8 * mebibyte && start < 204 * mebibyte);
    expect(large.length).toBe(dataBytes / mebibyte);
  });
});

it('calls that another thread interrupted are put together', () => {
  const log = [
    '11 pread64(20</a/disk.raw>,  <unfinished ...>',
    '12 pwrite64(21</a/out>, ""..., 10, 30) = 10',
    '11 <... pread64 resumed>""..., 65536, 4096) = 512',
    '12 copy_file_range(20</a/disk.raw>, [8192 => 8492], 21</a/out>, [30 => 330], 400, 0) = 300',
    '12 read(3</etc/x>, ""..., 100) = 5',
  ].join('\n');
  const trace = parseTrace(log);
  expect(trace.reads('/a/disk.raw')).toEqual([{ start: 4096, length: 512 }]);
  expect(trace.writes(/out$/)).toEqual([{ start: 30, length: 10 }]);
  expect(() => trace.reads('/etc/x')).toThrow(/not known/);
  expect(trace.copies('/a/disk.raw')).toEqual([{ start: 8192, length: 300 }]);
  expect(
    coverage(
      [
        { start: 0, length: 10 },
        { start: 5, length: 10 },
      ],
      [{ start: 2, length: 10 }],
    ),
  ).toEqual({
    once: 10,
    again: 5,
  });
});
