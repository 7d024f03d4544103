// What a conversion reads and writes, counted by strace: figures that do not depend on how busy the machine is.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Span } from '#shared/domain/image.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';
import { coverage, parseTrace, traceConversion, type Trace } from './traced-convert.ts';

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

  it.each([0, 2])(
    'of a raw disk reads its data once and of its holes nothing, with %i threads',
    async (workers) => {
      const reads = (await trace(raw, 'qcow2', workers)).reads(raw);
      expect(coverage(reads, data)).toEqual({ once: dataBytes, again: 0 });
      expect(coverage(reads, holes)).toEqual({ once: 0, again: 0 });
    },
  );

  it.each([0, 2])('of a qcow2 reads each cluster once, with %i threads', async (workers) => {
    expect(bytesIn(stored)).toBe(dataBytes);
    const reads = (await trace(qcow2, 'raw', workers)).reads(qcow2);
    expect(coverage(reads, stored)).toEqual({ once: dataBytes, again: 0 });
    // Headers and tables are read by each thread, and when the format is found out.
    expect(bytesIn(reads) - dataBytes).toBeLessThan(mebibyte * (workers + 1));
  });

  it.each([
    ['raw', 0],
    ['qcow2', mebibyte],
    ['vdi', mebibyte],
    ['vhdx', 6 * mebibyte],
  ] as const)('to %s writes the data once and little beside', async (format, metadataBytes) => {
    const writes = (await trace(raw, format, 2)).writes(/platter-partial$/);
    expect(bytesIn(writes)).toBeGreaterThanOrEqual(dataBytes);
    // A VDI's blocks are 1 MiB, a VHDX' 2 MiB: the rest of the last one of a run is not written either.
    expect(bytesIn(writes)).toBeLessThanOrEqual(dataBytes + metadataBytes);
    expect(statSync(at(`out-2.${format}`)).blocks * 512).toBeLessThan(dataBytes + 8 * mebibyte);
  });

  it('makes no call per sector: chunks are read and written in one piece', async () => {
    const traced = await trace(raw, 'raw', 2);
    const large = traced.reads(raw).filter(({ start }) => start >= 8 * mebibyte && start < 204 * mebibyte);
    expect(large.length).toBe(dataBytes / mebibyte);
    expect(traced.writes(/platter-partial$/).length).toBeLessThan(dataBytes / mebibyte + 8);
  });
});

it('calls that another thread interrupted are put together', () => {
  const log = [
    '11 pread64(20</a/disk.raw>,  <unfinished ...>',
    '12 pwrite64(21</a/out>, ""..., 10, 30) = 10',
    '11 <... pread64 resumed>""..., 65536, 4096) = 512',
    '12 read(3</etc/x>, ""..., 100) = 5',
  ].join('\n');
  const trace = parseTrace(log);
  expect(trace.reads('/a/disk.raw')).toEqual([{ start: 4096, length: 512 }]);
  expect(trace.writes(/out$/)).toEqual([{ start: 30, length: 10 }]);
  expect(() => trace.reads('/etc/x')).toThrow(/not known/);
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
