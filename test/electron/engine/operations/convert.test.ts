import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { compareImages } from '#engine/operations/compare.ts';
import { convert, planConversion } from '#engine/operations/convert.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { describeWith } from '../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';
import { mapImage } from '../whole-map.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);

/** 24 MiB: over what is done without threads. Data, holes, stored zeros, an odd end. */
const sizeBytes = (24 << 20) + 512;
const source = writeRawDisk(at('source.raw'), sizeBytes, [
  { at: 0, bytes: prose(6 << 20, 1) },
  { at: (8 << 20) + 4096, bytes: noise(5 << 20, 2) },
  { at: 16 << 20, bytes: new Uint8Array(1 << 20) },
  { at: sizeBytes - 700, bytes: noise(700, 3) },
]);
const sha256 = createHash('sha256').update(readFileSync(source)).digest('hex');
const partials = (): string[] => readdirSync(folder).filter((name) => name.startsWith('.'));
afterEach(() => expect(partials()).toEqual([]));

describe('hash', () => {
  it.each([0, 1, 2, 3])('is the SHA-256 of what the guest sees, with %i threads', (workers) => {
    const control = quietControl(workers);
    expect(hashImage({ path: source }, control)).toEqual({ sha256, virtualSizeBytes: sizeBytes });
    expect(control.phases).toMatchObject([{ phase: 'hashing', totalBytes: sizeBytes, doneBytes: sizeBytes }]);
  });
});

describe('compare', () => {
  const copy = at('copy.raw');
  it.each([0, 2])('finds the first byte that differs, with %i threads', (workers) => {
    const bytes = readFileSync(source);
    writeFileSync(copy, bytes);
    const same = compareImages({ path: source }, { path: copy }, quietControl(workers));
    expect(same).toMatchObject({ identical: true, firstDifference: null, paddedWithZeros: false });
    for (const offset of [0, 7 << 20, (8 << 20) + 4096 + 77, sizeBytes - 1]) {
      const changed = Buffer.from(bytes);
      changed[offset]! ^= 1;
      writeFileSync(copy, changed);
      const answer = compareImages({ path: source }, { path: copy }, quietControl(workers));
      expect(answer).toMatchObject({ identical: false, firstDifference: offset });
    }
  });

  it('takes a longer disk for equal when the rest is zeros', () => {
    writeRawDisk(copy, sizeBytes + 10_000, [{ at: 0, bytes: readFileSync(source) }]);
    const answer = compareImages({ path: copy }, { path: source }, quietControl());
    expect(answer).toEqual({
      identical: true,
      firstDifference: null,
      virtualSizesBytes: [sizeBytes + 10_000, sizeBytes],
      paddedWithZeros: true,
    });
    writeRawDisk(copy, sizeBytes + 10_000, [
      { at: 0, bytes: readFileSync(source) },
      { at: sizeBytes + 5000, bytes: new Uint8Array([1]) },
    ]);
    const other = compareImages({ path: source }, { path: copy }, quietControl());
    expect(other).toMatchObject({ identical: false, firstDifference: sizeBytes + 5000 });
  });
});

const targets = [
  ['raw', 'sparse'],
  ['qcow2', 'plain'],
  ['qcow2', 'zlib'],
  ['qcow2', 'zstd'],
  ['vmdk', 'monolithicSparse'],
  ['vmdk', 'streamOptimized'],
] as const;

describeWith('qemu-img', 'convert', () => {
  it.each(targets)(
    'writes %s %s that qemu-img finds identical, the same bytes with any number of threads',
    (format, variant) => {
      const digests = new Set<string>();
      for (const workers of [0, 1, 2, 3, 8]) {
        const outputPath = at(`out-${format}-${variant}-${workers}`);
        const control = quietControl(workers);
        const result = convert(
          { source: { path: source }, outputPath, target: { format, variant } },
          control,
        );
        expect(result).toMatchObject({
          path: outputPath,
          format,
          variant,
          virtualSizeBytes: sizeBytes,
          verified: true,
        });
        expect(result.fileSizeBytes).toBe(statSync(outputPath).size);
        expect(control.partials.size).toBe(0);
        digests.add(createHash('sha256').update(readFileSync(outputPath)).digest('hex'));
      }
      expect(digests.size).toBe(1);
      const output = at(`out-${format}-${variant}-2`);
      execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', format, source, output]);
      if (format !== 'raw') execFileSync('qemu-img', ['check', '-q', '-f', format, output]);
      expect(hashImage({ path: output }, quietControl(2)).sha256).toBe(sha256);
      const back = convert(
        { source: { path: output }, outputPath: `${output}.back`, target: { format: 'raw' } },
        quietControl(2),
      );
      expect(readFileSync(back.path).equals(readFileSync(source))).toBe(true);
    },
  );
});

describe('convert', () => {
  it('leaves holes and stored zeros out', () => {
    const outputPath = at('holes.raw');
    convert({ source: { path: source }, outputPath, target: { format: 'raw' } }, quietControl(2));
    const data = mapImage({ path: outputPath }, quietControl()).extents.filter(
      ({ state }) => state === 'stored',
    );
    const stored = data.reduce((sum, { length }) => sum + length, 0);
    expect(stored).toBeLessThan(12 << 20);
  });

  it('never reads the holes of a fixed image', () => {
    const empty = writeRawDisk(at('terabyte.raw'), 2 ** 40, [{ at: 2 ** 39, bytes: noise(4096) }]);
    const outputPath = at('terabyte.vhd');
    const control = quietControl(0);
    const target = { format: 'vhd', variant: 'fixed' };
    convert({ source: { path: empty }, outputPath, target }, control);
    const read = control.phases.reduce((sum, phase) => sum + phase.doneBytes, 0);
    expect(control.phases.map(({ phase }) => phase)).toContain('verifying');
    expect(read).toBeLessThan(8 << 20);
  });

  it('plans at least what is written', () => {
    for (const [format, variant] of targets) {
      const outputPath = at(`plan-${format}-${variant}`);
      const request = { source: { path: source }, outputPath, target: { format, variant } };
      const plan = planConversion(request, quietControl());
      expect(plan).toMatchObject({ targetFormat: format, virtualSizeBytes: sizeBytes, fits: true });
      const result = convert(request, quietControl(2));
      expect(plan.outputBytes).toBeGreaterThanOrEqual(result.allocatedBytes - 8192);
      expect(plan.outputBytes).toBeLessThan(sizeBytes * 1.2);
    }
  });

  it('refuses to replace a file, and does so when told', () => {
    const outputPath = at('there.raw');
    writeFileSync(outputPath, 'precious');
    const request = { source: { path: source }, outputPath, target: { format: 'raw' } };
    expect(() => convert(request, quietControl())).toThrow('io.exists');
    expect(readFileSync(outputPath, 'utf8')).toBe('precious');
    convert({ ...request, force: true }, quietControl());
    expect(readFileSync(outputPath).equals(readFileSync(source))).toBe(true);
  });

  it('never writes over what it reads', () => {
    const before = readFileSync(source);
    const request = {
      source: { path: source },
      outputPath: source,
      target: { format: 'qcow2' },
      force: true,
    };
    expect(() => convert(request, quietControl())).toThrow('input.invalid');
    expect(readFileSync(source).equals(before)).toBe(true);
  });

  it.each([0, 2])('stops when cancelled and leaves nothing, with %i threads', (workers) => {
    const outputPath = at(`cancelled-${workers}.qcow2`);
    const control = quietControl(workers, 3 << 20);
    const request = { source: { path: source }, outputPath, target: { format: 'qcow2', variant: 'zlib' } };
    expect(() => convert(request, control)).toThrow('operation.cancelled');
    expect(existsSync(outputPath)).toBe(false);
    expect(control.partials.size).toBe(0);
  });

  it('keeps an odd size and an empty disk', () => {
    for (const size of [1, 511, 1_000_003]) {
      const odd = writeRawDisk(at(`odd-${size}`), size, [{ at: size - 1, bytes: new Uint8Array([7]) }]);
      convert({ source: { path: odd }, outputPath: `${odd}.out`, target: { format: 'raw' } }, quietControl());
      expect(readFileSync(`${odd}.out`).equals(readFileSync(odd))).toBe(true);
    }
    const empty = writeRawDisk(at('zeros'), 3 << 20, []);
    convert(
      { source: { path: empty }, outputPath: at('zeros.qcow2'), target: { format: 'qcow2' } },
      quietControl(),
    );
    expect(compareImages({ path: empty }, { path: at('zeros.qcow2') }, quietControl()).identical).toBe(true);
  });

  it('is not fooled by a disk that begins like an image', () => {
    const inner = at('inner.qcow2');
    convert({ source: { path: source }, outputPath: inner, target: { format: 'qcow2' } }, quietControl());
    const outer = at('outer.qcow2');
    convert(
      { source: { path: inner, format: 'raw' }, outputPath: outer, target: { format: 'raw' } },
      quietControl(2),
    );
    expect(readFileSync(outer).equals(readFileSync(inner))).toBe(true);
  });
});
