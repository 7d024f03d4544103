/** Files that somebody is still writing (a download, a copy, a running machine): when they have come to rest. */
import type { FileStamp } from '#shared/domain/scan.ts';

/** A file that was not written for so long is whole, as far as anybody can tell. */
export const restMilliseconds = 2000;
/** A machine that runs writes into its disk all day: with the same size for so long, it is opened all the same. */
export const sameSizeMilliseconds = 30_000;

/** Whether a file that is new or has changed was written so lately that it may not be whole. `now`: since 1970. */
export function mayBeGrowing(
  { modifiedMilliseconds }: Pick<FileStamp, 'modifiedMilliseconds'>,
  now: number,
): boolean {
  return now - modifiedMilliseconds < restMilliseconds;
}

interface Watched {
  readonly sizeBytes: number;
  readonly modifiedMilliseconds: number;
  /** When the file was first seen with this size, and as it is; of the scanner's clock, not of the file's. */
  readonly sameSizeSince: number;
  readonly sameSince: number;
}

/** The growing files of all folders. */
export class Settling {
  readonly #files = new Map<string, Watched | null>();

  get paths(): string[] {
    return [...this.#files.keys()];
  }

  get size(): number {
    return this.#files.size;
  }

  add(path: string): void {
    if (!this.#files.has(path)) this.#files.set(path, null);
  }

  /** Forgets the files below a folder that is not watched any more. */
  forget(matches: (path: string) => boolean): void {
    for (const path of this.#files.keys()) if (matches(path)) this.#files.delete(path);
  }

  /** Takes how the files are now; returns those that have come to rest or are gone, which are then forgotten. */
  observe(stamps: ReadonlyMap<string, FileStamp | null>, now: number): string[] {
    const settled: string[] = [];
    for (const [path, stamp] of stamps) {
      const before = this.#files.get(path);
      if (before === undefined) continue;
      const watched = stamp === null ? null : observed(before, stamp, now);
      if (watched === null || isAtRest(watched, now)) {
        this.#files.delete(path);
        settled.push(path);
      } else this.#files.set(path, watched);
    }
    return settled;
  }
}

function observed(
  before: Watched | null,
  { sizeBytes, modifiedMilliseconds }: FileStamp,
  now: number,
): Watched {
  const sameSize = before?.sizeBytes === sizeBytes;
  const same = sameSize && before.modifiedMilliseconds === modifiedMilliseconds;
  return {
    sizeBytes,
    modifiedMilliseconds,
    sameSizeSince: sameSize ? before.sameSizeSince : now,
    sameSince: same ? before.sameSince : now,
  };
}

function isAtRest({ sameSizeSince, sameSince }: Watched, now: number): boolean {
  return now - sameSince >= restMilliseconds || now - sameSizeSince >= sameSizeMilliseconds;
}
