/** Opens files in batches: one message for many of them, and one transaction for what was found. */
import type { FileLook, ScanResult } from '#shared/domain/scan.ts';
import { listWaitingFor } from '../catalogue/references.ts';
import { candidatesFor, recordLook, type Candidate } from '../catalogue/sightings.ts';
import type { ScanParts } from './folder-scan.ts';

/** Files in one message; in one transaction they hold up the main thread for a few milliseconds. */
const batchSize = 128;
/** Batches under way at once: as many as there are threads. */
const width = 2;

export type LookCounts = Pick<ScanResult, 'filesOpened' | 'added' | 'changed' | 'moved'>;

type LookParts = Pick<ScanParts, 'catalogue' | 'looker' | 'now' | 'changed'>;

export class LookBatches {
  readonly #parts: LookParts;
  readonly #waiting: string[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly movedIds = new Set<number>();
  /** Files that were opened again because a part of theirs came: once each, since two may wait for each other. */
  readonly #openedAgain = new Set<string>();
  #counts = { filesOpened: 0, added: 0, changed: 0, moved: 0 };
  #failed: { readonly error: unknown } | null = null;

  constructor(parts: LookParts) {
    this.#parts = parts;
  }

  get counts(): LookCounts {
    return this.#counts;
  }

  add(path: string): void {
    this.#waiting.push(path);
  }

  /** Sends full batches, and waits until there is room for the next. @throws what a batch failed with. */
  async send(): Promise<void> {
    while (this.#waiting.length >= batchSize) await this.#start();
  }

  /** Sends the rest and waits for all. @throws what a batch failed with. */
  async finish(): Promise<void> {
    do {
      while (this.#waiting.length > 0 && this.#failed === null) await this.#start();
      await Promise.all(this.#underWay);
      // What was found may have others opened again.
    } while (this.#waiting.length > 0 && this.#failed === null);
    if (this.#failed !== null) throw this.#failed.error;
  }

  async #start(): Promise<void> {
    if (this.#underWay.size >= width) await Promise.race(this.#underWay);
    if (this.#failed !== null) throw this.#failed.error;
    const batch = this.#look(this.#waiting.splice(0, batchSize))
      .catch((error: unknown) => {
        this.#failed ??= { error };
      })
      .finally(() => this.#underWay.delete(batch));
    this.#underWay.add(batch);
  }

  async #look(paths: readonly string[]): Promise<void> {
    const { catalogue, looker, now, changed } = this.#parts;
    const looks = await looker.recogniseFiles(paths);
    const moves = await this.#findMoves(looks);
    const seenAt = new Date(now()).toISOString();
    const ids: number[] = [];
    catalogue.transaction(() => {
      for (const look of looks) {
        const effect = recordLook(catalogue, look, moves.get(look.path) ?? null, seenAt);
        if (effect.kind === 'nothing') continue;
        this.#counts[effect.kind] += 1;
        if (effect.kind === 'moved') this.movedIds.add(effect.entry.id);
        ids.push(effect.entry.id);
      }
    });
    this.#counts.filesOpened += looks.length;
    for (const path of listWaitingFor(catalogue, paths)) {
      if (this.#openedAgain.has(path) || paths.includes(path)) continue;
      this.#openedAgain.add(path);
      this.add(path);
    }
    if (ids.length > 0) changed(ids);
  }

  /**
   * Which files are entries that were elsewhere before. The entry's old path must hold nothing any more, and only one
   * entry may claim the file: where two could be meant, neither is.
   */
  async #findMoves(looks: readonly FileLook[]): Promise<ReadonlyMap<string, Candidate>> {
    const { catalogue, looker } = this.#parts;
    const candidates = looks.flatMap((look) =>
      candidatesFor(catalogue, look).map((candidate) => ({ path: look.path, candidate })),
    );
    if (candidates.length === 0) return new Map();
    const stamps = await looker.stampFiles(candidates.map(({ candidate }) => candidate.path));
    const gone = candidates.filter((_, index) => stamps[index] === null);
    const count = (matches: (one: (typeof gone)[number]) => boolean): number => gone.filter(matches).length;
    return new Map(
      gone
        .filter(
          ({ path, candidate }) =>
            count((other) => other.path === path) === 1 &&
            count((other) => other.candidate.id === candidate.id) === 1,
        )
        .map(({ path, candidate }) => [path, candidate]),
    );
  }
}
