/** Which words are much like one that was mistyped. */

/** More corrections than this say nothing. */
const mostCorrections = 3;

/**
 * The words of the lists that are nearest to `word`: one slip away, two from eight letters on. A slip is a letter too many, too few,
 * another one, or two that changed places; the last word may go on (`debain` is near `debian12`).
 */
export function mostAlike(word: string, lists: Iterable<Iterable<string>>): readonly string[] {
  const allowed = word.length >= 8 ? 2 : 1;
  let best = allowed;
  let found = new Set<string>();
  const [first, second] = [word[0], word[1]];
  for (const words of lists) {
    for (const other of words) {
      // A word begins as it was meant to, but for one slip.
      if (other[0] !== first && other[1] !== second && other[1] !== first && other[0] !== second) continue;
      const distance = slipsToBeginning(word, other, best);
      if (distance > best) continue;
      if (distance < best) found = new Set();
      best = distance;
      found.add(other);
    }
  }
  return [...found].sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, mostCorrections);
}

/** The fewest slips that lead from `word` to a beginning of `other`; more than `limit` is any larger number. */
export function slipsToBeginning(word: string, other: string, limit: number): number {
  const width = Math.min(other.length, word.length + limit);
  if (width < word.length - limit) return limit + 1;
  // Optimal string alignment: three rows of the table.
  let before: number[] = [];
  let last = Array.from({ length: width + 1 }, (_, column) => column);
  for (let row = 1; row <= word.length; row++) {
    const now = [row];
    let least = row;
    for (let column = 1; column <= width; column++) {
      const same = word[row - 1] === other[column - 1];
      let slips = Math.min(last[column]! + 1, now[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped =
        row > 1 && column > 1 && word[row - 1] === other[column - 2] && word[row - 2] === other[column - 1];
      if (swapped) slips = Math.min(slips, before[column - 2]! + 1);
      now.push(slips);
      least = Math.min(least, slips);
    }
    if (least > limit) return limit + 1;
    before = last;
    last = now;
  }
  return Math.min(...last);
}
