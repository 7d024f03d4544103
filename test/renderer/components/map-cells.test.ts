/** The map's cells: folded they still tile the disk, zooming stays on it, and a cell is said in words. */
import { afterEach, describe, expect, it } from 'vitest';
import type { MapCell } from '#shared/domain/image.ts';
import { setLanguage } from '#shared/language.ts';
import { speak } from '#shared/text/languages.ts';
import { cellWords, foldCells, zoomed } from '../../../renderer/components/map-cells.ts';

const cell = (start: number, length: number, stored: number, depth: number | null = 0): MapCell => ({
  start,
  length,
  sums: { stored, encoded: 0, zero: 0, absent: length - stored },
  depth: stored > 0 ? depth : null,
  fileOffset: stored > 0 ? start + 100 : null,
});

describe('folding', () => {
  const cells = Array.from({ length: 101 }, (_, index) =>
    cell(index * 1000, 1000, index % 3 === 0 ? 400 : 0),
  );

  it('keeps what tiles the disk and what is stored on it', () => {
    const folded = foldCells(cells, 10);
    expect(folded.length).toBeLessThanOrEqual(10);
    let end = 0;
    for (const { start, length } of folded) {
      expect(start).toBe(end);
      end += length;
    }
    expect(end).toBe(101_000);
    expect(folded.reduce((sum, { sums }) => sum + sums.stored, 0)).toBe(34 * 400);
    expect(foldCells(cells, 500)).toBe(cells);
  });

  it('takes the layer that has the most, and where its first byte lies', () => {
    const [folded] = foldCells([cell(0, 10, 2, 0), cell(10, 10, 9, 3), cell(20, 10, 8, 3)], 1);
    expect(folded).toMatchObject({ depth: 3, fileOffset: 110, sums: { stored: 19 } });
  });
});

describe('zooming', () => {
  const size = 2 ** 40;

  it('stays on the disk, keeps to sectors, and ends in the whole', () => {
    expect(zoomed({ start: 0, length: size }, 1 / 8, 5, size)).toEqual({ start: 0, length: 2 ** 37 });
    const atEnd = zoomed({ start: 0, length: size }, 1 / 8, size, size)!;
    expect(atEnd.start + atEnd.length).toBe(size);
    expect(zoomed({ start: 4096, length: 65_536 }, 1 / 8, 9999, size)).toEqual({ start: 0, length: 32_768 });
    expect(zoomed({ start: 0, length: 2 ** 38 }, 8, 0, size)).toBeNull();
    expect(zoomed({ start: 0, length: 1000 }, 1 / 8, 0, 1000)).toBeNull();
  });
});

describe('words', () => {
  afterEach(() => setLanguage('en', {}));

  const layers = ['/i/top.qcow2', '/i/base.raw'].map((path) => ({
    path,
    format: 'x',
    virtualSizeBytes: 1,
    dataBytes: 1,
  }));

  it('name the state, the layer and the place in the file', () => {
    expect(cellWords(cell(0, 1000, 1000, 1), layers)).toBe('data in base.raw, from byte 0x64 of its file');
    expect(cellWords(cell(0, 1000, 0), layers)).toBe('not allocated');
    expect(cellWords(cell(0, 1000, 4, 0), layers)).toBe(
      'under 1 % data, 100 % not allocated in top.qcow2, from byte 0x64 of its file',
    );
  });

  it('are all of them in the language in force', async () => {
    await speak('de');
    expect(cellWords({ ...cell(0, 1000, 4, 0), fileOffset: null }, [])).toBe(
      'unter 1 % Daten, 100 % nicht belegt',
    );
  });
});
