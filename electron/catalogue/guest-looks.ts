/** Queries about which disks were looked into for the system on them. */
import type { GuestLook } from '#shared/domain/scan.ts';
import type { Catalogue } from './database.ts';

const known = 'coalesce(images.modified_milliseconds, 0)';

export interface UnlookedDisk {
  readonly id: number;
  readonly path: string;
}

/** Entries that are gone through at a time: of a large library, all of them would hold up whoever searches. */
const entriesAtATime = 500;

/**
 * Of the entries before `before`, the newest first: those disks and media that nobody has looked into since they were written,
 * and where to go on; null at the end. Only what changed after `since` is gone through, as far as that is on record.
 */
export function listUnlooked(
  catalogue: Catalogue,
  since: number,
  before: number,
): { readonly disks: readonly UnlookedDisk[]; readonly next: number | null } {
  const { oldest } = catalogue.get<{ oldest: number | null }>(
    'SELECT min(sequence) AS oldest FROM image_changes',
  )!;
  const isOnRecord = oldest !== null && since + 1 >= oldest;
  const rows = catalogue.all<UnlookedDisk & { readonly isUnlooked: number }>(
    `SELECT id, path, kind IN ('disk', 'optical') AND missing = 0
       AND guest_looks.modified_milliseconds IS NOT ${known} AS isUnlooked
     FROM images LEFT JOIN guest_looks ON image_id = id
     WHERE id < @before ${isOnRecord ? 'AND id IN (SELECT image_id FROM image_changes WHERE sequence > @since)' : ''}
     ORDER BY id DESC LIMIT ${entriesAtATime}`,
    isOnRecord ? { before, since } : { before },
  );
  const next = rows.length < entriesAtATime ? null : rows[rows.length - 1]!.id;
  return {
    disks: rows.flatMap(({ id, path, isUnlooked }) => (isUnlooked === 1 ? { id, path } : [])),
    next,
  };
}

/** The last change of the library: as long as it is the same, there is nothing new to be looked into. */
export function lastChange(catalogue: Catalogue): number {
  return catalogue.get<{ last: number | null }>('SELECT max(sequence) AS last FROM image_changes')!.last ?? 0;
}

/**
 * Stores what a look found, as long as the entry still has that path. Where nothing was found, what is known otherwise
 * stays, unless it was found on what the file held before. @returns whether the entry says something else now.
 */
export function recordGuestLook(catalogue: Catalogue, id: number, { path, guest }: GuestLook): boolean {
  return catalogue.transaction(() => {
    const isAnother =
      catalogue.get(
        `SELECT 1 FROM guest_looks JOIN images ON id = image_id
         WHERE image_id = @id AND guest_looks.modified_milliseconds IS NOT ${known}`,
        { id },
      ) !== undefined;
    // Also where the file is another by now: the scan that finds it out makes the entry one to look at again.
    catalogue.run(
      `INSERT OR REPLACE INTO guest_looks (image_id, modified_milliseconds)
       SELECT id, ${known} FROM images WHERE id = @id AND path = @path`,
      { id, path },
    );
    if (guest === null && !isAnother) return false;
    const sql = 'UPDATE images SET guest = @guest WHERE id = @id AND path = @path AND guest IS NOT @guest';
    return catalogue.run(sql, { id, path, guest }).changes > 0;
  });
}
