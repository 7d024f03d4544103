/** The work on the library file that takes a while: each opens the file for itself, so that any thread can do it. */
import { join } from 'node:path';
import type { Backup, ExchangeCounts, ImportMode } from '#shared/domain/upkeep.ts';
import { Failure, type FailureData } from '#shared/failure.ts';
import { backUp } from './backups.ts';
import { openCatalogue, type Catalogue } from './database.ts';
import { exportLibrary } from './export-library.ts';
import { importLibrary, readExchange } from './import-library.ts';
import { problemsIn } from './integrity.ts';
import { restoreBackup } from './restore.ts';

export interface Place {
  readonly databasePath: string;
  readonly backupsFolder: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const upkeepTasks = {
  /** What is wrong with the library file. */
  verify: async ({ databasePath }: Place): Promise<string[]> => problemsIn(databasePath),
  backUp: async ({ databasePath, backupsFolder, now }: Place): Promise<Backup> =>
    backUp(databasePath, backupsFolder, now),
  /** Where what was there before lies. */
  restore: async ({ databasePath, backupsFolder, now, name }: Place & { name: string }): Promise<string> =>
    restoreBackup(databasePath, join(backupsFolder, name), backupsFolder, now),
  exportTo: async ({ databasePath, now, path }: Place & { path: string }): Promise<ExchangeCounts> =>
    within(databasePath, (catalogue) => exportLibrary(catalogue, path, now)),
  /** With a backup of what was there before. */
  importFrom: async (
    input: Place & { path: string; mode: ImportMode },
  ): Promise<{ counts: ExchangeCounts; keptAt: string }> => {
    const { databasePath, backupsFolder, now, path, mode } = input;
    readExchange(path);
    const { name } = backUp(databasePath, backupsFolder, now, 'before-change');
    const counts = within(databasePath, (catalogue) => importLibrary(catalogue, path, mode));
    return { counts, keptAt: join(backupsFolder, name) };
  },
};
export type UpkeepTasks = typeof upkeepTasks;
export type UpkeepTask = keyof UpkeepTasks;

/** What a thread is given, and what it says at its end. */
export interface UpkeepOrder {
  readonly task: UpkeepTask;
  readonly input: unknown;
}
export type UpkeepAnswer = { readonly result: unknown } | { readonly failure: FailureData };

/** Does what a thread was given. */
export async function carryOut({ task, input }: UpkeepOrder): Promise<UpkeepAnswer> {
  try {
    return { result: await upkeepTasks[task](input as never) };
  } catch (error) {
    return { failure: Failure.from(error).toData() };
  }
}

function within<T>(databasePath: string, use: (catalogue: Catalogue) => T): T {
  const catalogue = openCatalogue(databasePath);
  try {
    return use(catalogue);
  } finally {
    catalogue.close();
  }
}
