// convert with a backing image: what differs is stored, what became zero is said, and qemu-img judges the chain.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { convert, planConversion } from '#engine/operations/convert.ts';
import { describeWith } from '../../../setup/tools.ts';
import { qemuImg } from '../disks/image-files.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';
import { mapImage } from '../whole-map.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;
const size = 8 * mebibyte + 512;

/** Data in the first megabytes, a hole, data at the end. */
const base = writeRawDisk(at('base.raw'), size, [
  { at: 0, bytes: prose(3 * mebibyte, 1) },
  { at: 6 * mebibyte, bytes: noise(2 * mebibyte + 512, 2) },
]);
/** The same, but: one cluster changed, a megabyte cleared, a megabyte added, the last bytes changed. */
const changed = writeRawDisk(at('changed.raw'), size, [
  { at: 0, bytes: prose(3 * mebibyte, 1) },
  { at: 65_536 + 100, bytes: noise(50, 3) },
  { at: mebibyte, bytes: new Uint8Array(mebibyte) },
  { at: 4 * mebibyte, bytes: noise(mebibyte, 4) },
  { at: 6 * mebibyte, bytes: noise(2 * mebibyte + 512, 2) },
  { at: size - 100, bytes: new Uint8Array(100) },
]);
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const shows = (path: string, raw: string): void =>
  expect(qemuImg('compare', '-f', 'qcow2', '-F', 'raw', path, raw)).toContain('identical');

describeWith('qemu-img', 'an overlay of what differs', () => {
  it.each(['plain', 'zlib', 'zstd'])(
    'stores only that (%s), the same bytes with any number of threads',
    (variant) => {
      const paths = [0, 1, 2].map((workers) => {
        mkdirSync(at(`${variant}-${workers}`));
        const outputPath = at(`${variant}-${workers}/over.qcow2`);
        const target = { format: 'qcow2', variant, backing: { path: base } };
        const control = quietControl(workers);
        const result = convert({ source: { path: changed }, outputPath, target }, control);
        expect(result).toMatchObject({ verified: true, virtualSizeBytes: size });
        expect(control.phases.map(({ phase }) => phase)).toContain('verifying');
        shows(outputPath, changed);
        qemuImg('check', '-q', outputPath);
        return outputPath;
      });
      expect(new Set(paths.map(sha256)).size).toBe(1);
      const { extents } = mapImage({ path: paths[0]!, allowed: [base] }, quietControl());
      const own = extents.filter(({ depth }) => depth === 0);
      const lengths = (state: RegExp): number =>
        own.reduce((sum, extent) => sum + (state.test(extent.state) ? extent.length : 0), 0);
      // One changed cluster, a new megabyte, and the last two clusters: the last bytes lie in both.
      expect(lengths(/stored|encoded/)).toBeLessThanOrEqual(mebibyte + 3 * 65_536);
      expect(lengths(/zero/)).toBeGreaterThanOrEqual(mebibyte);
      expect(statSync(paths[0]!).size).toBeLessThan(2 * mebibyte);
    },
  );

  it('is nothing but tables when nothing differs', () => {
    const outputPath = at('same.qcow2');
    const target = { format: 'qcow2', backing: { path: base } };
    convert({ source: { path: base }, outputPath, target }, quietControl(2));
    shows(outputPath, base);
    expect(statSync(outputPath).size).toBeLessThan(mebibyte / 2);
  });

  it('clears what the backing image has where the source has nothing, also behind the end of either', () => {
    const empty = writeRawDisk(at('empty.raw'), size, []);
    const long = writeRawDisk(at('long.raw'), 3 * size, [{ at: 2 * size, bytes: noise(5000, 7) }]);
    for (const [source, backing, capacityBytes] of [
      [empty, base, size],
      [changed, long, size],
      [long, base, 3 * size],
      [changed, long, 3 * size],
    ] as const) {
      const outputPath = at('cleared.qcow2');
      const target = { format: 'qcow2', backing: { path: backing } };
      convert({ source: { path: source }, outputPath, target, capacityBytes, force: true }, quietControl(2));
      const expected = writeRawDisk(at('expected.raw'), capacityBytes, [
        { at: 0, bytes: readFileSync(source) },
      ]);
      shows(outputPath, expected);
    }
  });

  it('rebases an overlay onto another base, and onto another overlay', () => {
    const second = at('second.qcow2');
    convert(
      { source: { path: base }, outputPath: second, target: { format: 'qcow2', backing: { path: changed } } },
      quietControl(),
    );
    const third = at('third.qcow2');
    convert(
      { source: { path: second }, outputPath: third, target: { format: 'qcow2', backing: { path: base } } },
      quietControl(),
    );
    shows(third, base);
    expect(statSync(third).size).toBeLessThan(mebibyte / 2);
    const fourth = at('fourth.qcow2');
    convert(
      {
        source: { path: changed },
        outputPath: fourth,
        target: { format: 'qcow2', backing: { path: second } },
      },
      quietControl(2),
    );
    shows(fourth, changed);
    const plan = planConversion(
      {
        source: { path: changed },
        outputPath: at('plan.qcow2'),
        target: { format: 'qcow2', backing: { path: second } },
      },
      quietControl(),
    );
    expect(plan.losses).toEqual([]);
    expect(plan).toMatchObject({ outputIsExact: true, fileSizeBytes: statSync(fourth).size });
  });

  it('is read back through its chain, also where the backing image lies elsewhere', () => {
    mkdirSync(at('elsewhere'));
    const middle = at('elsewhere/middle.qcow2');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', base, '-F', 'raw', middle);
    const outputPath = at('top.qcow2');
    const refused = { format: 'qcow2', backing: { path: middle } };
    const request = { source: { path: changed }, outputPath };
    expect(() => convert({ ...request, target: refused }, quietControl())).toThrow('reference.denied');
    const target = { format: 'qcow2', backing: { path: middle, allowed: [base] } };
    convert({ ...request, target }, quietControl());
    shows(outputPath, changed);
  });

  it('never takes the place of the image under it', () => {
    const before = sha256(base);
    const target = { format: 'qcow2', backing: { path: base } };
    const request = { source: { path: changed }, outputPath: base, target, force: true };
    expect(() => convert(request, quietControl())).toThrow('input.invalid');
    expect(sha256(base)).toBe(before);
  });
});

describeWith('qemu-img', 'flatten', () => {
  const chain = [at('one.qcow2'), at('two.qcow2'), at('three.qcow2')] as const;
  const flat = at('flat.raw');

  it('writes a chain of three as one file', () => {
    const contents = [
      [{ at: 0, bytes: noise(mebibyte, 11) }],
      [
        { at: 0, bytes: noise(mebibyte, 11) },
        { at: 500_000, bytes: noise(300_000, 12) },
      ],
      [
        { at: 0, bytes: noise(mebibyte, 11) },
        { at: 500_000, bytes: noise(300_000, 12) },
        { at: 5 * mebibyte, bytes: prose(100_000) },
      ],
    ];
    for (const [index, path] of chain.entries()) {
      const source = { path: writeRawDisk(at('state.raw'), size, contents[index]!) };
      const backing = index === 0 ? {} : { backing: { path: chain[index - 1]! } };
      convert({ source, outputPath: path, target: { format: 'qcow2', ...backing } }, quietControl());
    }
    qemuImg('convert', '-O', 'raw', chain[2], flat);
    const target = { format: 'qcow2', variant: 'zlib' };
    const request = { source: { path: chain[2] }, outputPath: at('flat.qcow2'), target };
    expect(planConversion(request, quietControl()).losses).toEqual([
      'the chain of 3 images: the output stands alone',
    ]);
    convert(request, quietControl(2));
    shows(request.outputPath, flat);
    expect(qemuImg('info', request.outputPath)).not.toContain('backing');
  });

  it('writes a snapshot as one file', () => {
    const path = at('snapshots.qcow2');
    qemuImg('convert', '-f', 'raw', '-O', 'qcow2', base, path);
    qemuImg('snapshot', '-c', 'before', path);
    const raw = at('now.raw');
    writeFileSync(raw, readFileSync(changed));
    qemuImg('convert', '-n', '-f', 'raw', '-O', 'qcow2', raw, path);
    const theirs = at('theirs.raw');
    qemuImg('convert', '-l', 'before', '-O', 'raw', path, theirs);
    for (const workers of [0, 2]) {
      const outputPath = at(`snapshot-${workers}.vmdk`);
      const request = { source: { path, snapshot: 'before' }, outputPath, target: { format: 'vmdk' } };
      convert(request, quietControl(workers));
      expect(qemuImg('compare', '-f', 'vmdk', '-F', 'raw', outputPath, theirs)).toContain('identical');
    }
    const now = { source: { path }, outputPath: at('now.qcow2'), target: { format: 'qcow2' } };
    expect(planConversion(now, quietControl()).losses).toEqual(['1 internal snapshot']);
    expect(() => convert({ ...now, source: { path, snapshot: 'after' } }, quietControl())).toThrow(
      /input\.invalid|image\./,
    );
  });
});

describe('a part of a disk', () => {
  it('is a disk of its own, and one that reaches beyond the end is refused', () => {
    const outputPath = at('part.raw');
    const volume = { start: 6 * mebibyte, length: mebibyte };
    convert({ source: { path: base, volume }, outputPath, target: { format: 'raw' } }, quietControl(2));
    const expected = readFileSync(base).subarray(6 * mebibyte, 7 * mebibyte);
    expect(readFileSync(outputPath).equals(expected)).toBe(true);
    const beyond = { path: base, volume: { start: 8 * mebibyte, length: mebibyte } };
    const request = { source: beyond, outputPath: at('beyond.raw'), target: { format: 'raw' } };
    expect(() => convert(request, quietControl())).toThrow('image.truncated');
  });
});
