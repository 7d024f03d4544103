import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeOf, childOf, childrenOf, findElements, within } from '#engine/builders/xml-spans.ts';
import { element, xmlDocument, type XmlNode } from '#engine/builders/xml-text.ts';
import { parseXml, type XmlElement } from '#engine/packages/ovf/xml.ts';
import { failureOf } from '../../../fixtures/packages/recording.ts';

const text = `<?xml version='1.0'?>
<!-- <not><this> -->
<o:root xmlns:o="u" a='x > y' b = "q'q">
  <o:child/><other o:k="v">text<!-- </other> --><![CDATA[</other>]]></other><o:child  z="1" />
</o:root>
<!-- end -->`;

describe('elements of a text', () => {
  const root = findElements(text);
  const cut = (start: number, end: number): string => text.slice(start, end);

  it('are found past comments, CDATA and quotes', () => {
    expect([root.prefix, root.name]).toEqual(['o', 'root']);
    expect(root.children.map(({ name, isEmptyTag }) => [name, isEmptyTag])).toEqual([
      ['child', true],
      ['other', false],
      ['child', true],
    ]);
    const other = childOf(root, 'other')!;
    expect(cut(other.contentStart, other.contentEnd)).toBe('text<!-- </other> --><![CDATA[</other>]]>');
    expect(cut(root.start, root.end)).toMatch(/^<o:root xmlns[^]*<\/o:root>$/);
    expect(childrenOf(root, 'child')).toHaveLength(2);
    expect([...within(root, 'child')]).toHaveLength(2);
    expect(childOf(root, 'none')).toBeNull();
  });

  it('have their attributes where they are', () => {
    expect(
      root.attributes.map(({ name, value, valueStart }) => [
        name,
        value,
        cut(valueStart, valueStart + value.length),
      ]),
    ).toEqual([
      ['xmlns:o', 'u', 'u'],
      ['a', 'x > y', 'x > y'],
      ['b', "q'q", "q'q"],
    ]);
    expect(attributeOf(childOf(root, 'other')!, 'k')!.value).toBe('v');
    const z = attributeOf(root.children[2]!, 'z')!;
    expect(cut(z.start, z.end)).toBe('  z="1"');
  });

  it.each(['', 'x', '<a b/>', '<a ="c"/>', '<a>', '</a>', '<a', '<a b="', '<a><!-- </a>', '< >'])(
    '%j is broken',
    (broken) => {
      expect(failureOf(() => findElements(broken)).code).toBe('package.malformed');
    },
  );

  it('take time in proportion to the length of the text', () => {
    const wide = ' '.repeat(1 << 20);
    expect(findElements(`<a${wide}b${wide}=${wide}'c'${wide}/>`).attributes).toHaveLength(1);
    expect(findElements(`<a b="${'= '.repeat(1 << 19)}">${'<b/>'.repeat(50_000)}</a>`).children).toHaveLength(
      50_000,
    );
  });

  it('are those that the parser sees', () => {
    const name = fc.constantFrom('a', 'b', 'p:c');
    const value = fc.string({ maxLength: 8 }).map((any) => any.replace(/[^ -~]/g, '>'));
    const { node } = fc.letrec<{ node: XmlNode }>((tie) => ({
      node: fc
        .tuple(
          name,
          fc.dictionary(fc.constantFrom('k', 'p:l'), value, { noNullPrototype: true }),
          fc.oneof({ maxDepth: 4 }, value, fc.array(tie('node'), { maxLength: 3 })),
        )
        .map(([tag, attributes, content]) => element(tag, attributes, content)),
    }));
    fc.assert(
      fc.property(node, (root) => {
        const document = xmlDocument(root);
        const names = (one: { name: string; children: readonly XmlElement[] }): unknown => [
          one.name,
          one.children.map(names as never),
        ];
        expect(names(findElements(document) as never)).toEqual(names(parseXml(document, 'x')));
      }),
      { numRuns: 200 },
    );
  });
});
