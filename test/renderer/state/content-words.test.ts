/** How much two images share, in words. */
import { afterEach, expect, it } from 'vitest';
import { setLanguage } from '#shared/language.ts';
import { speak } from '#shared/text/languages.ts';
import { shareWords } from '../../../renderer/state/content-words.ts';

afterEach(() => setLanguage('en', {}));

it('says a share that is estimated as one, in the language in force', async () => {
  expect([shareWords(0.617, true), shareWords(0.617, false)]).toEqual(['62 %', 'about 62 %']);
  await speak('de');
  expect([shareWords(0.617, true), shareWords(0.617, false)]).toEqual(['62 %', 'etwa 62 %']);
});

it('never rounds a little to nothing, nor nearly all to all', () => {
  expect([0, 0.001, 0.999, 1].map((share) => shareWords(share, true))).toEqual([
    '0 %',
    '1 %',
    '99 %',
    '100 %',
  ]);
});
