/** The command line's commands on watched folders: watch, unwatch, folders, scan. */
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ScanResult, WatchedFolder } from '#shared/domain/scan.ts';
import { Failure } from '#shared/failure.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { isBelow } from '../catalogue/path-range.ts';
import { workerEntries } from '../entries.ts';
import { systemClock } from '../scanning/clock.ts';
import { ThreadLooker } from '../scanning/looker.ts';
import { Scanner } from '../scanning/scanner.ts';
import { folderToWatch } from '../services/folders.ts';
import { WorkerThread } from '../worker/client.ts';
import { describeFolders, describeScans, type FolderScanned } from './describe-folders.ts';
import { withCatalogue } from './library.ts';
import { answer, type ExitCode } from './session.ts';

interface JsonOption {
  readonly json?: boolean;
}

/** How long a scan waits for files that are being written. */
const growingPatienceMilliseconds = 10_000;
const pollMilliseconds = 100;

/** A scanner that looks when it is asked, and follows nothing. */
async function withScanner<T>(use: (scanner: Scanner, catalogue: Catalogue) => Promise<T>): Promise<T> {
  return withCatalogue(async (catalogue) => {
    const scanner = new Scanner({
      catalogue,
      looker: new ThreadLooker(() => new WorkerThread(workerEntries())),
      watch: null,
      clock: systemClock,
      events: { publish: () => {} },
      foldersChanged: () => {},
      log: (line) => process.stderr.write(`platter: ${line}\n`),
    });
    try {
      return await use(scanner, catalogue);
    } finally {
      await scanner.close();
    }
  });
}

/** `platter library folders`. */
export async function libraryFolders(options: JsonOption): Promise<ExitCode> {
  const folders = await withScanner((scanner) => Promise.resolve(scanner.list()));
  answer(options.json ?? false, { folders }, () => describeFolders(folders));
  return 0;
}

/** `platter library watch FOLDER…`: watches them from now on, and looks through them. */
export async function libraryWatch(folders: readonly string[], options: JsonOption): Promise<ExitCode> {
  const scans = await withScanner(async (scanner) => {
    const paths = [];
    for (const folder of folders) paths.push(await folderToWatch(resolve(folder)));
    return scanAll(
      scanner,
      paths.map((path) => scanner.add(path)),
    );
  });
  answer(options.json ?? false, { scans }, () => describeScans(scans));
  return 0;
}

/** `platter library unwatch FOLDER…`, by number or path; the files stay, and their entries unless they are to be forgotten. */
export async function libraryUnwatch(
  words: readonly string[],
  options: JsonOption & { readonly forget?: boolean },
): Promise<ExitCode> {
  const removed = await withScanner(async (scanner) => {
    // All are found before any is removed: a word that names nothing changes nothing.
    const folders = words.map((word) => findFolder(scanner, word));
    for (const { id } of folders) await scanner.remove(id, options.forget ?? false);
    return folders;
  });
  answer(options.json ?? false, { removed }, () => describeFolders(removed));
  return 0;
}

/** `platter library scan [FOLDER…]`: looks through watched folders now; all of them without a word. */
export async function libraryScan(words: readonly string[], options: JsonOption): Promise<ExitCode> {
  const scans = await withScanner(async (scanner) => {
    const folders = words.length === 0 ? scanner.list() : words.map((word) => findFolder(scanner, word));
    return scanAll(scanner, folders);
  });
  answer(options.json ?? false, { scans }, () => describeScans(scans));
  return 0;
}

/** All that can be scanned are. @throws Failure of the first that could not be. */
async function scanAll(scanner: Scanner, folders: readonly WatchedFolder[]): Promise<FolderScanned[]> {
  const results = await Promise.allSettled(
    folders.map(async ({ id, path }) => ({ path, ...(await scanner.scan(id)) })),
  );
  await settled(scanner);
  const refused = results.find((result) => result.status === 'rejected');
  if (refused !== undefined) throw Failure.from(refused.reason);
  return results.flatMap((result) =>
    result.status === 'fulfilled' ? [withSettled(scanner, result.value)] : [],
  );
}

/** A scan with what became of the files that it had to wait for. */
function withSettled(scanner: Scanner, scan: ScanResult & { readonly path: string }): FolderScanned {
  const later = scanner.settledIn(scan.path);
  const growing = scanner.growingPaths.filter((path) => isBelow(path, scan.path));
  return {
    ...scan,
    filesOpened: scan.filesOpened + later.filesOpened,
    filesGrowing: growing.length,
    added: scan.added + later.added,
    changed: scan.changed + later.changed,
    moved: scan.moved + later.moved,
    growing,
  };
}

async function settled(scanner: Scanner): Promise<void> {
  const deadline = Date.now() + growingPatienceMilliseconds;
  while (scanner.settling && Date.now() < deadline) await delay(pollMilliseconds);
}

function findFolder(scanner: Scanner, word: string): WatchedFolder {
  const folders = scanner.list();
  const found =
    folders.find(({ path }) => path === resolve(word)) ??
    (/^\d+$/.test(word) ? folders.find(({ id }) => id === Number(word)) : undefined);
  if (found === undefined) throw new Failure('input.invalid', { problem: `"${word}" is not watched` });
  return found;
}
