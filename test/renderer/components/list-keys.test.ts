/** Moving in lists by keyboard. */
import { describe, expect, it } from 'vitest';
import { movedIndex } from '../../../renderer/components/list-keys.ts';

describe('keys', () => {
  it.each([
    ['ArrowDown', 2, 3],
    ['ArrowDown', 9, 9],
    ['ArrowDown', -1, 0],
    ['ArrowUp', 2, 1],
    ['ArrowUp', 0, 0],
    ['ArrowUp', -1, 0],
    ['PageDown', 2, 6],
    ['PageDown', 8, 9],
    ['PageUp', 5, 1],
    ['PageUp', 1, 0],
    ['Home', 5, 0],
    ['End', 5, 9],
  ])('%s from %d leads to %d of ten', (key, from, to) => {
    expect(movedIndex(key, from, 10, 4)).toBe(to);
  });

  it.each([
    ['ArrowRight', 1, 2],
    ['ArrowLeft', 4, 3],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 1, 5],
    ['ArrowDown', 6, 9],
    ['ArrowDown', 9, 9],
    ['ArrowUp', 6, 2],
    ['ArrowUp', 2, 2],
    ['ArrowDown', -1, 0],
    ['PageDown', 1, 9],
    ['PageUp', 9, 1],
    ['End', 0, 9],
  ])('with four beside each other %s from %d leads to %d of ten', (key, from, to) => {
    expect(movedIndex(key, from, 10, 3, 4)).toBe(to);
  });

  it('in a column, left and right are not for moving', () => {
    expect(movedIndex('ArrowRight', 2, 10, 4)).toBeNull();
  });

  it('other keys and empty lists lead nowhere', () => {
    expect(movedIndex('a', 2, 10, 4)).toBeNull();
    expect(movedIndex('ArrowDown', -1, 0, 4)).toBeNull();
  });
});
