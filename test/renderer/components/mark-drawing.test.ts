/** Marks of formats: stable, readable, and there for ids that nobody has thought of. */
import { describe, expect, it } from 'vitest';
import { drawMark } from '../../../renderer/components/mark-drawing.ts';

describe('marks', () => {
  it.each([
    ['qcow2', 'QC2'],
    ['vmdk', 'VMD'],
    ['raw', 'RAW'],
    ['x-y', 'XY'],
    ['', '?'],
    ['日本', '?'],
  ])('%s has the letters %s', (id, letters) => {
    expect(drawMark(id).letters).toBe(letters);
  });

  it('are the same every time, and within what the tokens hold', () => {
    for (const id of ['qcow2', 'vmdk', 'raw', 'ova', 'vhdx', 'a-format-of-tomorrow', '']) {
      const mark = drawMark(id);
      expect(drawMark(id)).toEqual(mark);
      expect(mark.hue).toBeGreaterThanOrEqual(0);
      expect(mark.hue).toBeLessThan(6);
      expect(mark.turn).toBeLessThan(360);
      expect(mark.sweep).toBeGreaterThanOrEqual(70);
      expect(mark.sweep).toBeLessThan(190);
    }
  });

  it('use the hues they have', () => {
    const ids = Array.from({ length: 200 }, (_, index) => `format${index}`);
    expect(new Set(ids.map((id) => drawMark(id).hue)).size).toBe(6);
  });
});
