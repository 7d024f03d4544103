import { describe, expect, it } from 'vitest';
import { mostAlike, slipsToBeginning } from '#shared/query/similar-words.ts';

describe('slipsToBeginning', () => {
  it.each([
    ['debian', 'debian12', 0],
    ['debain', 'debian', 1],
    ['debin', 'debian', 1],
    ['debiian', 'debian', 1],
    ['dexian', 'debian', 1],
    ['dxexian', 'debian', 2],
  ])('%s leads to %s by %i', (word, other, slips) => {
    expect(slipsToBeginning(word, other, 2)).toBe(slips);
  });

  it('ends early where there are more than allowed', () => {
    expect(slipsToBeginning('windows', 'debian', 2)).toBeGreaterThan(2);
    expect(slipsToBeginning('windows', 'win', 1)).toBeGreaterThan(1);
  });
});

describe('mostAlike', () => {
  it('names the nearest words, the shortest first', () => {
    expect(
      mostAlike('debain', [
        ['debian12', 'debian'],
        ['ubuntu', 'debian'],
      ]),
    ).toEqual(['debian', 'debian12']);
    expect(mostAlike('kubernets', [['kubernetes', 'kubelet']])).toEqual(['kubernetes']);
    expect(mostAlike('prod', [['test', 'stage']])).toEqual([]);
  });
});
