import { describe, expect, it } from 'vitest';
import { isBelow, pathsBelow } from '../../../electron/catalogue/path-range.ts';

describe('pathsBelow', () => {
  it.each([
    ['/a/b', '/a/b/c', true],
    ['/a/b', '/a/b/c/d', true],
    ['/a/b', '/a/b', false],
    ['/a/b', '/a/b.img', false],
    ['/a/b', '/a/bc/d', false],
    ['/', '/a', true],
  ])('of %s: %s %s', (folder, path, inside) => {
    const { from, to } = pathsBelow(folder);
    expect(path >= from && path < to).toBe(inside);
    expect(isBelow(path, folder)).toBe(inside);
  });
});
