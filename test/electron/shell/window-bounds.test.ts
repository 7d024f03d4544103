import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeOn, readPlace, smallestWindow, writePlace } from '../../../electron/shell/window-bounds.ts';

const laptop = { x: 0, y: 25, width: 1440, height: 875 };
const monitor = { x: 1440, y: 0, width: 2560, height: 1440 };
const bounds = { x: 1700, y: 200, width: 1200, height: 800 };

describe('placeOn', () => {
  it('opens in the middle of the primary screen at first', () => {
    const { bounds: first, maximized } = placeOn([laptop, monitor], null);
    expect(first).toEqual({ x: 130, y: 73, width: 1180, height: 780 });
    expect(maximized).toBe(false);
  });

  it('opens where it was, on whichever screen', () => {
    expect(placeOn([laptop, monitor], { bounds, maximized: true })).toEqual({ bounds, maximized: true });
  });

  it('comes back to the primary screen when its own is gone', () => {
    const { bounds: moved } = placeOn([laptop], { bounds, maximized: false });
    expect(moved).toEqual({ x: 120, y: 63, width: 1200, height: 800 });
  });

  it.each([
    ['above', { ...bounds, x: 100, y: -40 }],
    ['below', { ...bounds, x: 100, y: 890 }],
    ['left', { ...bounds, x: -1190, y: 100 }],
    ['right', { ...bounds, x: 1400, y: 100 }],
  ])('comes back when its title bar is out of reach: %s', (_where, lost) => {
    expect(placeOn([laptop], { bounds: lost, maximized: false }).bounds.x).toBe(120);
  });

  it('may hang over the edge as long as it can be taken hold of', () => {
    const hanging = { x: -900, y: 300, width: 1200, height: 800 };
    expect(placeOn([laptop], { bounds: hanging, maximized: false }).bounds).toEqual(hanging);
  });

  it('comes back when it was wider than the screen and only its far end was within reach', () => {
    const wide = { x: -1450, y: 100, width: 1600, height: 800 };
    expect(placeOn([laptop], { bounds: wide, maximized: false }).bounds.x).toBe(0);
  });

  it('always ends within reach, and no larger than the screen', () => {
    const number = fc.integer({ min: -20_000, max: 20_000 });
    const remembered = fc.record({ x: number, y: number, width: number, height: number });
    fc.assert(
      fc.property(remembered, (anywhere) => {
        const { bounds: placed } = placeOn([laptop], { bounds: anywhere, maximized: false });
        expect(placed.width).toBeLessThanOrEqual(laptop.width);
        expect(placed.height).toBeLessThanOrEqual(laptop.height);
        expect(placed.width).toBeGreaterThanOrEqual(smallestWindow.width);
        expect(placed.y).toBeGreaterThanOrEqual(laptop.y);
        expect(placed.x + placed.width).toBeGreaterThan(laptop.x);
        expect(placed.x).toBeLessThan(laptop.x + laptop.width);
      }),
    );
  });
});

describe('the remembered place', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'platter-place-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is read as it was written, and nothing lies beside it', () => {
    const path = join(folder, 'deep', 'window.json');
    writePlace(path, { bounds, maximized: true });
    expect(readPlace(path)).toEqual({ bounds, maximized: true });
    expect(readdirSync(join(folder, 'deep'))).toEqual(['window.json']);
  });

  it.each(['', 'null', '{}', '{"bounds":{"x":1}}', '{"bounds":{"x":1e99,"y":0,"width":1,"height":1}}', '[]'])(
    'is nothing when the file says %j',
    (content) => {
      const path = join(folder, 'window.json');
      writeFileSync(path, content);
      expect(readPlace(path)).toBeNull();
    },
  );

  it('is nothing when there is none, and writing where one cannot is no error', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(readPlace(join(folder, 'none.json'))).toBeNull();
    expect(() => writePlace(join(file, 'window.json'), { bounds, maximized: false })).not.toThrow();
  });
});
