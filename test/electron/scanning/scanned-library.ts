/** A library with a scanner whose threads, clock and watch are the test's: the files are real. */
import { listFolders, stampFiles } from '#engine/operations/list-folders.ts';
import { recogniseFiles } from '#engine/operations/recognise.ts';
import type { LibraryEvent } from '#shared/domain/library.ts';
import type { FolderRequest } from '#shared/domain/scan.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { Scanner } from '../../../electron/scanning/scanner.ts';
import type { WatchFolder } from '../../../electron/scanning/watching.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface ScannedLibrary {
  readonly catalogue: Catalogue;
  readonly scanner: Scanner;
  readonly clock: VirtualClock;
  readonly events: LibraryEvent[];
  /** The paths that were opened since this was last emptied. */
  readonly opened: string[];
  /** How often `rest` was called. */
  readonly rests: () => number;
  /** What stands for the system's watch, by folder. */
  readonly watches: Map<string, { changed(paths: readonly string[]): void; failed(reason: string): void }>;
  /** Set to have the looker fail. */
  broken: Error | null;
  /** Set to have folders listed without root's right to read everything. */
  unprivileged: boolean;
}

const nobody = 65_534;

/** Runs `work` with permissions that hold, also where the tests run as root. */
function withoutPrivilege<T>(work: () => T): T {
  if (process.getuid?.() !== 0) return work();
  process.seteuid!(nobody);
  try {
    return work();
  } finally {
    process.seteuid!(0);
  }
}

/** `now`: when it is, in milliseconds since 1970. */
export function scannedLibrary(now: number, catalogue = openCatalogue(':memory:')): ScannedLibrary {
  const clock = new VirtualClock(now);
  const events: LibraryEvent[] = [];
  const opened: string[] = [];
  const watches: ScannedLibrary['watches'] = new Map();
  let rests = 0;
  const library: Pick<ScannedLibrary, 'broken' | 'unprivileged'> = { broken: null, unprivileged: false };
  const answer = <T>(work: () => T): Promise<T> =>
    library.broken === null ? Promise.resolve().then(work) : Promise.reject(library.broken);
  const watch: WatchFolder = (folder, changed, failed) => {
    watches.set(folder, { changed, failed });
    return Promise.resolve({
      close: () => {
        watches.delete(folder);
        return Promise.resolve();
      },
    });
  };
  const scanner = new Scanner({
    catalogue,
    looker: {
      listFolders: (folders: readonly FolderRequest[]) =>
        answer(() => {
          const list = () => listFolders(folders, 5);
          return library.unprivileged ? withoutPrivilege(list) : list();
        }),
      stampFiles: (paths) => answer(() => stampFiles(paths)),
      recogniseFiles: (paths) =>
        answer(() => {
          opened.push(...paths);
          return recogniseFiles(paths);
        }),
      rest: () => {
        rests += 1;
        return Promise.resolve();
      },
    },
    watch,
    clock,
    events: { publish: (event) => void events.push(event) },
    foldersChanged: () => {},
    log: () => {},
  });
  return Object.assign(library, { catalogue, scanner, clock, events, opened, rests: () => rests, watches });
}
