/** The folders of one test: a home folder, a library and an output folder of its own, and what lies in them. */
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { ownDisplay } from '../setup/display.ts';

export interface Places {
  /** Everything below is in here. */
  readonly root: string;
  readonly home: string;
  readonly downloads: string;
  /** Where the test has its disks extracted to. */
  readonly output: string;
  /** PLATTER_HOME. */
  readonly library: string;
  /** TMPDIR of the app: whatever it writes there is a temporary copy. */
  readonly temporary: string;
}

export function makePlaces(): Places {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'platter-e2e-')));
  const home = join(root, 'home');
  const places = {
    root,
    home,
    downloads: join(home, 'Downloads'),
    output: join(home, 'Images'),
    library: join(root, 'library'),
    temporary: join(root, 'tmp'),
  };
  for (const folder of Object.values(places)) mkdirSync(folder, { recursive: true });
  return places;
}

export function removePlaces({ root }: Places): void {
  rmSync(root, { recursive: true, force: true });
}

/** Puts a file that the app will only read into `folder`: linked where that is possible, since some are large. */
export function provide(path: string, folder: string, name = basename(path)): string {
  mkdirSync(folder, { recursive: true });
  const target = join(folder, name);
  try {
    linkSync(path, target);
  } catch {
    copyFileSync(path, target);
  }
  return target;
}

/** The names in a folder, sorted, hidden ones too. */
export function namesIn(folder: string): string[] {
  return readdirSync(folder).sort();
}

/** The environment that a Platter in these folders runs in. */
export function environmentOf(places: Places): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(NODE_|npm_|XDG_|PLAYWRIGHT_|FORCE_COLOR)/.test(entry[0]),
  );
  const display = ownDisplay();
  return {
    ...Object.fromEntries(inherited),
    ...(display === null ? {} : { DISPLAY: display }),
    HOME: places.home,
    PLATTER_HOME: places.library,
    TMPDIR: places.temporary,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  };
}
