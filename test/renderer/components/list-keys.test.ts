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

  it('other keys and empty lists lead nowhere', () => {
    expect(movedIndex('a', 2, 10, 4)).toBeNull();
    expect(movedIndex('ArrowDown', -1, 0, 4)).toBeNull();
  });
});
