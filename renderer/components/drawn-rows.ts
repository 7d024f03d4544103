/** Which rows of a long list are drawn: those in sight, and a few around them. */

export interface ListView {
  /** In pixels. */
  readonly scrollTop: number;
  readonly bodyHeight: number;
  readonly rowHeight: number;
  /** How many rows there are. */
  readonly count: number;
  /** A row that is drawn wherever it is. */
  readonly kept: number;
}

/** Rows drawn above and below, so that a turn of the wheel shows no gap. */
const spareRows = 6;

/** The rows in sight and a few around them: from `first` to `end`, which is not in it. */
export function sightOf({ scrollTop, bodyHeight, rowHeight, count }: Omit<ListView, 'kept'>): {
  readonly first: number;
  readonly end: number;
} {
  // A list that has become shorter is still scrolled to where it was.
  const top = Math.max(0, Math.min(scrollTop, count * rowHeight - bodyHeight));
  return {
    first: Math.max(0, Math.floor(top / rowHeight) - spareRows),
    end: Math.min(count, Math.ceil((top + bodyHeight) / rowHeight) + spareRows),
  };
}

/** The indexes of the rows to draw, ascending. */
export function drawnIndexes(view: ListView): number[] {
  const { first, end } = sightOf(view);
  const { count, kept } = view;
  const indexes = Array.from({ length: Math.max(0, end - first) }, (_, offset) => first + offset);
  if (kept >= count || (kept >= first && kept < end)) return indexes;
  return kept < first ? [kept, ...indexes] : [...indexes, kept];
}
