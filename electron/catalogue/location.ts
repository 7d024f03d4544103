/** Where the library lives by itself: the platform's folder for application data, or what PLATTER_HOME says. */
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

export interface LibraryLocation {
  /** Everything that Platter keeps lies in here. */
  readonly folder: string;
  /** The SQLite file. */
  readonly databasePath: string;
  /** Copies of the SQLite file. */
  readonly backupsFolder: string;
  /** Where running processes hold their locks. */
  readonly locksFolder: string;
}

/** What decides about the place; all of it is this process's own unless said otherwise. */
export interface LocationSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly homeFolder: string;
  readonly workingFolder: string;
}

/**
 * The library's own place, where it is unless somebody moved it (`moving.ts`). `home`, when given, comes before PLATTER_HOME; a relative one starts at the working folder.
 * XDG_DATA_HOME counts only when it is absolute (XDG Base Directory Specification, "Environment variables").
 */
export function libraryLocation(
  home?: string,
  surroundings: LocationSurroundings = {
    environment: process.env,
    platform: process.platform,
    homeFolder: homedir(),
    workingFolder: process.cwd(),
  },
): LibraryLocation {
  const path = surroundings.platform === 'win32' ? win32 : posix;
  const chosen = home || surroundings.environment['PLATTER_HOME'];
  const folder = chosen ? path.resolve(surroundings.workingFolder, chosen) : platformFolder(surroundings);
  return locationIn(folder, path);
}

/** The library that lies in `folder`. */
export function locationIn(
  folder: string,
  path: typeof posix = process.platform === 'win32' ? win32 : posix,
): LibraryLocation {
  return {
    folder,
    databasePath: path.join(folder, 'library.sqlite'),
    backupsFolder: path.join(folder, 'backups'),
    locksFolder: path.join(folder, 'running'),
  };
}

function platformFolder({ environment, platform, homeFolder }: LocationSurroundings): string {
  if (platform === 'win32') {
    const roaming = environment['APPDATA'];
    return win32.join(roaming || win32.join(homeFolder, 'AppData', 'Roaming'), 'Platter');
  }
  if (platform === 'darwin') return posix.join(homeFolder, 'Library', 'Application Support', 'Platter');
  const data = environment['XDG_DATA_HOME'];
  return posix.join(
    data && posix.isAbsolute(data) ? data : posix.join(homeFolder, '.local', 'share'),
    'platter',
  );
}
