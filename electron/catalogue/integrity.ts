/** Whether a library file is what SQLite wrote. Reads all of it: for a thread, or for a small file. */
import Database from 'better-sqlite3';
import { Failure } from '#shared/failure.ts';

/** More problems than anybody reads. */
const problemsNamed = 20;

/**
 * What is wrong with the database at `path`; empty for a sound one.
 * @throws Failure `io.*` when it cannot be read at all.
 */
export function problemsIn(path: string): string[] {
  let database: Database.Database | null = null;
  try {
    database = new Database(path, { readonly: true, fileMustExist: true });
    const found = database.pragma(`quick_check(${problemsNamed})`) as { quick_check: string }[];
    const structure = found.map((row) => row.quick_check).filter((line) => line !== 'ok');
    if (structure.length > 0) return structure;
    const strays = database.pragma('foreign_key_check') as { table: string; rowid: number; parent: string }[];
    return strays
      .slice(0, problemsNamed)
      .map(({ table, rowid, parent }) => `row ${rowid} of ${table} belongs to nothing in ${parent}`);
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return [(error as Error).message];
    throw code.startsWith('SQLITE_CANTOPEN')
      ? new Failure('io.denied', { path }, error)
      : new Failure('io.failed', { path, reason: code }, error);
  } finally {
    database?.close();
  }
}
