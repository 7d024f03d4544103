// Copies as they are: the same file, byte for byte, holes and all; what would not stand alone is refused.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import type { Journal } from '#engine/control.ts';
import { diskDrivers } from '#engine/disks/registry.ts';
import { convert, planConversion } from '#engine/operations/convert.ts';
import { measureImage } from '#engine/operations/measure.ts';
import type { ConversionRequest } from '#shared/domain/conversion.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import { failureOf } from '../../../fixtures/packages/recording.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';
import { coverage, traceConversion } from './traced-convert.ts';
import { saying } from '../../../setup/saying.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
mkdirSync(at('elsewhere'));
const MiB = 2 ** 20;
const capacityBytes = 24 * MiB + 512;
const raw = writeRawDisk(at('disk.raw'), capacityBytes, [
  { at: 0, bytes: prose(6 * MiB, 1) },
  { at: 9 * MiB + 4096, bytes: noise(5 * MiB, 2) },
  { at: capacityBytes - 700, bytes: noise(700, 3) },
]);

const asIs = { format: 'as-is' };

function image(format: string, variant?: string): string {
  const path = at(`${format}-${variant ?? 'first'}.image`);
  if (existsSync(path)) return path;
  const target = { format, ...(variant === undefined ? {} : { variant }) };
  convert({ source: { path: raw, format: 'raw' }, outputPath: path, target }, quietControl());
  return path;
}

const inOneFile = diskDrivers.flatMap(({ id, creation }) =>
  (creation?.variants ?? [])
    .filter(({ id: variant }) => !/flat|twoGb/i.test(variant))
    .map((variant) => [id, variant.id] as const),
);

describe('a copy as it is', () => {
  it.each(inOneFile)('of %s %s is the same file, foreseen to the byte', (format, variant) => {
    const path = image(format, variant);
    const request = { source: { path, format }, outputPath: `${path}.copy`, target: asIs };
    // As long as it takes: a person waits less, and is told less then.
    const plan = planConversion(request, quietControl(), 60_000);
    const { size } = statSync(path);
    expect(plan).toMatchObject({ sourceFormat: format, targetFormat: format, fileSizeBytes: size });
    const result = convert(request, quietControl(2));
    expect(result).toMatchObject({ format, fileSizeBytes: size, verified: true });
    expect(result.virtualSizeBytes).toBe(plan.virtualSizeBytes);
    expect(plan.outputIsExact).toBe(true);
    expect(readFileSync(request.outputPath).equals(readFileSync(path))).toBe(true);
    expect(result.allocatedBytes).toBeLessThanOrEqual(statSync(path).blocks * 512 + 4096);
    expect(measureImage({ source: request.source, target: asIs }, quietControl())).toMatchObject({
      targetFormat: format,
      virtualSizeBytes: plan.virtualSizeBytes,
      fileSizeBytes: size,
      // What is set aside and not written yet is no hole any more to some systems, once it was read.
      ...(variant === 'preallocated' ? {} : { outputBytes: plan.outputBytes }),
      outputIsExact: true,
    });
  });

  it('of a compressed file is the image in it', () => {
    const path = image('qcow2', 'zlib');
    const packed = at('packed.qcow2.gz');
    writeFileSync(packed, gzipSync(readFileSync(path)));
    const request = { source: { path: packed }, outputPath: at('unpacked.qcow2'), target: asIs };
    expect(planConversion(request, quietControl())).toMatchObject({
      targetFormat: 'qcow2',
      losses: ['what the image is packed in (gzip)'],
    });
    convert(request, quietControl(2));
    expect(readFileSync(request.outputPath).equals(readFileSync(path))).toBe(true);
  });

  it('says that identifiers are the same in both', () => {
    const path = image('vdi');
    const plan = planConversion(
      { source: { path }, outputPath: at('twin.vdi'), target: asIs },
      quietControl(),
    );
    expect(plan.warnings).toMatchObject([{ code: 'copy.same-identity' }]);
  });

  it('goes on where it was cut off', () => {
    vi.stubEnv('PLATTER_CHECKPOINT_MILLISECONDS', '0');
    const records: Uint8Array[] = [];
    const journal: Journal = {
      records,
      append: (record) => void records.push(record),
      clear: () => void (records.length = 0),
    };
    const path = image('vhdx');
    const request = { source: { path }, outputPath: at('cut.vhdx'), target: asIs };
    const first = quietControl(0, Number.POSITIVE_INFINITY, journal);
    const { advance } = first;
    let chunks = 0;
    const cut = Object.assign(first, {
      advance(bytes: number) {
        advance(bytes);
        if (++chunks === 3) first.suspend();
      },
    });
    expect(failureOf(() => convert(request, cut)).code).toBe('operation.interrupted');
    const second = quietControl(0, Number.POSITIVE_INFINITY, journal);
    convert(request, second);
    expect(second.notes).toMatchObject([{ kind: 'deflate' }, { kind: 'resumed' }]);
    expect(readFileSync(request.outputPath).equals(readFileSync(path))).toBe(true);
    vi.unstubAllEnvs();
  });

  it.each<[string, Partial<ConversionRequest>]>([
    ['a variant', { target: { ...asIs, variant: 'zlib' } }],
    ['an option', { target: { ...asIs, options: { cluster_size: 65536 } } }],
    ['a backing image', { target: { ...asIs, backing: { path: raw } } }],
    ['a compression', { target: { ...asIs, wrapper: 'gzip' } }],
    ['another size', { capacityBytes: 64 * MiB }],
    ['a snapshot', { source: { path: image('qcow2'), snapshot: 'one' } }],
    ['a partition', { source: { path: image('qcow2'), volume: { start: 0, length: MiB } } }],
  ])('with %s is no copy', (_, more) => {
    const request = { source: { path: image('qcow2') }, outputPath: at('no'), target: asIs, ...more };
    expect(failureOf(() => planConversion(request, quietControl())).code).toBe('input.invalid');
    expect(failureOf(() => convert(request, quietControl())).code).toBe('input.invalid');
    expect(existsSync(at('no'))).toBe(false);
  });

  it('does not take one file of several', () => {
    const path = at('split.vmdk');
    const target = { format: 'vmdk', variant: 'twoGbMaxExtentSparse' };
    convert({ source: { path: raw, format: 'raw' }, outputPath: path, target }, quietControl());
    const failure = failureOf(() =>
      convert({ source: { path }, outputPath: at('no'), target: asIs }, quietControl()),
    );
    expect(failure).toMatchObject({ code: 'input.invalid' });
    expect(failure.details).toMatchObject({
      problem: saying(/lies in 2: convert it to vmdk/),
    });
    expect(existsSync(at('no'))).toBe(false);
  });

  it('of an overlay stays beside its parent', () => {
    const base = image('qcow2');
    const path = at('over.qcow2');
    const changed = writeRawDisk(at('changed.raw'), capacityBytes, [{ at: MiB, bytes: noise(MiB, 9) }]);
    const target = { format: 'qcow2', backing: { path: base } };
    convert({ source: { path: changed, format: 'raw' }, outputPath: path, target }, quietControl());
    const copyTo = (outputPath: string) => (): unknown =>
      convert({ source: { path }, outputPath, target: asIs }, quietControl());
    copyTo(at('over-copy.qcow2'))();
    expect(readFileSync(at('over-copy.qcow2')).equals(readFileSync(path))).toBe(true);
    const failure = failureOf(copyTo(at('elsewhere/over.qcow2')));
    expect(failure).toMatchObject({ code: 'input.invalid' });
    expect(failure.details).toMatchObject({ problem: saying(new RegExp(basename(base))) });
  });

  it('is never written over what it is read from', () => {
    const path = image('vhd');
    const before = readFileSync(path);
    const request = { source: { path }, outputPath: path, target: asIs, force: true };
    expect(failureOf(() => convert(request, quietControl())).code).toBe('input.invalid');
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describeWith('qemu-img', 'a copy as it is, judged by qemu-img', () => {
  const qemuNames: Readonly<Record<string, string>> = { vhd: 'vpc' };
  it.each(['qcow2', 'vdi', 'vhd', 'vhdx', 'vmdk'])('of %s is the same disk', (format) => {
    const path = image(format);
    const copy = `${path}.judged`;
    convert({ source: { path }, outputPath: copy, target: asIs }, quietControl(2));
    const name = qemuNames[format] ?? format;
    const words = ['compare', '-f', 'raw', '-F', name, raw, copy];
    expect(execFileSync(toolPath('qemu-img')!, words, { encoding: 'utf8' })).toContain('identical');
  });

  it('keeps snapshots and refcounts', () => {
    const path = at('snapshot.qcow2');
    writeFileSync(path, readFileSync(image('qcow2')));
    execFileSync(toolPath('qemu-img')!, ['snapshot', '-c', 'kept', path]);
    const copy = at('snapshot-copy.qcow2');
    convert({ source: { path }, outputPath: copy, target: asIs }, quietControl(2));
    const listed = execFileSync(toolPath('qemu-img')!, ['snapshot', '-l', copy], { encoding: 'utf8' });
    expect(listed).toContain('kept');
    execFileSync(toolPath('qemu-img')!, ['check', copy]);
  });
});

describeWith('strace', 'a copy as it is, as the system sees it', () => {
  it('moves inside the kernel, each byte once, and reads no hole', async () => {
    const path = writeRawDisk(at('holes.raw'), 200 * MiB, [
      { at: 8 * MiB, bytes: noise(4 * MiB, 5) },
      { at: 120 * MiB, bytes: noise(2 * MiB, 6) },
    ]);
    const data = [
      { start: 8 * MiB, length: 4 * MiB },
      { start: 120 * MiB, length: 2 * MiB },
    ];
    const holes = [
      { start: MiB, length: 7 * MiB },
      { start: 12 * MiB, length: 108 * MiB },
      { start: 122 * MiB, length: 77 * MiB },
    ];
    const request = { source: { path }, outputPath: at('holes.copy'), target: asIs };
    const traced = await traceConversion(request, 2, folder);
    expect(coverage(traced.copies(path), data)).toEqual({ once: 6 * MiB, again: 0 });
    expect(coverage(traced.copies(path), holes)).toEqual({ once: 0, again: 0 });
    expect(coverage(traced.reads(path), holes)).toEqual({ once: 0, again: 0 });
    expect(coverage(traced.reads(path), data).again).toBe(0);
    expect(traced.writes(/platter-partial$/)).toEqual([]);
  });
});
