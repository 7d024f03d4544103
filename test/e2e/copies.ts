/** Watches for temporary copies while Platter works: large files that it has open or that appear where copies would lie. */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Anything smaller is no copy of a disk. */
const largeBytes = 16 * 1024 * 1024;
const pauseMs = 40;
const deepest = 4;

export interface CopyWatch {
  /** Stops watching; the large files that were seen and are not allowed, and how often was looked. */
  stop(): { readonly strangers: readonly string[]; readonly looks: number };
}

interface Watched {
  /** The processes that do the work. */
  readonly processIds: () => readonly number[];
  /** Where copies would appear: above all the folder that is the program's TMPDIR. */
  readonly folders: readonly string[];
  /** The source, and the output under its final or its partial name. */
  readonly isAllowed: (path: string) => boolean;
}

/** Starts to look, many times a second, until it is stopped. */
export function watchForCopies({ processIds, folders, isAllowed }: Watched): CopyWatch {
  const known = new Set(largeFilesIn(folders));
  const strangers = new Set<string>();
  let looks = 0;
  const workers = (): readonly number[] => {
    try {
      return processIds();
    } catch {
      // A test that has failed ends the program before the watch.
      return [];
    }
  };
  const look = (): void => {
    looks++;
    for (const path of [...largeFilesIn(folders), ...workers().flatMap(openFilesOf)]) {
      if (!known.has(path) && !isAllowed(path)) strangers.add(path);
    }
  };
  const timer = setInterval(look, pauseMs);
  return {
    stop() {
      clearInterval(timer);
      look();
      return { strangers: [...strangers], looks };
    },
  };
}

function* largeFilesIn(folders: readonly string[], depth = 0): Generator<string> {
  for (const folder of folders) {
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && depth < deepest) yield* largeFilesIn([path], depth + 1);
      else if (entry.isFile() && isLarge(path)) yield path;
    }
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isLarge(path: string): boolean {
  try {
    const status = statSync(path);
    return status.isFile() && status.blocks * 512 >= largeBytes;
  } catch {
    return false;
  }
}

/**
 * The large regular files that a process has open, also those that have no name any more. Its own program is none of
 * them: Node may look at that as it starts a thread.
 */
function openFilesOf(processId: number): string[] {
  const folder = `/proc/${processId}/fd`;
  try {
    const program = readlinkSync(`/proc/${processId}/exe`);
    return readdirSync(folder)
      .map((descriptor) => join(folder, descriptor))
      .filter(isLarge)
      .map((link) => readlinkSync(link))
      .filter((path) => path !== program);
  } catch {
    return [];
  }
}
