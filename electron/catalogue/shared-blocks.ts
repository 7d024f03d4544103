/** How much of one disk's content other disks hold, too, from the digests of their blocks: bounded in time and memory. */
import { setImmediate as turn } from 'node:timers/promises';
import type { SharedBlocks, SharedContent } from '#shared/domain/content.ts';
import type { Catalogue } from './database.ts';
import { findImages } from './images.ts';

interface Row {
  readonly id: number;
  readonly distinctBlocks: number;
  readonly blocks: Uint8Array;
}

/** What is known of one disk's blocks: the smallest digests, ascending. */
export interface BlockSketch {
  readonly distinctBlocks: number;
  /** 64-bit numbers, little endian. */
  readonly blocks: Uint8Array;
}

const digestBytes = 8;
/** Disks whose digests are in memory at once. */
const disksAtATime = 32;
/** Less is what any two disks may have in common: an empty file system, a boot loader. */
const leastShare = 0.01;
const longestAnswer = 50;
const budgetMilliseconds = 4000;

/**
 * The entries that hold blocks of this one's content, the most alike first; only `otherId` where that is given. Null where its
 * content is not known. Lets others have a turn again and again, and ends early when there is too much to look at.
 */
export async function sharedBlocks(
  catalogue: Catalogue,
  id: number,
  otherId: number | null,
  now: () => number = Date.now,
): Promise<SharedContent | null> {
  const own = catalogue.get<Row>(
    `SELECT image_id AS id, distinct_blocks AS distinctBlocks, blocks FROM image_contents
     WHERE image_id = @id AND root IS NOT NULL`,
    { id },
  );
  if (own === undefined) return null;
  const deadline = now() + budgetMilliseconds;
  const found: { id: number; shared: SharedBlocks }[] = [];
  let complete = true;
  for (let after = 0; ;) {
    const rows = catalogue.all<Row>(
      `SELECT image_id AS id, distinct_blocks AS distinctBlocks, blocks
       FROM image_contents JOIN images ON images.id = image_id
       WHERE image_id > @after AND image_id <> @id AND root IS NOT NULL AND missing = 0
         AND (@otherId IS NULL OR image_id = @otherId)
       ORDER BY image_id LIMIT ${disksAtATime}`,
      { after, id, otherId },
    );
    for (const row of rows) {
      const shared = compareBlocks(own, row);
      if (otherId !== null || Math.max(shared.ofThis, shared.ofOther) >= leastShare) {
        found.push({ id: row.id, shared });
      }
    }
    if (rows.length < disksAtATime) break;
    after = rows[rows.length - 1]!.id;
    if (now() > deadline) {
      complete = false;
      break;
    }
    await turn();
  }
  found.sort(
    (a, b) => b.shared.ofThis - a.shared.ofThis || b.shared.ofOther - a.shared.ofOther || a.id - b.id,
  );
  const shown = found.slice(0, longestAnswer);
  const byId = new Map(
    findImages(
      catalogue,
      shown.map((one) => one.id),
    ).map((entry) => [entry.id, entry]),
  );
  return {
    distinctBlocks: own.distinctBlocks,
    complete,
    others: shown.flatMap(({ id: other, shared }) => {
      const entry = byId.get(other);
      return entry === undefined ? [] : [{ entry, ...shared }];
    }),
  };
}

/**
 * How much of each disk's blocks that are not zeros the other has. Where one is too large for all of its digests to be kept,
 * those below the largest that is known of both stand for the rest: they are as good as drawn by lot.
 */
export function compareBlocks(first: BlockSketch, second: BlockSketch): SharedBlocks {
  const [a, b] = [wordsOf(first), wordsOf(second)];
  let [inFirst, inSecond, inBoth] = [0, 0, 0];
  let [i, j] = [0, 0];
  const isExact = isWhole(first) && isWhole(second);
  while (i < a.length && j < b.length) {
    const order = compareAt(a, i, b, j);
    if (order <= 0) inFirst++;
    if (order >= 0) inSecond++;
    if (order === 0) inBoth++;
    if (order <= 0) i += 2;
    if (order >= 0) j += 2;
  }
  // Beyond the end of all that a disk has there is nothing; beyond the end of what is known of it, nothing is known.
  if (isWhole(second)) inFirst += (a.length - i) / 2;
  if (isWhole(first)) inSecond += (b.length - j) / 2;
  return {
    ofThis: inFirst === 0 ? 0 : inBoth / inFirst,
    ofOther: inSecond === 0 ? 0 : inBoth / inSecond,
    isExact,
  };
}

function isWhole({ distinctBlocks, blocks }: BlockSketch): boolean {
  return blocks.length / digestBytes >= distinctBlocks;
}

/** A copy whose place in memory is aligned. */
function wordsOf({ blocks }: BlockSketch): Uint32Array {
  return new Uint32Array(Uint8Array.from(blocks).buffer, 0, Math.floor(blocks.length / digestBytes) * 2);
}

function compareAt(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
  return a[i + 1]! - b[j + 1]! || a[i]! - b[j]!;
}
