import { describe, expect, it } from 'vitest';
import type { Message } from '#shared/in-english.ts';
import { inWords } from '#shared/text/in-words.ts';
import { parseXml } from '#engine/packages/ovf/xml.ts';
import { failureOf } from '../../../../fixtures/packages/recording.ts';

const problemOf = (text: string): string => {
  const failure = failureOf(() => parseXml(text, 'd.ovf'));
  expect(failure.code).toBe('package.malformed');
  expect(failure.details).toMatchObject({ structure: 'd.ovf' });
  return inWords((failure.details as { problem: Message }).problem);
};

describe('parseXml', () => {
  it('gives elements, attributes, namespaces and text', () => {
    const root = parseXml(
      `<?xml version="1.0"?><!-- before --><o:a xmlns:o="urn:o" xmlns="urn:d" x='1' o:y="2"><b u:z="3">t<!-- c -->u</b><o:c xmlns:o="urn:p"/></o:a><!-- after -->`,
      'x',
    );
    expect(root).toMatchObject({ prefix: 'o', name: 'a', namespace: 'urn:o' });
    expect(root.attributes.filter(({ prefix, name }) => prefix !== 'xmlns' && name !== 'xmlns')).toEqual([
      { prefix: '', name: 'x', value: '1', namespace: null },
      { prefix: 'o', name: 'y', value: '2', namespace: 'urn:o' },
    ]);
    const [b, c] = root.children;
    expect(b).toMatchObject({ name: 'b', namespace: 'urn:d', text: 'tu' });
    expect(b!.attributes).toEqual([{ prefix: 'u', name: 'z', value: '3', namespace: null }]);
    expect(c).toMatchObject({ prefix: 'o', name: 'c', namespace: 'urn:p' });
  });

  it('resolves the five entities and characters, and leaves CDATA alone', () => {
    const root = parseXml('<a b="&quot;&#x41;&#10;&apos;">&lt;&gt;&amp;&#228;<![CDATA[&lt;<x>]]></a>', 'x');
    expect(root.text).toBe('<>&ä&lt;<x>');
    expect(root.attributes[0]!.value).toBe('"A\n\'');
  });

  it('keeps the space in texts and makes one of line ends in attributes', () => {
    const root = parseXml('<a b="x\n\ty">\r\n  two\r\nlines </a>', 'x');
    expect(root.text).toBe('\n  two\nlines ');
    expect(root.attributes[0]!.value).toBe('x  y');
  });

  it('keeps names that mean something to JavaScript apart from it', () => {
    const root = parseXml('<a toString="1" valueOf="2"><hasOwnProperty/></a>', 'x');
    expect(root.attributes.map(({ value }) => value)).toEqual(['1', '2']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('what is refused', () => {
  it.each([
    ['an internal subset', '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['an external subset', '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ['a bare one', '\n<!DOCTYPE a><a/>'],
    ['lower case', '\n<!doctype a><a/>'],
    ['one after a comment that looks like its end', '<!-- ]]> -->\n<!DOCTYPE a><a/>'],
    ['a declaration in the content', '<a>\n<!ENTITY b "c"></a>'],
  ])('a DTD: %s', (_, text) => {
    expect(problemOf(text)).toBe('line 2: document type declarations (DTD) are refused');
  });

  it('not a DTD in a comment or in CDATA', () => {
    expect(parseXml('<!-- <!DOCTYPE a> --><a><![CDATA[<!DOCTYPE b>]]></a>', 'x').text).toBe('<!DOCTYPE b>');
  });

  it.each([
    ['a tag that does not fit', '<a>\n<b>\n</a>', /^line 3: /],
    ['a tag that is not closed', '<a>\n', /^line 1: /],
    ['two roots', '<a/>\n<b></b>', /line 2|root/],
    ['a repeated attribute', '<a x="1"\n x="2"/>', /^line 2: .*repeated/],
    ['an attribute without a value', '<a x/>', /^line 1: /],
    ['text before the root', 'x<a/>', /^line 1: /],
    ['text after the root', '<a></a>x', /^line 1: /],
    ['nothing', '', /./],
    ['no element', '<!-- a -->', /./],
    ['an entity that nobody declared', '<a>&b;</a>', /"&b;" stands for nothing/],
    ['an entity that only HTML knows', '<a>&nbsp;</a>', /"&nbsp;" stands for nothing/],
    ['a character that is none', '<a>&#xD800;</a>', /stands for nothing/],
    ['an open comment', '<a><!-- b</a>', /./],
    ['an open CDATA section', '<a><![CDATA[ b</a>', /./],
    ['a prototype', '<__proto__ x="1"/>', /./],
  ])('%s', (_, text, problem) => expect(problemOf(text)).toMatch(problem));

  it('depth beyond 64', () => {
    const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
    expect(parseXml(nested(60), 'x').name).toBe('a');
    expect(problemOf(nested(70))).toMatch(/nested/i);
    expect(problemOf(nested(60_000))).toMatch(/nested/i);
  });

  it('more than it needs to hold, in bounded time', () => {
    expect(problemOf(`<a>${'<b/>'.repeat(200_001)}</a>`)).toMatch(/more than 200000/);
    expect(problemOf(`<a>${'x'.repeat(5 << 20)}</a>`)).toMatch(/larger than/);
    expect(problemOf(`<a ${'b="" '.repeat(200_001)}/>`)).toMatch(/more than 200000/);
    // Right up to the bounds it is read.
    expect(parseXml(`<a>${'<b c="d"/>'.repeat(99_000)}</a>`, 'x').children).toHaveLength(99_000);
    expect(parseXml(`<a>${'&amp;'.repeat(199_000)}</a>`, 'x').text).toHaveLength(199_000);
    expect(parseXml(`<a${' '.repeat(1_000_000)}b="c"/>`, 'x').attributes).toHaveLength(1);
    expect(problemOf(`<a>${'&amp;'.repeat(200_001)}</a>`)).toMatch(/more than 200000/);
    expect(problemOf(`<a${' '.repeat(2 << 20)}b="c"/>`)).toMatch(/tag or text of more than/);
    expect(problemOf(`<a>${'x'.repeat(2 << 20)}</a>`)).toMatch(/tag or text of more than/);
  });
});
