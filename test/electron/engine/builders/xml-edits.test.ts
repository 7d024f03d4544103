import { describe, expect, it } from 'vitest';
import { XmlEdits } from '#engine/builders/xml-edits.ts';
import { attributeOf, childOf, findElements } from '#engine/builders/xml-spans.ts';
import { element } from '#engine/builders/xml-text.ts';

const text = `<r>\r\n\t<a o:msgid="m" k='1'>old &amp; text</a>\r\n\t<b/>\r\n\t<c><d/></c><e/>\r\n</r>`;

function edited(
  change: (edits: XmlEdits, child: (name: string) => ReturnType<typeof findElements>) => void,
): string {
  const edits = new XmlEdits(text);
  const root = findElements(text);
  change(edits, (name) => childOf(root, name)!);
  return edits.result();
}

describe('edits', () => {
  it('leave everything else as it is', () => expect(edited(() => {})).toBe(text));

  it('set texts, also of empty elements, and drop their translations', () => {
    const result = edited((edits, child) => {
      expect(edits.textOf(child('a'))).toBe('old &amp; text');
      expect(edits.textOf(null)).toBe('');
      edits.setText(child('a'), '<new>');
      edits.setText(child('b'), 'B');
    });
    expect(result).toBe(
      text.replace(' o:msgid="m"', '').replace('old &amp; text', '&lt;new&gt;').replace('<b/>', '<b>B</b>'),
    );
  });

  it('set attributes within the quotes that are there', () => {
    const result = edited((edits, child) => {
      edits.setAttribute(child('a'), 'k', `it's "2"`);
      edits.setAttribute(child('b'), 'n', 'v', 'p:n');
    });
    expect(result).toContain(`k='it&apos;s &quot;2&quot;'`);
    expect(result).toContain('<b p:n="v"/>');
    expect(attributeOf(childOf(findElements(result), 'b')!, 'n')!.value).toBe('v');
  });

  it('insert as the neighbour is set in', () => {
    const result = edited((edits, child) => {
      edits.insertAfter(child('b'), element('n', {}, [element('m', {})]));
      edits.insertAfter(child('b'), element('o', {}));
      edits.insertAfter(child('e'), element('f', {}));
    });
    expect(result).toBe(
      text.replace('<b/>', '<b/>\r\n\t<n>\r\n\t  <m/>\r\n\t</n>\r\n\t<o/>').replace('<e/>', '<e/><f/>'),
    );
  });

  it('remove with the white space before', () => {
    const result = edited((edits, child) => {
      edits.setText(child('c').children[0]!, 'gone with its parent');
      edits.remove(child('b'));
      edits.remove(child('c'));
    });
    expect(result).toBe(text.replace('\r\n\t<b/>\r\n\t<c><d/></c>', ''));
  });
});
