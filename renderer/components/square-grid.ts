/** Squares in rows that stand for places on a disk: how many fit beside each other, which one is where, where keys lead. */

export interface SquareGrid {
  readonly columns: number;
  readonly count: number;
  /** From one square to the next, in CSS pixels. */
  readonly pitch: number;
}

/** So many stand beside each other however narrow it is. */
const fewestColumns = 8;

/** How many squares fit beside each other. */
export function columnsIn(width: number, pitch: number): number {
  return Math.max(fewestColumns, Math.floor(width / pitch));
}

/** How high all of the rows are, in pixels. */
export function heightOf({ columns, count, pitch }: SquareGrid): number {
  return Math.max(1, Math.ceil(count / columns)) * pitch;
}

/** The square at a point, in pixels from the first one's corner; null where there is none. */
export function squareAt(x: number, y: number, { columns, count, pitch }: SquareGrid): number | null {
  const column = Math.floor(x / pitch);
  const index = Math.floor(y / pitch) * columns + column;
  return column < 0 || column >= columns || index < 0 || index >= count ? null : index;
}

/** The square that a key leads to from `at`, null: from none; null when the key does not move. */
export function movedSquare(key: string, at: number | null, { columns, count }: SquareGrid): number | null {
  const moves: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    Home: -count,
    End: count,
  };
  const move = moves[key];
  if (move === undefined) return null;
  return at === null ? 0 : Math.max(0, Math.min(count - 1, at + move));
}
