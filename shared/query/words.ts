/** Words as they are searched: what they are compared by. */

/** Letters without case and accents. */
export function folded(text: string): string {
  return /^[\x20-\x7e]*$/.test(text)
    ? text.toLowerCase()
    : text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** From so many characters on, a word is found anywhere; a shorter one where a word of the text begins. */
export const anywhereFrom = 3;

/** The words of a folded text: runs of letters and digits. */
export function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}\p{Co}]+/gu) ?? [];
}
