import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completionsAt, takeCompletion, type KnownValues } from '#shared/query/complete.ts';
import { parseQuery } from '#shared/query/parse.ts';

const values: Readonly<Record<string, readonly string[]>> = {
  format: ['qcow2', 'vmdk', 'vdi'],
  tag: ['prod', 'web server', 'debian'],
  is: ['missing'],
};
const known: KnownValues = (key) => (values[key] ?? []).map((value, index) => ({ value, count: 10 - index }));

/** The labels that are offered where `|` stands. */
function offered(marked: string): readonly string[] {
  const caret = marked.indexOf('|');
  return completionsAt(marked.replace('|', ''), caret, known).items.map(({ label }) => label);
}

/** The text after the first completion was taken, with the caret as `|`. */
function taken(marked: string, label: string): string {
  const caret = marked.indexOf('|');
  const text = marked.replace('|', '');
  const completions = completionsAt(text, caret, known);
  const item = completions.items.find((one) => one.label === label);
  if (item === undefined) throw new Error(`${label} is not offered: ${offered(marked).join(' ')}`);
  const result = takeCompletion(text, completions, item);
  return `${result.text.slice(0, result.caret)}|${result.text.slice(result.caret)}`;
}

describe('completionsAt', () => {
  it('offers keys that begin as the word does, and all of them where nothing is typed', () => {
    expect(offered('for|')).toEqual(['format:']);
    expect(offered('a -for|')).toEqual(['format:']);
    expect(offered('|')).toContain('size:');
    expect(offered('a (|)')).toContain('tag:');
  });

  it('offers a value with its key', () => {
    expect(offered('qc|')).toEqual(['format:qcow2']);
    expect(offered('deb|')).toEqual(['tag:debian']);
    expect(offered('miss|')).toEqual(['is:missing']);
  });

  it('offers the values that there are, and not those that stand there already', () => {
    expect(offered('format:|')).toEqual(['format:qcow2', 'format:vmdk', 'format:vdi']);
    expect(offered('format:v|')).toEqual(['format:vmdk', 'format:vdi']);
    expect(offered('format:qcow2,v|')).toEqual(['format:vmdk', 'format:vdi']);
    expect(offered('format:vdi,|')).toEqual(['format:qcow2', 'format:vmdk']);
    expect(offered('tag:ser|')).toEqual(['tag:"web server"']);
    expect(offered('tag:"web se|')).toEqual(['tag:"web server"']);
  });

  it('goes on with sizes, ages and stars', () => {
    expect(offered('size:>20|')).toEqual(['size:>20G', 'size:>20M', 'size:>20T']);
    expect(offered('size:|')).toContain('size:>10G');
    expect(offered('added:<7|')).toContain('added:<7d');
    expect(offered('added:>|')).toContain('added:>1y');
    expect(offered('rating:>=|')).toContain('rating:>=4');
  });

  it('says nothing within a quotation, or of words that nothing begins with', () => {
    expect(offered('"fo|')).toEqual([]);
    expect(offered('zzz|')).toEqual([]);
    expect(offered('name:x|')).toEqual([]);
    expect(offered('tag:prod|')).toEqual([]);
    expect(offered('tag:pr|od')).toEqual([]);
  });

  it('only offers what the query language understands', () => {
    const text = fc.string({
      unit: fc.constantFrom(...'abdq-():"\\, ,<>=72', 'format:', 'size:', 'added:', 'is:', 'tag:', 'rating:'),
      maxLength: 16,
    });
    fc.assert(
      fc.property(text, fc.nat(16), (typed, place) => {
        const caret = Math.min(place, typed.length);
        const completions = completionsAt(typed, caret, known);
        expect(completions.start).toBeLessThanOrEqual(caret);
        expect(completions.end).toBeGreaterThanOrEqual(caret);
        for (const item of completions.items) {
          if (item.whole) expect(parseQuery(item.label).problems, item.label).toEqual([]);
          const { text: whole, caret: after } = takeCompletion(typed, completions, item);
          expect(whole.slice(0, completions.start)).toBe(typed.slice(0, completions.start));
          expect(after).toBeLessThanOrEqual(whole.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('takeCompletion', () => {
  it('puts the caret where one goes on typing', () => {
    expect(taken('fo|', 'format:')).toBe('format:|');
    expect(taken('format:q|', 'format:qcow2')).toBe('format:qcow2 |');
    expect(taken('format:q| size:>2G', 'format:qcow2')).toBe('format:qcow2 |size:>2G');
    expect(taken('format:qcow2,v|', 'format:vmdk')).toBe('format:qcow2,vmdk |');
    expect(taken('(qc|)', 'format:qcow2')).toBe('(format:qcow2|)');
    expect(taken('-deb|', 'tag:debian')).toBe('-tag:debian |');
    expect(taken('tag:"web s|" a', 'tag:"web server"')).toBe('tag:"web server" |a');
  });
});
