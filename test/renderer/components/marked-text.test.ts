/** A text with marks in it: nothing of it is lost or said twice, and what is marked is what was meant. */
import { describe, expect, it } from 'vitest';
import { markedPieces } from '../../../renderer/components/marked-text.ts';

const text = 'fromat:qcow2 size:>big tag:prod';
/** The pieces in a row, the marked ones in brackets. */
const drawn = (...marks: [start: number, end: number][]): string =>
  markedPieces(
    text,
    marks.map(([start, end]) => ({ start, end })),
  )
    .map((piece) => (piece.marked ? `[${piece.text}]` : piece.text))
    .join('');

describe('the pieces of a text', () => {
  it('are the text where nothing is marked', () => {
    expect(markedPieces(text, [])).toEqual([{ text, marked: false }]);
  });

  it('are marked where they are meant, in whatever order the marks come', () => {
    expect(drawn([18, 22], [0, 7])).toBe('[fromat:]qcow2 size:[>big] tag:prod');
    expect(drawn([0, text.length])).toBe(`[${text}]`);
  });

  it('are said once where marks lie over each other', () => {
    expect(drawn([0, 7], [2, 12], [3, 5])).toBe('[fromat:][qcow2] size:>big tag:prod');
    expect(drawn([0, 7], [0, 7])).toBe('[fromat:]qcow2 size:>big tag:prod');
  });
});
