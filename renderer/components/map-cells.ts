/** Folds a map's cells into as many as there is room to draw, and says in words what one of them is. */
import type { MapCell, MapLayer, Span, StateSums } from '#shared/domain/image.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { formatBytes } from '#shared/text/units.ts';
import { t } from '#shared/text/words.ts';

/** At most `most` cells, each of an equal number of those given; the last may have fewer. */
export function foldCells(cells: readonly MapCell[], most: number): readonly MapCell[] {
  const each = Math.ceil(cells.length / Math.max(1, most));
  if (each <= 1) return cells;
  return Array.from({ length: Math.ceil(cells.length / each) }, (_, index) =>
    joined(cells.slice(index * each, (index + 1) * each)),
  );
}

const dataOf = ({ sums }: MapCell): number => sums.stored + sums.encoded;

function joined(cells: readonly MapCell[]): MapCell {
  const sums = { stored: 0, encoded: 0, zero: 0, absent: 0 };
  let length = 0;
  let fullest = cells[0]!;
  for (const cell of cells) {
    length += cell.length;
    for (const state of Object.keys(sums) as (keyof StateSums)[]) sums[state] += cell.sums[state];
    if (dataOf(cell) > dataOf(fullest)) fullest = cell;
  }
  const first = cells.find((cell) => cell.depth === fullest.depth && cell.fileOffset !== null);
  return {
    start: cells[0]!.start,
    length,
    sums,
    depth: fullest.depth,
    fileOffset: first?.fileOffset ?? null,
  };
}

const hexadecimal = (offset: number): string => `0x${offset.toString(16)}`;

/** `1.5 GiB + 32 MiB`, as one reads it from a map. */
export function placeWords({ start, length }: Span): string {
  return `${formatBytes(start)} – ${formatBytes(start + length)}`;
}

/** What a cell is: `Data`, `Compressed`, `Zeros`, `Not allocated`, or how much of which. */
export function cellWords(cell: MapCell, layers: readonly MapLayer[]): string {
  const { sums, length, depth, fileOffset } = cell;
  const kinds = [
    { words: t('data'), bytes: sums.stored },
    { words: t('compressed data'), bytes: sums.encoded },
    { words: t('zeros'), bytes: sums.zero },
    { words: t('not allocated'), bytes: sums.absent },
  ].filter(({ bytes }) => bytes > 0);
  const what =
    kinds.length === 1
      ? kinds[0]!.words
      : kinds.map(({ words, bytes }) => `${shareWords(bytes, length)} ${words}`).join(', ');
  const layered =
    depth !== null && layers.length > 1
      ? t('{what} in {name}', { what, name: fileNameOf(layers[depth]?.path ?? '') })
      : what;
  return fileOffset === null
    ? layered
    : t('{what}, from byte {offset} of its file', { what: layered, offset: hexadecimal(fileOffset) });
}

/** `37 %`; what is there but rounds to nothing is `under 1 %`. */
export function shareWords(bytes: number, ofBytes: number): string {
  const percent = ofBytes === 0 ? 0 : (bytes / ofBytes) * 100;
  return percent > 0 && percent < 1 ? t('under 1 %') : `${Math.round(percent)} %`;
}

/** The smallest span that is worth looking at: one sector a cell. */
const leastBytes = 64 * 512;

/** `span` made `factor` times as long around `centre`, within the disk; the whole disk is null. */
export function zoomed(span: Span, factor: number, centre: number, virtualSizeBytes: number): Span | null {
  const length = Math.max(Math.min(leastBytes, virtualSizeBytes), Math.round(span.length * factor));
  if (length >= virtualSizeBytes) return null;
  const start = Math.max(0, Math.min(virtualSizeBytes - length, Math.round(centre - length / 2)));
  const aligned = start - (start % 512);
  return { start: aligned, length };
}
