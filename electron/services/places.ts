/** The places from which a person starts to look for a file: home, downloads, desktop, drives. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { inEnglish } from '#shared/in-english.ts';

export interface Place {
  readonly title: string;
  readonly path: string;
}

const driveLimit = 32;

/** The places that are there, home first. */
export async function listPlaces(
  platform: NodeJS.Platform = process.platform,
  homeFolder: string = homedir(),
): Promise<Place[]> {
  const [downloads, desktop] = await userFolders(platform, homeFolder);
  const candidates = [
    { title: inEnglish('Home'), path: homeFolder },
    { title: inEnglish('Downloads'), path: downloads },
    { title: inEnglish('Desktop'), path: desktop },
    ...(await listDrives(platform)),
  ];
  const present = await Promise.all(candidates.map((place) => isFolder(place.path)));
  const paths = new Set<string>();
  return candidates.filter((place, index) => {
    if (!present[index] || paths.has(place.path)) return false;
    paths.add(place.path);
    return true;
  });
}

/** The downloads and the desktop folder: on Linux they may have names of the person's own language. */
async function userFolders(
  platform: NodeJS.Platform,
  homeFolder: string,
): Promise<readonly [downloads: string, desktop: string]> {
  const usual = [join(homeFolder, 'Downloads'), join(homeFolder, 'Desktop')] as const;
  if (platform === 'win32' || platform === 'darwin') return usual;
  const configFolder = process.env['XDG_CONFIG_HOME'] || join(homeFolder, '.config');
  const text = await readFile(join(configFolder, 'user-dirs.dirs'), 'utf8').catch(() => '');
  return [
    readUserFolder(text, 'XDG_DOWNLOAD_DIR', homeFolder) ?? usual[0],
    readUserFolder(text, 'XDG_DESKTOP_DIR', homeFolder) ?? usual[1],
  ];
}

/** One line of user-dirs.dirs (xdg-user-dirs): XDG_NAME_DIR="$HOME/yyy" or XDG_NAME_DIR="/yyy". */
export function readUserFolder(text: string, name: string, homeFolder: string): string | null {
  const match = new RegExp(`^${name}="(\\$HOME)?(/[^"]*)?"`, 'm').exec(text);
  if (!match || (match[1] === undefined && match[2] === undefined)) return null;
  const path = (match[2] ?? '').replace(/\\(.)/g, '$1');
  return match[1] === undefined ? path : join(homeFolder, path);
}

async function listDrives(platform: NodeJS.Platform): Promise<Place[]> {
  if (platform === 'win32') {
    // A and B are floppy drives, which make noise when they are asked.
    return [...'CDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => ({ title: `${letter}:`, path: `${letter}:\\` }));
  }
  const parents =
    platform === 'darwin' ? ['/Volumes'] : [`/media/${userName()}`, `/run/media/${userName()}`, '/mnt'];
  const lists = await Promise.all(
    parents.map(async (parent) => {
      const names = await readdir(parent).catch(() => []);
      return names.filter((name) => !name.startsWith('.')).map((name) => join(parent, name));
    }),
  );
  return lists
    .flat()
    .slice(0, driveLimit)
    .map((path) => ({ title: basename(path), path }));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A process may run under a number that has no name.
    return String(process.getuid?.() ?? '');
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}
