import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inWords } from '#shared/text/in-words.ts';
import { parseQuery } from '#shared/query/parse.ts';
import { printQuery } from '#shared/query/syntax.ts';
import { someQuery } from './some-queries.ts';

describe('parseQuery', () => {
  it('reads what printQuery writes', () => {
    fc.assert(
      fc.property(someQuery, (query) => {
        const text = printQuery(query);
        fc.pre(text.length <= 2000);
        expect(parseQuery(text)).toEqual({ query, problems: [] });
      }),
      { numRuns: 1000 },
    );
  });

  it('makes something of any text, which is the same when it is written out and read again', () => {
    const text = fc.string({
      unit: fc.constantFrom(...'ab-():"\\, ,<>=7d2G', ' OR ', 'format:', 'size:', 'added:', 'is:', 'missing'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(text, (typed) => {
        const { query } = parseQuery(typed);
        expect(parseQuery(printQuery(query)).query).toEqual(query);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads a query as a person means it', () => {
    const { query, problems } = parseQuery(
      'debian format:qcow2,vmdk size:>20G added:<7d -is:missing "web server" OR name:x',
    );
    expect(problems).toEqual([]);
    expect(query).toEqual({
      kind: 'any',
      parts: [
        {
          kind: 'all',
          parts: [
            { kind: 'words', text: 'debian', exact: false },
            { kind: 'choice', key: 'format', values: ['qcow2', 'vmdk'] },
            { kind: 'number', key: 'size', operator: '>', value: 20 * 2 ** 30 },
            { kind: 'time', key: 'added', operator: '<', value: { count: 7, unit: 'd' } },
            { kind: 'not', part: { kind: 'choice', key: 'is', values: ['missing'] } },
            { kind: 'words', text: 'web server', exact: true },
          ],
        },
        { kind: 'choice', key: 'name', values: ['x'] },
      ],
    });
  });

  it.each([
    ['colour:red', 'there is no key “colour”'],
    ['size:big', 'size: is written like size:>20G'],
    ['added:soon', 'added: is written like added:<7d'],
    ['is:lost', 'is: takes missing, duplicate, part, incomplete, tagged, noted'],
    ['format:', 'format: is written like format:qcow2,vmdk'],
    ['"open', 'the quotation is not closed'],
    ['(a', 'the bracket is not closed'],
    ['a)', 'nothing was opened here'],
  ])('says what is wrong in %s', (text, problem) => {
    expect(parseQuery(`b ${text}`).problems.map((one) => inWords(one.text))).toContain(problem);
  });

  it('takes a path or an address for words', () => {
    for (const text of ['C:\\images', 'https://example.org/a.img', '/srv/a:b']) {
      expect(parseQuery(text)).toEqual({ query: { kind: 'words', text, exact: false }, problems: [] });
    }
  });

  it('ends what is nested without end', () => {
    const { problems } = parseQuery('('.repeat(1000));
    expect(problems.map(({ text }) => text)).toContain('too many brackets');
    expect(() => parseQuery('-'.repeat(2000))).not.toThrow();
  });
});
