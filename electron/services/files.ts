/** Choosing files and folders: the system's dialogs where there are some, else what the in-app picker needs. */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, parse } from 'node:path';
import { fileName } from '#shared/contract/base.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { listNewestImages } from '../catalogue/images.ts';
import { listFolder, parentOf } from './folder-listing.ts';
import type { HostAbilities } from './host.ts';
import type { Implementer } from './implementer.ts';
import { locateFile } from './locate-file.ts';
import { absolutePath } from './paths.ts';
import { listPlaces } from './places.ts';
import type { RecentFolders } from './recent-folders.ts';

export interface FileServiceParts {
  readonly catalogue: Catalogue;
  readonly host: HostAbilities;
  readonly recentFolders: RecentFolders;
}

export function implementFiles(os: Implementer['files'], parts: FileServiceParts) {
  const { host, recentFolders } = parts;
  return {
    chooseFiles: os.chooseFiles.handler(() => {
      if (!host.chooseFiles) throw noDialogs();
      return host.chooseFiles();
    }),
    chooseFolder: os.chooseFolder.handler(({ input }) => {
      if (!host.chooseFolder) throw noDialogs();
      return host.chooseFolder(input.startFolder && absolutePath(input.startFolder));
    }),
    list: os.list.handler(async ({ input }) => {
      const path = absolutePath(input.folder ?? homedir());
      const [entries, places] = await Promise.all([listFolder(path), listPlaces()]);
      recentFolders.note(path);
      return { path, parent: parentOf(path), places, entries };
    }),
    createFolder: os.createFolder.handler(async ({ input }) => {
      const path = join(absolutePath(input.folder), requireFileName(input.name));
      await mkdir(path).catch((error: unknown) => {
        throw systemFailure(error, path);
      });
      return path;
    }),
    locate: os.locate.handler(async ({ input }) => {
      const known = { ...input, name: requireFileName(input.name) };
      const path = await locateFile(known, await likelyFolders(parts));
      return path === null ? null : { path };
    }),
  };
}

/** The folders of the entries that came last are the likeliest. */
const entriesAsked = 1000;

/** Where a person's files are likely to be, the likeliest first. */
async function likelyFolders({ catalogue, recentFolders }: FileServiceParts): Promise<string[]> {
  const places = await listPlaces();
  const ofEntries = listNewestImages(catalogue, entriesAsked).map((entry) => dirname(entry.path));
  const folders = [
    ...recentFolders.list(),
    ...places.map((place) => place.path),
    ...ofEntries,
    process.cwd(),
  ];
  // A search below the root of a drive would spend its limits on the system's own files.
  return [...new Set(folders)].filter((folder) => parse(folder).root !== folder);
}

function requireFileName(name: string): string {
  const parsed = fileName.safeParse(name);
  if (!parsed.success) {
    throw new Failure('input.invalid', {
      problem: parsed.error.issues.map((issue) => issue.message).join('; '),
    });
  }
  return parsed.data;
}

function noDialogs(): Failure {
  return new Failure('input.invalid', { problem: inEnglish('there are no system dialogs here') });
}
