/** Remembers where the window was, and keeps it on a screen that is there. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** In the system's display-independent pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WindowPlace {
  readonly bounds: Rectangle;
  readonly maximized: boolean;
}

export const smallestWindow = { width: 760, height: 520 } as const;
const firstWindow = { width: 1180, height: 780 } as const;
/** How much of the title bar must be on a screen for the window to be within reach. */
const grip = { width: 120, height: 32 } as const;

/** The remembered place; null when there is none or it cannot be understood. */
export function readPlace(path: string): WindowPlace | null {
  try {
    const { bounds, maximized } = JSON.parse(readFileSync(path, 'utf8')) as WindowPlace;
    const { x, y, width, height } = bounds;
    if (![x, y, width, height].every(Number.isSafeInteger)) return null;
    return { bounds: { x, y, width, height }, maximized: maximized === true };
  } catch {
    return null;
  }
}

/** Remembers the place. A place that cannot be written is forgotten: it is not worth a word to the user. */
export function writePlace(path: string, place: WindowPlace): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, JSON.stringify(place));
    renameSync(`${path}.new`, path);
  } catch {
    return;
  }
}

/**
 * Where to open the window: the remembered place as far as the screens' work areas (the primary one first) still hold
 * it, else the middle of the primary screen.
 */
export function placeOn(screens: readonly Rectangle[], remembered: WindowPlace | null): WindowPlace {
  const primary = screens[0] ?? { x: 0, y: 0, ...firstWindow };
  if (remembered === null) return { bounds: centre(primary, firstWindow), maximized: false };
  const { bounds, maximized } = remembered;
  for (const screen of screens) {
    // Judged at the size it gets: a window that was wider than the screen may be out of reach once it is not.
    const fitted = { ...bounds, ...fit(screen, bounds) };
    if (withinReach(fitted, screen)) return { bounds: fitted, maximized };
  }
  return { bounds: centre(primary, bounds), maximized };
}

/** Whether the title bar can be taken hold of on that screen. */
function withinReach(bounds: Rectangle, screen: Rectangle): boolean {
  const left = Math.max(bounds.x, screen.x);
  const right = Math.min(bounds.x + bounds.width, screen.x + screen.width);
  const titleIsOn = bounds.y >= screen.y && bounds.y + grip.height <= screen.y + screen.height;
  return titleIsOn && right - left >= grip.width;
}

function fit(screen: Rectangle, size: { width: number; height: number }): { width: number; height: number } {
  return {
    width: Math.min(Math.max(size.width, smallestWindow.width), screen.width),
    height: Math.min(Math.max(size.height, smallestWindow.height), screen.height),
  };
}

function centre(screen: Rectangle, size: { width: number; height: number }): Rectangle {
  const { width, height } = fit(screen, size);
  return {
    x: screen.x + Math.round((screen.width - width) / 2),
    y: screen.y + Math.round((screen.height - height) / 2),
    width,
    height,
  };
}
