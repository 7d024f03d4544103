import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { decodeStart, decodeText, readText } from '#engine/packages/text-encoding.ts';
import { failureOf } from '../../../fixtures/packages/recording.ts';

const text = '<?xml version="1.0"?><a b="größe"/>';
const utf16 = (value: string): Buffer => Buffer.from(value, 'utf16le');

describe('decodeText', () => {
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 LE with a mark', utf16(`\ufeff${text}`)],
    ['UTF-16 BE with a mark', utf16(`\ufeff${text}`).swap16()],
    ['UTF-16 LE without', utf16(text)],
    ['UTF-16 BE without', utf16(text).swap16()],
  ])('reads %s', (_, bytes) => expect(decodeText(bytes, 'x')).toBe(text));

  it.each(['ISO-8859-1', 'latin1', 'windows-1252'])('reads what is declared as %s', (encoding) => {
    const declared = `<?xml version='1.0' encoding='${encoding}'?><a>é</a>`;
    expect(decodeText(Buffer.from(declared, 'latin1'), 'x')).toBe(declared);
  });

  it.each([
    ['windows-1251', 'Диск', [0xc4, 0xe8, 0xf1, 0xea]],
    ['GB2312', '磁盘', [0xb4, 0xc5, 0xc5, 0xcc]],
    ['Shift_JIS', 'ディスク', [0x83, 0x66, 0x83, 0x42, 0x83, 0x58, 0x83, 0x4e]],
  ])('reads %s, as systems of other languages write', (encoding, name, bytes) => {
    const start = `<?xml version="1.0" encoding="${encoding}"?><a>`;
    const declared = Buffer.concat([Buffer.from(start), Buffer.from(bytes), Buffer.from('</a>')]);
    expect(decodeText(declared, 'x')).toBe(`${start}${name}</a>`);
  });

  it('takes UTF-8 that is declared as UTF-16 for what it is', () => {
    const declared = '<?xml version="1.0" encoding="utf-16"?><a>é</a>';
    expect(decodeText(Buffer.from(declared), 'x')).toBe(declared);
  });

  it('refuses what it is not, and encodings that it does not know', () => {
    expect(failureOf(() => decodeText(Buffer.from('<a>\xe9</a>', 'latin1'), 'd.ovf')).details).toEqual({
      structure: 'd.ovf',
      problem: 'it is not UTF-8',
    });
    expect(
      failureOf(() => decodeText(Buffer.from('<?xml version="1.0" encoding="EBCDIC-37"?>'), 'd')).details,
    ).toEqual({ structure: 'd', problem: 'its encoding "ebcdic-37" is not known' });
  });
});

it('decodeStart makes do with a part', () => {
  expect(decodeStart(Buffer.from(text).subarray(0, Buffer.from(text).indexOf(0xc3) + 1))).toMatch(
    /^<\?xml.*gr\ufffd$/,
  );
  expect(decodeStart(Buffer.from('<?xml version="1.0" encoding="nonsense"?>'))).toBeNull();
});

it('readText reads no more than it is told', () => {
  const source = new MemorySource(Buffer.from('12345'));
  expect(readText(source, 5, 'x')).toBe('12345');
  expect(failureOf(() => readText(source, 4, 'x')).code).toBe('package.malformed');
});
