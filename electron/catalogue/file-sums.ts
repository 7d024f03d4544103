/** Queries about checksums: what files beside an image say that it should be, and what it was when somebody looked. */
import type { FoundSum, KnownSum, SumState } from '#shared/domain/parts.ts';
import type { Catalogue } from './database.ts';

/** Stores what a checksum file, or a signature, says; in place of what it said before. */
export function recordSums(catalogue: Catalogue, source: string, sums: readonly FoundSum[]): void {
  catalogue.run('DELETE FROM file_sums WHERE source = @source', { source });
  for (const { target, algorithm, expected } of sums) {
    catalogue.run(
      `INSERT OR REPLACE INTO file_sums (source, target, algorithm, expected)
       VALUES (@source, @target, @algorithm, @expected)`,
      { source, target, algorithm, expected },
    );
  }
}

/** What a file was found to be: it holds for that size and time only. `checkedAt` is ISO 8601. */
export function recordSumCheck(
  catalogue: Catalogue,
  checked: {
    readonly target: string;
    readonly algorithm: string;
    readonly actual: string;
    readonly sizeBytes: number;
    readonly modifiedMilliseconds: number;
    readonly checkedAt: string;
  },
): void {
  catalogue.run(
    `INSERT INTO sum_checks (target, algorithm, actual, checked_at, size_bytes, modified_milliseconds)
     VALUES (@target, @algorithm, @actual, @checkedAt, @sizeBytes, @modifiedMilliseconds)
     ON CONFLICT (target, algorithm) DO UPDATE SET actual = excluded.actual, checked_at = excluded.checked_at,
       size_bytes = excluded.size_bytes, modified_milliseconds = excluded.modified_milliseconds`,
    { ...checked },
  );
}

interface SumRow {
  path: string;
  source: string;
  algorithm: string;
  expected: string | null;
  actual: string | null;
  checkedAt: string | null;
}

const rowsOf = (catalogue: Catalogue, paths: readonly string[]): SumRow[] =>
  catalogue.all<SumRow>(
    `SELECT images.path, sums.source, sums.algorithm, sums.expected, checks.actual, checks.checked_at AS checkedAt
     FROM json_each(@paths) AS asked JOIN images ON images.path = asked.value
     JOIN file_sums AS sums ON sums.target = images.path
     LEFT JOIN sum_checks AS checks ON checks.target = images.path AND checks.algorithm = sums.algorithm
       AND checks.size_bytes = images.file_size_bytes AND checks.modified_milliseconds IS images.modified_milliseconds
     ORDER BY images.path, sums.source, sums.algorithm`,
    { paths: JSON.stringify(paths) },
  );

/** All that is said of an entry's file. */
export function listSums(catalogue: Catalogue, path: string): KnownSum[] {
  return rowsOf(catalogue, [path]).map((row) => ({
    source: row.source,
    algorithm: row.algorithm,
    expected: row.expected,
    state: stateOf(row),
    checkedAt: row.checkedAt,
  }));
}

/** How the files of entries stand to their checksums, by path: the worst that is known. */
export function sumStates(catalogue: Catalogue, paths: readonly string[]): ReadonlyMap<string, SumState> {
  const worst = new Map<string, SumState>();
  for (const row of rowsOf(catalogue, paths)) {
    const [state, known] = [stateOf(row), worst.get(row.path)];
    if (known === undefined || order.indexOf(state) < order.indexOf(known)) worst.set(row.path, state);
  }
  return worst;
}

/** A sum that was not checked is worse than a signature, which nobody here can check. */
const order: readonly SumState[] = ['differs', 'unchecked', 'matches', 'signed'];

function stateOf({ expected, actual }: SumRow): SumState {
  if (expected === null) return 'signed';
  return actual === null ? 'unchecked' : actual === expected ? 'matches' : 'differs';
}
