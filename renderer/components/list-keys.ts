/** Moving in a list by keyboard, alike for every list. */

/**
 * The index that a key of a list leads to from `index`; null when the key does not move.
 * @param pageLines how many lines PageUp and PageDown go. @param perLine how many items stand beside each other.
 */
export function movedIndex(
  key: string,
  index: number,
  count: number,
  pageLines: number,
  perLine = 1,
): number | null {
  if (count === 0) return null;
  const to = (value: number): number => Math.max(0, Math.min(count - 1, index < 0 ? 0 : value));
  /** Up and down keep to their column: where there is no line above, nothing moves. */
  const by = (lines: number): number => {
    if (index < 0) return 0;
    const least = index % perLine;
    const most = least + Math.floor((count - 1 - least) / perLine) * perLine;
    const isAfterLast =
      index + perLine > most && Math.floor((count - 1) / perLine) > Math.floor(index / perLine);
    if (lines > 0 && isAfterLast) return count - 1;
    return Math.max(least, Math.min(most, index + lines * perLine));
  };
  switch (key) {
    case 'ArrowDown':
      return by(1);
    case 'ArrowUp':
      return by(-1);
    case 'ArrowRight':
      return perLine > 1 ? to(index + 1) : null;
    case 'ArrowLeft':
      return perLine > 1 ? to(index - 1) : null;
    case 'PageDown':
      return by(pageLines);
    case 'PageUp':
      return by(-pageLines);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
