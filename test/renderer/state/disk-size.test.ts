// Sizes as they are typed into forms.
import { describe, expect, it } from 'vitest';

import { resizeEffect, sizeProblem } from '../../../renderer/state/disk-size.ts';

const gibibyte = 2 ** 30;

describe('sizeProblem', () => {
  it.each(['20G', '512M', '1', '4 TiB', '67108864'])('takes %s', (text) => {
    expect(sizeProblem(text, false)).toBeNull();
  });

  it.each(['', 'twelve', '-1G', '1.5G', '99999999T'])('refuses “%s”', (text) => {
    expect(sizeProblem(text, false)).toBe('Write a size like 20G or 512M.');
  });

  it('refuses a disk of nothing', () => {
    expect(sizeProblem('0', false)).toBe('A disk has at least one byte.');
  });

  it('takes nothing at all where a size may be left out', () => {
    expect(sizeProblem(' ', true)).toBeNull();
    expect(sizeProblem('x', true)).not.toBeNull();
  });
});

describe('resizeEffect', () => {
  it('says what becomes of the disk', () => {
    expect(resizeEffect('2G', gibibyte)).toBe('grow');
    expect(resizeEffect('512M', gibibyte)).toBe('shrink');
    expect(resizeEffect('1024M', gibibyte)).toBe('same');
  });

  it('says nothing while it cannot be known', () => {
    expect(resizeEffect('', gibibyte)).toBeNull();
    expect(resizeEffect('much', gibibyte)).toBeNull();
    expect(resizeEffect('0', gibibyte)).toBeNull();
    expect(resizeEffect('2G', null)).toBeNull();
  });
});
