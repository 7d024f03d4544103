/** Which commands answer what was typed: every word begins a word of theirs; those that begin like it come first. */

export interface Rankable {
  readonly title: string;
  /** Words that are searched, but not shown. */
  readonly words: string;
}

function wordsOf(text: string): readonly string[] {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** The lower, the better; null: it does not answer. */
function rankOf({ title, words }: Rankable, typed: readonly string[]): number | null {
  const own = wordsOf(title);
  const others = wordsOf(words);
  let rank = 0;
  for (const [index, word] of typed.entries()) {
    const at = own.findIndex((candidate) => candidate.startsWith(word));
    if (at >= 0) rank += at === index ? 0 : 1;
    else if (others.some((candidate) => candidate.startsWith(word))) rank += 4;
    else return null;
  }
  return rank;
}

/** Those that answer, the best first; where they are alike, in their own order. */
export function ranked<Item extends Rankable>(items: readonly Item[], typed: string): readonly Item[] {
  const words = wordsOf(typed);
  if (words.length === 0) return items;
  return items
    .map((item) => ({ item, rank: rankOf(item, words) }))
    .filter((one): one is { item: Item; rank: number } => one.rank !== null)
    .sort((first, second) => first.rank - second.rank)
    .map(({ item }) => item);
}
