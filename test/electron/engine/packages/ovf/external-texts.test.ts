import { describe, expect, it } from 'vitest';
import { minimal } from '../../../../fixtures/packages/descriptors.ts';
import { openPackageOf } from '../../../../fixtures/packages/memory-container.ts';
import { saying } from '../../../../setup/saying.ts';

describe('texts in other files', () => {
  it('are read, and what cannot be read is warned of', () => {
    const text = minimal({
      files:
        '<File ovf:id="l" ovf:href="licence.txt"/><File ovf:id="s" ovf:href="en.xml"/><File ovf:id="b" ovf:href="broken.xml"/>',
      after:
        '<Name ovf:msgid="n">plain</Name><EulaSection><Info>L</Info><License ovf:fileRef="l"/></EulaSection>',
    }).replace(
      '</Envelope>',
      '<Strings ovf:fileRef="s" xml:lang="en"/><Strings ovf:fileRef="b"/></Envelope>',
    );
    const { info } = openPackageOf(text, {
      'licence.txt': 'A long licence.\n',
      'en.xml': '<Strings xml:lang="en-US"><Msg ovf:msgid="n">The name</Msg></Strings>',
      'broken.xml': '<Strings>',
    });
    expect(info.systems[0]!.name).toBe('The name');
    expect(info.licenses).toEqual([{ title: 'L', text: 'A long licence.' }]);
    expect(info.warnings).toMatchObject([{ code: 'package.malformed', message: saying(/“b”/) }]);
  });
});
