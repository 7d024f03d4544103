/** Messages in a language: plurals, numbers, values, and what has no words in it. */
import { afterEach, describe, expect, it } from 'vitest';
import { language, languageAmong, setLanguage } from '#shared/language.ts';
import { speak } from '#shared/text/languages.ts';
import { formatBytes, formatDate, formatExactBytes, formatWhen } from '#shared/text/units.ts';
import { translate as say } from '#shared/text/words.ts';

afterEach(() => setLanguage('en', {}));

describe('messages', () => {
  it('are what they are in English', () => {
    expect(say("Don’t. It isn't <b>here</b> #1")).toBe("Don’t. It isn't <b>here</b> #1");
    expect(say('{name} is “{name}”', { name: 'x<y>{z}' })).toBe('x<y>{z} is “x<y>{z}”');
    expect(say("a brace: '{'")).toBe('a brace: {');
  });

  it('know one from many, and write counts as the language does', () => {
    const message = '{count, plural, =0 {no disks} one {# disk} other {# disks}} of {name}';
    const counted = (count: number): string => say(message, { count, name: 'a' });
    expect([0, 1, 2, 12_345].map(counted)).toEqual([
      'no disks of a',
      '1 disk of a',
      '2 disks of a',
      '12,345 disks of a',
    ]);
    setLanguage('de', { [message]: '{count, plural, one {# Platte} other {# Platten}} in {name}' });
    expect([0, 1, 12_345].map(counted)).toEqual(['0 Platten in a', '1 Platte in a', '12.345 Platten in a']);
  });

  it('are English where the language has no words', () => {
    setLanguage('de', {});
    expect(say('toString')).toBe('toString');
    expect(say('{a} of {b}', { a: 1, b: 2 })).toBe('1 of 2');
  });
});

describe('German', () => {
  it('writes quantities and days its own way', async () => {
    await speak('de');
    expect(language()).toBe('de');
    expect(formatBytes(1.5 * 2 ** 30)).toBe('1,5 GiB');
    expect(formatExactBytes(1_610_612_736)).toBe('1.610.612.736 Byte');
    expect(formatDate('2025-11-22T20:01:00Z', 'UTC')).toBe('22. Nov. 2025, 20:01');
    expect(formatWhen('2025-11-22T20:01:00Z', new Date('2025-11-22T20:06:00Z'))).toBe('vor 5 Minuten');
  });
});

describe('languageAmong', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'DE'], 'de'],
    [['en-US', 'de'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
  ])('of %j is %s', (tags, found) => {
    expect(languageAmong(tags)).toBe(found);
  });
});
