/** Squares on a map of a disk: which one is pointed at, and where the arrow keys lead. */
import { describe, expect, it } from 'vitest';
import { columnsIn, heightOf, movedSquare, squareAt } from '../../../renderer/components/square-grid.ts';

/** Two whole rows, and three squares in the last one. */
const grid = { columns: 10, count: 23, pitch: 9 };

describe('the grid', () => {
  it('is as wide as there is room for, but never a mere column', () => {
    expect(columnsIn(900, 9)).toBe(100);
    expect(columnsIn(908, 9)).toBe(100);
    expect(columnsIn(0, 9)).toBe(8);
  });

  it('is as high as its rows; an empty one has a row, too', () => {
    expect(heightOf(grid)).toBe(27);
    expect(heightOf({ ...grid, count: 20 })).toBe(18);
    expect(heightOf({ ...grid, count: 0 })).toBe(9);
  });
});

describe('pointing', () => {
  it.each([
    [0, 0, 0],
    [8.9, 8.9, 0],
    [9, 0, 1],
    [89, 9, 19],
    [20, 20, 22],
  ])('at %d, %d is at square %d', (x, y, square) => {
    expect(squareAt(x, y, grid)).toBe(square);
  });

  it.each([
    ['left of them', -1, 10],
    ['above them', 10, -1],
    ['right of the last column', 90, 10],
    ['after the last square', 27, 20],
    ['below the last row', 0, 27],
  ])('%s is at none', (_, x, y) => {
    expect(squareAt(x, y, grid)).toBeNull();
  });
});

describe('keys', () => {
  it.each([
    ['ArrowRight', 4, 5],
    ['ArrowRight', 22, 22],
    ['ArrowLeft', 10, 9],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 4, 14],
    ['ArrowDown', 14, 22],
    ['ArrowUp', 14, 4],
    ['ArrowUp', 4, 0],
    ['Home', 14, 0],
    ['End', 4, 22],
    ['ArrowLeft', null, 0],
    ['End', null, 0],
  ])('%s from %s leads to %d', (key, at, square) => {
    expect(movedSquare(key, at, grid)).toBe(square);
  });

  it('of another meaning do not move', () => {
    for (const key of ['Enter', '+', 'n', 'PageDown', 'Tab']) expect(movedSquare(key, 4, grid)).toBeNull();
  });
});
