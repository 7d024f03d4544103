/** The command line's commands on the library file: verify, backup, backups, restore, export, import. */
import { join, resolve } from 'node:path';
import type { ExchangeCounts } from '#shared/domain/upkeep.ts';
import { Failure } from '#shared/failure.ts';
import { formatCount, formatSize } from '#shared/text/units.ts';
import { copyLibrary, findBackup, listBackups } from '../catalogue/backups.ts';
import { openCatalogue } from '../catalogue/database.ts';
import { listJobs } from '../catalogue/jobs.ts';
import { currentLocation } from '../catalogue/moving.ts';
import { markDamaged, openOrRecover } from '../catalogue/recovery.ts';
import { restoreBackup } from '../catalogue/restore.ts';
import { upkeepTasks } from '../catalogue/upkeep-tasks.ts';
import { answer, type ExitCode } from './session.ts';

interface JsonOption {
  readonly json?: boolean;
}

/** The library's place, for work that is done now. */
function here(): { databasePath: string; backupsFolder: string; now: number } {
  const { databasePath, backupsFolder } = currentLocation();
  return { databasePath, backupsFolder, now: Date.now() };
}

/** The same, with a library there: an empty one where there was none. */
function opened(): ReturnType<typeof here> {
  const place = here();
  openCatalogue(place.databasePath).close();
  return place;
}

/** `platter library verify`: 1 when something is wrong. The next start of Platter recovers it then. */
export async function libraryVerify(options: JsonOption): Promise<ExitCode> {
  const place = here();
  const problems = await upkeepTasks.verify(place);
  if (problems.length > 0) markDamaged(place.databasePath, problems);
  answer(options.json ?? false, { path: place.databasePath, problems }, () =>
    problems.length === 0
      ? [`${place.databasePath} is sound.`]
      : [`${place.databasePath} is damaged:`, ...problems.map((problem) => `  ${problem}`)],
  );
  return problems.length === 0 ? 0 : 1;
}

/** `platter library backup [FILE]`. */
export async function libraryBackup(file: string | undefined, options: JsonOption): Promise<ExitCode> {
  const place = opened();
  let path: string;
  if (file === undefined) path = join(place.backupsFolder, (await upkeepTasks.backUp(place)).name);
  else copyLibrary(place.databasePath, (path = resolve(file)));
  answer(options.json ?? false, { path }, () => [`Backed up to ${path}`]);
  return 0;
}

/** `platter library backups`. */
export function libraryBackups(options: JsonOption): Promise<ExitCode> {
  const { backupsFolder } = here();
  const backups = listBackups(backupsFolder);
  answer(options.json ?? false, { folder: backupsFolder, backups }, () =>
    backups.length === 0
      ? ['There are no backups yet.']
      : backups.map(({ name, sizeBytes }) => `${name}  ${formatSize(sizeBytes)}`),
  );
  return Promise.resolve(0);
}

/** `platter library restore [BACKUP]`: by its name among the backups, or a file. */
export async function libraryRestore(backup: string | undefined, options: JsonOption): Promise<ExitCode> {
  const place = here();
  const path = backupPath(place.backupsFolder, backup);
  refuseWithJobs();
  const keptAt = await restoreBackup(place.databasePath, path, place.backupsFolder, place.now);
  answer(options.json ?? false, { restored: path, keptAt }, () => [
    `The library is what ${path} says.`,
    `What it was before is kept at ${keptAt}`,
  ]);
  return 0;
}

function backupPath(folder: string, backup: string | undefined): string {
  if (backup === undefined) {
    const newest = listBackups(folder).find(({ kind }) => kind === 'regular');
    if (newest === undefined) throw new Failure('input.invalid', { problem: `${folder} holds no backup` });
    return join(folder, newest.name);
  }
  return /[/\\]/.test(backup) ? resolve(backup) : join(folder, findBackup(folder, backup).name);
}

/** Opens the library, which also recovers a damaged one. */
function refuseWithJobs(): void {
  const catalogue = openOrRecover(currentLocation());
  try {
    if (listJobs(catalogue).some(({ state }) => state === 'running' || state === 'queued')) {
      throw new Failure('input.invalid', { problem: 'jobs are under way, and write to the library' });
    }
  } finally {
    catalogue.close();
  }
}

/** `platter library export FILE`. */
export async function libraryExport(file: string, options: JsonOption): Promise<ExitCode> {
  const counts = await upkeepTasks.exportTo({ ...opened(), path: resolve(file) });
  answer(options.json ?? false, counts, () => [`Exported to ${counts.path}: ${counted(counts)}`]);
  return 0;
}

/** `platter library import FILE`. */
export async function libraryImport(
  file: string,
  options: JsonOption & { readonly replace?: boolean },
): Promise<ExitCode> {
  const place = opened();
  refuseWithJobs();
  const mode = options.replace === true ? 'replace' : 'merge';
  const { counts, keptAt } = await upkeepTasks.importFrom({ ...place, path: resolve(file), mode });
  answer(options.json ?? false, { ...counts, keptAt }, () => [
    `Imported from ${counts.path}: ${counted(counts)}`,
    `What the library was before is kept at ${keptAt}`,
  ]);
  return 0;
}

function counted({ images, folders, tags, searches }: ExchangeCounts): string {
  const parts = [
    formatCount(images, 'image'),
    formatCount(folders, 'watched folder'),
    formatCount(tags, 'tag'),
    formatCount(searches, 'saved search', 'saved searches'),
  ];
  return parts.join(', ');
}
