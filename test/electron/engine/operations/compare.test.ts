import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareImages } from '#engine/operations/compare.ts';
import { convert } from '#engine/operations/convert.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';
import { traceOperation } from './traced-convert.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;
const data = noise(8 * mebibyte);
const sizeBytes = 64 * mebibyte;
const raw = writeRawDisk(at('disk.raw'), sizeBytes, [{ at: 4 * mebibyte, bytes: data }]);
const changedAt = 9 * mebibyte + 12_345;
const changed = writeRawDisk(at('changed.raw'), sizeBytes, [
  { at: 4 * mebibyte, bytes: data },
  { at: changedAt, bytes: Uint8Array.of(data[changedAt - 4 * mebibyte]! ^ 1) },
]);

describe('compareImages', () => {
  for (const variant of ['plain', 'zlib']) {
    const base = at(`base-${variant}.qcow2`);
    const top = at(`top-${variant}.qcow2`);
    const target = { format: 'qcow2', variant };
    convert({ source: { path: raw }, outputPath: base, target }, quietControl());
    const over = { ...target, backing: { path: base } };
    convert({ source: { path: changed }, outputPath: top, target: over }, quietControl());

    it.each([0, 2])(
      `finds the first byte that differs in what was written over ${variant}, %i workers`,
      (workers) => {
        for (const pair of [[base, top] as const, [top, base] as const, [raw, top] as const]) {
          const { identical, firstDifference } = compareImages(
            { path: pair[0] },
            { path: pair[1] },
            quietControl(workers),
          );
          expect({ identical, firstDifference }).toEqual({ identical: false, firstDifference: changedAt });
        }
        expect(compareImages({ path: changed }, { path: top }, quietControl(workers)).identical).toBe(true);
      },
    );

    it(`takes what both have from the same place of ${variant} for the same`, () => {
      const control = quietControl();
      expect(compareImages({ path: top }, { path: top }, control).identical).toBe(true);
      expect(control.phases).toMatchObject([{ totalBytes: 0 }]);
      const other = quietControl();
      compareImages({ path: base }, { path: top }, other);
      expect(other.phases[0]!.totalBytes).toBe(65_536);
    });
  }

  it.each([0, 2])('tells where they differ all over the disk, %i workers', (workers) => {
    const many = writeRawDisk(at(`many-${workers}.raw`), sizeBytes, [
      { at: 4 * mebibyte, bytes: data },
      { at: 5 * mebibyte + 7, bytes: Uint8Array.of(data[mebibyte + 7]! ^ 1) },
      { at: 6 * mebibyte, bytes: Uint8Array.of(data[2 * mebibyte]! ^ 1) },
      { at: 40 * mebibyte - 1, bytes: Uint8Array.of(1) },
    ]);
    const compared = compareImages({ path: raw }, { path: many }, quietControl(workers), true);
    expect(compared).toMatchObject({ identical: false, firstDifference: 5 * mebibyte + 7 });
    const { cells, stretches, ...counts } = compared.differences!;
    expect(stretches).toEqual([
      { start: 5 * mebibyte + 7, length: 2 * mebibyte - 7 },
      { start: 40 * mebibyte - 1, length: 1 },
    ]);
    expect(counts).toMatchObject({
      blockBytes: mebibyte,
      cellBytes: mebibyte,
      stretchCount: 2,
      differentBytes: cells.reduce((sum, { different }) => sum + different, 0),
      comparedBytes: cells.reduce((sum, { compared: bytes }) => sum + bytes, 0),
    });
    expect(cells).toHaveLength(64);
    const differing = cells.flatMap(({ different }, index) => (different > 0 ? [index] : []));
    expect(differing).toEqual([5, 6, 39]);
    expect(cells[20]).toEqual({ compared: 0, different: 0 });
    const same = compareImages({ path: raw }, { path: raw }, quietControl(workers), true);
    expect(same.differences).toMatchObject({ differentBytes: 0, stretchCount: 0, stretches: [] });
  });

  it('does not take what was decoded for the bytes of the file', () => {
    const wrapped = at('disk.raw.gz');
    convert(
      { source: { path: raw }, outputPath: wrapped, target: { format: 'raw', wrapper: 'gzip' } },
      quietControl(),
    );
    const asItLies = { path: wrapped, format: 'raw' };
    expect(compareImages({ path: wrapped }, asItLies, quietControl()).identical).toBe(false);
    expect(compareImages({ path: wrapped }, { path: raw }, quietControl()).identical).toBe(true);
  });
});

describeWith(['qemu-img', 'strace'], 'comparing two overlays of one image', () => {
  it('reads nothing of what both show of it', async () => {
    const base = at('shared.qcow2');
    const qemuImg = toolPath('qemu-img')!;
    execFileSync(qemuImg, ['convert', '-f', 'raw', '-O', 'qcow2', raw, base]);
    const overlays = ['one.qcow2', 'two.qcow2'].map(at);
    for (const path of overlays) {
      execFileSync(qemuImg, ['create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', path], {
        cwd: folder,
      });
    }
    const references = overlays.map((path) => JSON.stringify({ path, allowed: [base] })).join(', ');
    const trace = await traceOperation('compare', 'compareImages', `${references}, quietControl(0)`, folder);
    const bytes = trace.reads(base).reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThan(mebibyte);
  });
});
