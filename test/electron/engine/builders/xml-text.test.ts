import { describe, expect, it } from 'vitest';
import {
  element,
  escapeAttribute,
  escapeText,
  textElement,
  xmlDocument,
  xmlFragment,
} from '#engine/builders/xml-text.ts';
import { parseXml } from '#engine/packages/ovf/xml.ts';
import { failureOf } from '../../../fixtures/packages/recording.ts';
import { saying } from '../../../setup/saying.ts';

describe('XML text', () => {
  it('comes back as it was', () => {
    const nasty = `<a b="c">&amp;]]> 'quoted'\ttab\nline 𝄞 ü`;
    const root = parseXml(
      xmlDocument(
        element('r', { a: nasty, n: 5, gone: null }, [textElement('t', nasty), textElement('no', null)]),
      ),
      'x',
    );
    expect(root.children.map(({ name, text }) => [name, text])).toEqual([['t', nasty]]);
    expect(root.attributes.map(({ name, value }) => [name, value])).toEqual([
      ['a', nasty],
      ['n', '5'],
    ]);
  });

  it('is indented, and ends its lines as it is asked to', () => {
    const node = element('a', {}, [element('b', { c: 'd' }), element('e', {}, 'f')]);
    expect(xmlFragment(node, '  ', '\r\n')).toBe('  <a>\r\n    <b c="d"/>\r\n    <e>f</e>\r\n  </a>');
    expect(xmlDocument(node)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<a>\n  <b c="d"/>\n  <e>f</e>\n</a>\n',
    );
  });

  it('escapes what it must', () => {
    expect(escapeText('a\r\nb\rc <&>')).toBe('a\nb\nc &lt;&amp;&gt;');
    expect(escapeAttribute('"\n\t')).toBe('&quot;&#10;&#9;');
  });

  it.each(['\u0000', '\u0008', '\u000b', '\u001f', '\ud800', '\uffff'])('refuses %j', (character) => {
    expect(failureOf(() => escapeText(`a${character}b`))).toMatchObject({
      code: 'input.invalid',
      details: { problem: saying(/U\+[0-9a-f]{4}/) },
    });
  });
});
