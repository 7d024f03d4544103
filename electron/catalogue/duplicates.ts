/** Queries about entries that show their guests the same disk: who they are, which may go, and what that gains. */
import {
  wouldGo,
  type ContentFile,
  type Duplicate,
  type DuplicateGroup,
  type Duplicates,
} from '#shared/domain/content.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { filesOfContents, isWholeDisk } from './contents.ts';
import type { Catalogue } from './database.ts';
import { findImages } from './images.ts';

interface Member {
  readonly root: string;
  readonly virtualSizeBytes: number;
  readonly id: number;
}

const groupsInOneAnswer = 500;

/** All groups of entries with the same content whose files are there; those with most to gain first. */
export function listDuplicates(catalogue: Catalogue): Duplicates {
  const members = catalogue.all<Member>(
    `SELECT root, image_contents.virtual_size_bytes AS virtualSizeBytes, id
     FROM image_contents JOIN images ON id = image_id
     WHERE missing = 0 AND ${isWholeDisk} AND root IN
       (SELECT root FROM image_contents WHERE root IS NOT NULL GROUP BY root HAVING count(*) > 1)`,
  );
  const ids = members.map(({ id }) => id);
  const known = new Map(findImages(catalogue, ids).map((entry) => [entry.id, entry]));
  const files = filesOfContents(catalogue, ids);
  const needed = standingOn(
    catalogue,
    [...files.values()].flatMap((own) => own.map(({ path }) => path)),
  );
  const byRoot = new Map<string, Member[]>();
  for (const member of members) byRoot.set(member.root, [...(byRoot.get(member.root) ?? []), member]);
  const groups = [...byRoot]
    .filter(([, same]) => same.length > 1)
    .map(([root, same]) =>
      groupOf(
        root,
        same[0]!.virtualSizeBytes,
        same.flatMap(({ id }) => {
          const entry = known.get(id);
          return entry === undefined ? [] : [{ entry, files: files.get(id) ?? [] }];
        }),
        needed,
      ),
    )
    // The same file by two names, or an overlay that nothing was written into, are no copies of a disk.
    .filter(({ entries }) => entries.filter(isDiskOfItsOwn).length > 1)
    .sort((a, b) => b.gainBytes - a.gainBytes || (a.root < b.root ? -1 : 1));
  return {
    groups: groups.slice(0, groupsInOneAnswer),
    groupCount: groups.length,
    gainBytes: groups.reduce((sum, { gainBytes }) => sum + gainBytes, 0),
  };
}

function isDiskOfItsOwn({ stays }: Duplicate): boolean {
  return stays === null || stays === 'needed';
}

/** The group of that content; null where it has no two entries any more. */
export function findDuplicates(catalogue: Catalogue, root: string): DuplicateGroup | null {
  return listDuplicates(catalogue).groups.find((group) => group.root === root) ?? null;
}

/**
 * The paths of the files that need each of these: as far as contents were read, and as far as files say it of each other: overlays,
 * machines, packages.
 */
function standingOn(catalogue: Catalogue, paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const rows = catalogue.all<{ path: string; by: string }>(
    `WITH asked (path) AS MATERIALIZED (SELECT value FROM json_each(@paths))
     SELECT files.path, images.path AS by
       FROM asked JOIN image_content_files AS files ON files.path = asked.path AND files.role = 'parent'
       JOIN images ON images.id = files.image_id
     UNION SELECT said.target, said.path FROM asked JOIN file_references AS said ON said.target = asked.path
     UNION SELECT named.path, said.path FROM asked JOIN file_identities AS named ON named.path = asked.path
       JOIN file_references AS said ON said.target = named.identity
       WHERE said.role NOT IN ('piece-of', 'kernel-of', 'ramdisk-of')
     ORDER BY 1, 2`,
    { paths: JSON.stringify(paths) },
  );
  const standing = new Map<string, string[]>();
  for (const { path, by } of rows) standing.set(path, [...(standing.get(path) ?? []), by]);
  return standing;
}

interface Copy {
  readonly entry: LibraryEntry;
  readonly files: readonly ContentFile[];
}

function groupOf(
  root: string,
  virtualSizeBytes: number,
  copies: readonly Copy[],
  neededBy: ReadonlyMap<string, readonly string[]>,
): DuplicateGroup {
  const paths = new Set(copies.map(({ entry }) => entry.path));
  const seen = new Set<string>();
  const entries = [...copies].sort(byWorth).map(({ entry, files }): Duplicate => {
    const own = files.filter(({ role }) => role !== 'parent');
    const [image] = files.filter(({ role }) => role === 'image');
    const number = image === undefined ? entry.path : `${image.stamp.device}:${image.stamp.inode}`;
    const isKnown = seen.has(number);
    seen.add(number);
    const by = own
      .flatMap(({ path }) => neededBy.get(path) ?? [])
      .filter((one) => !own.some(({ path }) => path === one));
    const standsOn = files.some(({ role, path }) => role === 'parent' && paths.has(path));
    const parts = own.filter(({ role }) => role === 'part');
    return {
      entry,
      bytes: parts.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, entry.allocatedBytes),
      stays: by.length > 0 ? 'needed' : standsOn ? 'stands-on-another' : isKnown ? 'same-file' : null,
      neededBy: by,
    };
  });
  const keepId = (entries.find(({ stays }) => stays === 'needed') ?? entries[0]!).entry.id;
  const gainBytes = wouldGo({ entries }, keepId).reduce((sum, { bytes }) => sum + bytes, 0);
  return { root, virtualSizeBytes, entries, keepId, gainBytes };
}

/** What a person has said something of comes first, then what takes least, then what was there first. */
function byWorth({ entry: a }: Copy, { entry: b }: Copy): number {
  return said(b) - said(a) || a.allocatedBytes - b.allocatedBytes || a.id - b.id;
}

function said({ note, rating, tags }: LibraryEntry): number {
  return (note === null ? 0 : 1) + (rating === null ? 0 : 1) + tags.length;
}
