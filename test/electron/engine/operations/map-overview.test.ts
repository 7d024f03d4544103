/** The overview of a map: its cells tile the span and add up to what the extents say, however many extents there are. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExtentState } from '#shared/domain/image.ts';
import { overviewOfMap } from '#engine/operations/map-overview.ts';
import { describeWith } from '../../../setup/tools.ts';
import { qemuImg } from '../disks/image-files.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';
import { mapImage } from '../whole-map.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 2 ** 20;

describe('an overview', () => {
  it('has cells that tile what was asked for, and say where in the file the first byte lies', () => {
    const path = writeRawDisk(at('a.raw'), 64 * mebibyte, [{ at: 32 * mebibyte, bytes: noise(mebibyte) }]);
    const overview = overviewOfMap(
      { source: { path, format: 'raw' }, span: { start: 30 * mebibyte, length: 2 ** 40 }, cells: 7 },
      quietControl(),
    );
    expect(overview.span).toEqual({ start: 30 * mebibyte, length: 34 * mebibyte });
    expect(overview.cells).toHaveLength(7);
    let end = overview.span.start;
    for (const cell of overview.cells) {
      expect(cell.start).toBe(end);
      expect(cell.sums.stored + cell.sums.encoded + cell.sums.zero + cell.sums.absent).toBe(cell.length);
      end += cell.length;
    }
    expect(end).toBe(64 * mebibyte);
    expect(overview.sums.stored).toBe(mebibyte);
    const filled = overview.cells.filter(({ depth }) => depth === 0);
    expect(filled.map(({ fileOffset }) => fileOffset)).toEqual([32 * mebibyte]);
  });

  it('has no more cells than there are sectors, and none of an empty disk', () => {
    const path = writeRawDisk(at('small.raw'), 1024, [{ at: 512, bytes: noise(512) }]);
    const source = { path, format: 'raw' };
    expect(overviewOfMap({ source, cells: 4096 }, quietControl()).cells).toHaveLength(2);
    const beyond = overviewOfMap({ source, span: { start: 4096, length: 9 }, cells: 5 }, quietControl());
    expect(beyond).toMatchObject({ span: { start: 1024, length: 0 }, cells: [] });
  });
});

describeWith(['qemu-img'], 'an overview of a chain', () => {
  it('adds up to the extents of the map, state by state and layer by layer', () => {
    writeRawDisk(at('base.raw'), 16 * mebibyte, [
      { at: 0, bytes: noise(3 * mebibyte) },
      { at: 9 * mebibyte, bytes: noise(70_000) },
    ]);
    qemuImg('convert', '-f', 'raw', '-O', 'qcow2', '-c', at('base.raw'), at('base.qcow2'));
    qemuImg('create', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', at('top.qcow2'));
    const source = { path: at('top.qcow2') };
    const { extents } = mapImage(source, quietControl());
    const overview = overviewOfMap({ source, cells: 100 }, quietControl());
    const sumOf = (state: ExtentState): number =>
      extents.reduce((sum, extent) => sum + (extent.state === state ? extent.length : 0), 0);
    for (const state of ['stored', 'encoded', 'zero', 'absent'] as const) {
      expect(overview.sums[state], state).toBe(sumOf(state));
    }
    expect(overview.sums.stored + overview.sums.encoded).toBeGreaterThan(3 * mebibyte);
    expect(overview.layers.map(({ path }) => path)).toEqual([at('top.qcow2'), at('base.qcow2')]);
    expect(overview.layers.map(({ dataBytes }) => dataBytes)).toEqual([
      0,
      overview.sums.stored + overview.sums.encoded,
    ]);
  });
});
