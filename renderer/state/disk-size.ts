/** A disk's size as people type it into a form. */
import { parseSize } from '#shared/size.ts';
import { t } from '#shared/text/words.ts';

/** The largest number of bytes that counts: offsets beyond it are not exact. */
function isSize(text: string): boolean {
  return Number.isSafeInteger(parseSize(text));
}

/** What is wrong with a size, in words; null when nothing is, or when nothing is typed and that is `optional`. */
export function sizeProblem(text: string, optional: boolean): string | null {
  if (optional && text.trim() === '') return null;
  if (!isSize(text)) return t('Write a size like 20G or 512M.');
  return parseSize(text) === 0 ? t('A disk has at least one byte.') : null;
}

/** What a new size would do to a disk of `presentBytes`; null while it is no size, or its present one is not known. */
export function resizeEffect(text: string, presentBytes: number | null): 'grow' | 'shrink' | 'same' | null {
  if (presentBytes === null || text.trim() === '' || sizeProblem(text, false) !== null) return null;
  const wanted = parseSize(text);
  if (wanted === presentBytes) return 'same';
  return wanted < presentBytes ? 'shrink' : 'grow';
}
