/** What is said before something is deleted in a cloud fits what it is there. */
import { afterEach, expect, it } from 'vitest';
import { setLanguage } from '#shared/language.ts';
import { speak } from '#shared/text/languages.ts';
import { deletionWords } from '../../../renderer/state/cloud-words.ts';

afterEach(() => setLanguage('en', {}));

it.each([
  ['image', 'no machine can be started from it', 'keine Maschine kann mehr davon starten'],
  ['snapshot', 'no image or volume can be made of it', 'kein Image und kein Volume'],
  ['object', 'nothing can be made of it', 'nichts kann mehr daraus entstehen'],
] as const)('says what the deletion of an %s comes to', async (kind, english, german) => {
  expect(deletionWords({ kind })).toContain(english);
  await speak('de');
  expect(deletionWords({ kind })).toContain(german);
});
