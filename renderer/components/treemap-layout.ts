/** Where the areas of a treemap lie: squarified, so that they come out as near to squares as may be. */
import { hierarchy, treemap, treemapSquarify } from 'd3-hierarchy';

export interface TreemapArea {
  readonly name: string;
  /** What its size stands for. */
  readonly bytes: number;
  /** Everything that was too small to be an area of its own. */
  readonly isRest: boolean;
  readonly format: string | null;
  /** What is drawn inside. */
  readonly cells: readonly {
    readonly name: string;
    readonly format: string | null;
    readonly bytes: number;
  }[];
}

/** In pixels, from the left top corner. */
export interface PlacedRectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedArea extends PlacedRectangle {
  readonly index: number;
  /** In the order of the area's cells, within the map. */
  readonly cells: readonly PlacedRectangle[];
}

export interface TreemapSize {
  readonly width: number;
  readonly height: number;
  /** How high the line with the name of a group is. */
  readonly titleHeight: number;
}

/** A rest that is larger than what is shown would leave no room for it. */
const mostOfRest = 0.35;

/** Whether the rest is drawn smaller than it is. */
export function isRestCut(areas: readonly TreemapArea[]): boolean {
  return areas.some((area) => area.isRest && area.bytes > drawnBytes(area, areas));
}

function drawnBytes(area: TreemapArea, areas: readonly TreemapArea[]): number {
  if (!area.isRest) return area.bytes;
  const shown = areas.reduce((sum, { isRest, bytes }) => (isRest ? sum : sum + bytes), 0);
  return shown === 0 ? area.bytes : Math.min(area.bytes, (shown * mostOfRest) / (1 - mostOfRest));
}

interface Node {
  readonly index: number;
  readonly bytes: number;
  readonly children: readonly Node[];
}

/** Places the areas, the largest first; what takes nothing has no place. */
export function placeAreas(
  areas: readonly TreemapArea[],
  { width, height, titleHeight }: TreemapSize,
): readonly PlacedArea[] {
  const leaf = (bytes: number, index: number): Node => ({ index, bytes, children: [] });
  const whole: Node = {
    index: -1,
    bytes: 0,
    children: areas.map((area, index): Node => {
      const bytes = drawnBytes(area, areas);
      if (area.cells.length === 0) return leaf(bytes, index);
      return { index, bytes: 0, children: area.cells.map((cell, at) => leaf(cell.bytes, at)) };
    }),
  };
  const root = hierarchy<Node>(whole, ({ children }) => (children.length === 0 ? null : children)).sum(
    ({ bytes }) => bytes,
  );
  const placed = treemap<Node>()
    .tile(treemapSquarify)
    .size([width, height])
    .round(true)
    .paddingInner((node) => (node.depth === 0 ? 4 : 2))
    .paddingTop((node) => (node.depth === 1 ? titleHeight : 0))
    .paddingRight((node) => (node.depth === 1 ? 3 : 0))
    .paddingBottom((node) => (node.depth === 1 ? 3 : 0))
    .paddingLeft((node) => (node.depth === 1 ? 3 : 0))(root);
  return (placed.children ?? [])
    .map((node) => ({
      ...rectangleOf(node),
      index: node.data.index,
      cells: (node.children ?? []).map(rectangleOf),
    }))
    .filter((area) => area.width > 0 && area.height > 0);
}

function rectangleOf({
  x0,
  y0,
  x1,
  y1,
}: {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}): PlacedRectangle {
  return { left: x0, top: y0, width: Math.max(0, x1 - x0), height: Math.max(0, y1 - y0) };
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The area that an arrow key leads to from another one: the nearest of those that lie that way; null where there is none. */
export function areaTowards(
  placed: readonly PlacedArea[],
  from: PlacedArea,
  direction: Direction,
): PlacedArea | null {
  const isSideways = direction === 'left' || direction === 'right';
  const isForward = direction === 'right' || direction === 'down';
  const start = (area: PlacedArea): number => (isSideways ? area.left : area.top);
  const end = (area: PlacedArea): number => start(area) + (isSideways ? area.width : area.height);
  const middle = (area: PlacedArea): number =>
    isSideways ? area.top + area.height / 2 : area.left + area.width / 2;
  const gap = (area: PlacedArea): number => (isForward ? start(area) - end(from) : start(from) - end(area));
  const distance = (area: PlacedArea): number => gap(area) + 2 * Math.abs(middle(area) - middle(from));
  const there = placed.filter((area) => area !== from && gap(area) >= -1);
  return there.reduce<PlacedArea | null>(
    (nearest, area) => (nearest === null || distance(area) < distance(nearest) ? area : nearest),
    null,
  );
}
