/** Draws a map's cells on a canvas: rows of small squares, filled by what they hold and in the hue of the layer that has it. */
import type { MapCell } from '#shared/domain/image.ts';

export interface MapGeometry {
  readonly columns: number;
  /** From one square to the next, in CSS pixels. */
  readonly pitch: number;
  readonly squareWidth: number;
  readonly squareHeight: number;
}

export interface MapColours {
  readonly absent: string;
  readonly zero: string;
  /** By layer, over and over. */
  readonly layers: readonly string[];
  readonly cursor: string;
}

/** The hues of the layers, over and over: tokens. */
export const layerHues = ['--accent', '--mark-1', '--mark-2', '--mark-4', '--mark-3', '--mark-5'] as const;

/** The colours in force for `element`; a high-contrast theme has its own. */
export function mapColours(element: Element): MapColours {
  if (matchMedia('(forced-colors: active)').matches) {
    return {
      absent: 'Canvas',
      zero: 'GrayText',
      layers: ['Highlight', 'CanvasText'],
      cursor: 'CanvasText',
    };
  }
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    absent: token('--line'),
    zero: token('--line-control'),
    layers: layerHues.map(token),
    cursor: token('--text'),
  };
}

/** The least that a share shows: one cluster in a gigabyte is there all the same. */
const faintest = 0.3;

export function drawMap(
  canvas: HTMLCanvasElement,
  cells: readonly MapCell[],
  { columns, pitch, squareWidth, squareHeight }: MapGeometry,
  colours: MapColours,
  marked: { readonly from: number; readonly to: number } | null,
): void {
  const scale = window.devicePixelRatio;
  const rows = Math.max(1, Math.ceil(cells.length / columns));
  canvas.width = Math.round(columns * pitch * scale);
  canvas.height = Math.round(rows * pitch * scale);
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(scale, scale);
  for (const [index, cell] of cells.entries()) {
    const x = (index % columns) * pitch;
    const y = Math.floor(index / columns) * pitch;
    drawCell(context, cell, { x, y, width: squareWidth, height: squareHeight }, colours);
    if (marked !== null && index >= marked.from && index <= marked.to) {
      context.globalAlpha = 1;
      context.strokeStyle = colours.cursor;
      context.lineWidth = 1.5;
      context.strokeRect(x + 0.25, y + 0.25, squareWidth - 0.5, squareHeight - 0.5);
    }
  }
}

function drawCell(
  context: CanvasRenderingContext2D,
  { sums, length, depth }: MapCell,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  colours: MapColours,
): void {
  const { x, y, width, height } = box;
  const fill = (colour: string, alpha: number): void => {
    context.globalAlpha = alpha;
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(x, y, width, height, 1.5);
    context.fill();
  };
  const strength = (bytes: number): number => faintest + (1 - faintest) * Math.min(1, bytes / length);
  fill(colours.absent, 1);
  if (sums.zero > 0) fill(colours.zero, 0.55 * strength(sums.zero));
  const data = sums.stored + sums.encoded;
  if (data === 0) return;
  fill(colours.layers[(depth ?? 0) % colours.layers.length]!, strength(data));
  if (sums.encoded <= sums.stored) return;
  // What is compressed takes less room than it says: a square that is hollow.
  context.globalAlpha = 1;
  context.fillStyle = colours.absent;
  context.fillRect(x + width / 2 - 1, y + height / 2 - 1, 2, 2);
}
