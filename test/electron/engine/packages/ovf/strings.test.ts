import { describe, expect, it } from 'vitest';
import { child } from '#engine/packages/ovf/descriptor-element.ts';
import { localiser, type ExternalTexts } from '#engine/packages/ovf/strings.ts';
import { parseXml } from '#engine/packages/ovf/xml.ts';

const external: ExternalTexts = {
  text: (id) => (id === 'licence-file' ? 'From a file.' : null),
  bundle: (id) =>
    id === 'english-file'
      ? parseXml('<Strings xml:lang="en-GB"><Msg ovf:msgid="far">Colour</Msg></Strings>', 'x')
      : null,
};
const read = (name: string, strings: string): string | null => {
  const envelope = parseXml(
    `<Envelope><a ovf:msgid="a">default a</a><b ovf:msgid="b"/><c>plain</c><far ovf:msgid="far">far</far>
     <l ovf:msgid="l" ovf:fileRef="licence-file"/><gone ovf:msgid="g" ovf:fileRef="gone"/>${strings}</Envelope>`,
    'x',
  );
  return localiser(envelope, external)(child(envelope, name));
};
const german =
  '<Strings xml:lang="de"><Msg ovf:msgid="a">deutsch a</Msg><Msg ovf:msgid="b">deutsch b</Msg></Strings>';
const english = '<Strings xml:lang="en-US"><Msg ovf:msgid="a">english a</Msg></Strings>';

describe('localiser', () => {
  it('shows English first, then the default text, then any other language', () => {
    expect(read('a', german + english)).toBe('english a');
    expect(read('a', german)).toBe('default a');
    expect(read('b', german + english)).toBe('deutsch b');
    expect(read('b', '')).toBeNull();
    expect(read('c', german)).toBe('plain');
  });

  it('takes a bundle without a language for English', () => {
    expect(read('a', '<Strings><Msg ovf:msgid="a">implied</Msg></Strings>')).toBe('implied');
  });

  it('reads bundles and texts in other files', () => {
    expect(read('far', '<Strings ovf:fileRef="english-file"/>')).toBe('Colour');
    expect(read('far', '<Strings ovf:fileRef="not-there" xml:lang="en"/>')).toBe('far');
    expect(read('l', '')).toBe('From a file.');
    expect(read('gone', '')).toBeNull();
    expect(
      read('a', '<Strings xml:lang="en"><Msg ovf:msgid="a" ovf:fileRef="licence-file"/></Strings>'),
    ).toBe('From a file.');
  });

  it('gives nothing for nothing', () => expect(localiser(parseXml('<E/>', 'x'), external)(null)).toBeNull());
});
