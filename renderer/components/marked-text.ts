/** A text in pieces by the places that are marked in it. */

export interface Mark {
  readonly start: number;
  /** Not in it. */
  readonly end: number;
}

export interface TextPiece {
  readonly text: string;
  readonly marked: boolean;
}

/** The pieces of a text, in its order: together they are the text, however its marks lie over each other. */
export function markedPieces(text: string, marks: readonly Mark[]): readonly TextPiece[] {
  const found: TextPiece[] = [];
  let at = 0;
  for (const { start, end } of [...marks].sort((a, b) => a.start - b.start)) {
    if (end <= at) continue;
    if (start > at) found.push({ text: text.slice(at, start), marked: false });
    found.push({ text: text.slice(Math.max(at, start), end), marked: true });
    at = end;
  }
  return [...found, { text: text.slice(at), marked: false }];
}
