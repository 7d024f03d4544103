import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuery } from '#shared/query/parse.ts';
import { allOf, printQuery } from '#shared/query/syntax.ts';
import {
  chosenValues,
  conditionsOn,
  excludedValues,
  toggledValue,
  withCondition,
  withWord,
} from '#shared/query/toggle.ts';
import { someQuery } from './some-queries.ts';

const value = fc.constantFrom('qcow2', 'my tag', 'a,b', 'x"y', 'back\\slash');
/** Also what is not written out yet: open quotations and brackets, keys without values. */
const typed = fc.oneof(
  someQuery.map(printQuery).filter((text) => text.length < 500),
  fc.string({
    unit: fc.constantFrom(...'ab-():"\\, ', ' OR ', 'tag:', 'is:missing', 'size:>2'),
    maxLength: 30,
  }),
);

describe('toggledValue', () => {
  it('asks for a value that was not asked for, whatever was typed before', () => {
    fc.assert(
      fc.property(typed, value, (text, one) => {
        fc.pre(!chosenValues(text, 'tag').includes(one));
        const asked = toggledValue(text, 'tag', one);
        expect(chosenValues(asked, 'tag')).toContain(one);
      }),
      { numRuns: 2000 },
    );
  });

  it('asks for it no more the second time, and for everything else as before', () => {
    fc.assert(
      fc.property(typed, value, (text, one) => {
        fc.pre(chosenValues(text, 'tag').length === 0);
        const twice = toggledValue(toggledValue(text, 'tag', one), 'tag', one);
        expect(chosenValues(twice, 'tag')).toEqual([]);
        expect(printQuery(parseQuery(twice).query)).toBe(printQuery(parseQuery(text).query));
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves the rest as it was written', () => {
    expect(toggledValue('size:>20480M  deb', 'format', 'raw')).toBe('size:>20480M  deb format:raw');
    expect(toggledValue('format:raw  size:>20480M', 'format', 'vmdk')).toBe('format:raw,vmdk  size:>20480M');
    expect(toggledValue('format:raw,vmdk  size:>20480M', 'format', 'raw')).toBe('format:vmdk  size:>20480M');
    expect(toggledValue('format:raw  size:>20480M', 'format', 'raw')).toBe('size:>20480M');
    expect(toggledValue('deb format:raw', 'format', 'raw')).toBe('deb');
    expect(toggledValue('deb(format:raw)ian', 'format', 'vmdk')).toBe('deb format:raw,vmdk ian');
    expect(toggledValue('deb(format:raw)ian', 'format', 'raw')).toBe('deb ian');
  });

  it('puts a choice of several into brackets', () => {
    expect(toggledValue('debian OR alpine', 'kind', 'disk')).toBe('(debian OR alpine) kind:disk');
  });
});

describe('excludedValues', () => {
  it('are those of negations', () => {
    expect(excludedValues('-format:raw,vdi a', 'format')).toEqual(['raw', 'vdi']);
    expect(chosenValues('-format:raw', 'format')).toEqual([]);
  });
});

describe('withCondition', () => {
  const stars = { kind: 'number', key: 'rating', operator: '>=', value: 4 } as const;

  it('is the only one of its key', () => {
    expect(withCondition('rating:1 a rating:>2', 'rating', stars)).toBe('rating:>=4 a');
    expect(withCondition('a', 'rating', stars)).toBe('a rating:>=4');
    expect(withCondition('rating:1 a', 'rating', null)).toBe('a');
    fc.assert(
      fc.property(typed, (text) => {
        expect(conditionsOn(withCondition(text, 'rating', stars), 'rating')).toEqual([stars]);
      }),
      { numRuns: 1000 },
    );
  });

  it('goes beside what is there', () => {
    const before = parseQuery('(a OR b) size:>2G').query;
    expect(parseQuery(withCondition('(a OR b) size:>2G', 'rating', stars)).query).toEqual(
      allOf([before, stars]),
    );
  });
});

describe('withWord', () => {
  it('replaces a word that stands by itself', () => {
    expect(withWord('ubunto-22 ubunto format:raw', 'ubunto', 'ubuntu')).toBe('ubunto-22 ubuntu format:raw');
    expect(withWord('(a.b)', 'a.b', 'c')).toBe('(c)');
    expect(withWord('axb', 'a.b', 'c')).toBe('axb');
  });
});
