/** Looks after the library file: checks it after each start, backs it up once a day, and does what a person asks of it. */
import type {
  Backup,
  ExchangeCounts,
  ImportMode,
  IntegrityCheck,
  UpkeepState,
  UpkeepWork,
} from '#shared/domain/upkeep.ts';
import { join } from 'node:path';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { findBackup, listBackups, stampOf } from '../catalogue/backups.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import type { LibraryLocation } from '../catalogue/location.ts';
import { askedMove, askForMove } from '../catalogue/moving.ts';
import { markDamaged, noteRescue, readRescue } from '../catalogue/recovery.ts';
import type { Clock } from '../scanning/clock.ts';
import type { RunUpkeep } from './upkeep-runner.ts';

export interface KeeperParts {
  readonly catalogue: Catalogue;
  readonly location: LibraryLocation;
  /** The folder that says where the library is; as for libraryLocation(). */
  readonly home?: string | undefined;
  readonly run: RunUpkeep;
  readonly clock: Clock;
  /** Jobs of any process write to the library while they run. */
  readonly jobsUnderWay: () => Promise<boolean>;
  /** The state is other than before. */
  readonly changed: () => void;
  /** Everything in the library may be other than before. */
  readonly contentReplaced: () => void;
  readonly log: Log;
}

/** The start is for the person who waits for the window. */
const firstLookMilliseconds = 20_000;
const lookMilliseconds = 60 * 60_000;
const dayMilliseconds = 24 * 60 * 60_000;

export class UpkeepKeeper {
  readonly #parts: KeeperParts;
  #check: IntegrityCheck | null = null;
  #busy: UpkeepWork | null = null;
  #cancelTimer: () => void = () => {};
  #working: Promise<unknown> = Promise.resolve();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Checks the file soon, and backs it up when the last backup is a day old, now and every hour. */
  start(): void {
    this.#lookAfter(firstLookMilliseconds);
  }

  state(): UpkeepState {
    const { location, catalogue } = this.#parts;
    return {
      libraryPath: location.databasePath,
      backupsFolder: location.backupsFolder,
      backups: listBackups(location.backupsFolder),
      check: this.#check,
      rescue: readRescue(catalogue),
      askedMove: askedMove(this.#parts.home),
      busy: this.#busy,
    };
  }

  /** Reads all of the file. What is found damaged is recovered by the next start, where the person does not do it before. */
  verify(): Promise<IntegrityCheck> {
    return this.#do('check', async () => {
      const problems = await this.#parts.run('verify', this.#place());
      if (problems.length > 0) markDamaged(this.#parts.location.databasePath, problems);
      this.#check = { at: new Date(this.#parts.clock.now()).toISOString(), problems };
      return this.#check;
    });
  }

  /** @throws Failure `catalogue.damaged`, `io.*` */
  backUp(): Promise<Backup> {
    return this.#do('backup', () => this.#parts.run('backUp', this.#place()));
  }

  /** @throws Failure `input.invalid` when there is no such backup or jobs run; `catalogue.damaged`, `io.*`. */
  restore(name: string): Promise<void> {
    const { catalogue, location, run, contentReplaced } = this.#parts;
    return this.#do('restore', async () => {
      await this.#refuseWithJobs();
      const { takenAt } = findBackup(location.backupsFolder, name);
      const place = this.#place();
      const keptAt = await run('restore', { ...place, name });
      const at = new Date(place.now).toISOString();
      noteRescue(catalogue, { kind: 'restored', at, from: takenAt, keptAt });
      this.#check = null;
      contentReplaced();
    });
  }

  /** @throws Failure `io.*` */
  exportTo(folder: string): Promise<ExchangeCounts> {
    const place = this.#place();
    const path = join(folder, `platter-library-${stampOf(place.now)}.json`);
    return this.#do('export', () => this.#parts.run('exportTo', { ...place, path }));
  }

  /** @throws Failure `input.invalid` for what is no catalogue, or when jobs run; `io.*`. Then nothing was imported. */
  importFrom(path: string, mode: ImportMode): Promise<ExchangeCounts> {
    const { catalogue, run, contentReplaced } = this.#parts;
    return this.#do('import', async () => {
      await this.#refuseWithJobs();
      const place = this.#place();
      const { counts, keptAt } = await run('importFrom', { ...place, path, mode });
      const at = new Date(place.now).toISOString();
      noteRescue(catalogue, { kind: 'imported', at, from: null, keptAt });
      contentReplaced();
      return counts;
    });
  }

  /** Has the next start move the library; null takes that back. @throws Failure as askForMove(). */
  move(folder: string | null): void {
    askForMove(folder, this.#parts.home);
    this.#parts.changed();
  }

  dismissRescue(): void {
    noteRescue(this.#parts.catalogue, null);
    this.#parts.changed();
  }

  /** Waits for what is under way: it opens the file by itself. */
  async close(): Promise<void> {
    this.#cancelTimer();
    await this.#working.catch(() => {});
  }

  #place(): { databasePath: string; backupsFolder: string; now: number } {
    const { location, clock } = this.#parts;
    const { databasePath, backupsFolder } = location;
    return { databasePath, backupsFolder, now: clock.now() };
  }

  async #refuseWithJobs(): Promise<void> {
    if (!(await this.#parts.jobsUnderWay())) return;
    throw new Failure('input.invalid', {
      problem: inEnglish('jobs are under way, and write to the library; wait for them, or cancel them'),
    });
  }

  /** One at a time: a check of what is being replaced says nothing. */
  #do<T>(work: UpkeepWork, run: () => Promise<T>): Promise<T> {
    const done = this.#working
      .catch(() => {})
      .then(async () => {
        this.#busy = work;
        this.#parts.changed();
        try {
          return await run();
        } finally {
          this.#busy = null;
          this.#parts.changed();
        }
      });
    this.#working = done;
    return done;
  }

  #lookAfter(milliseconds: number): void {
    this.#cancelTimer = this.#parts.clock.after(milliseconds, () => {
      void this.#look()
        .catch((error: unknown) => this.#parts.log(`the library could not be backed up: ${String(error)}`))
        .finally(() => this.#lookAfter(lookMilliseconds));
    });
  }

  async #look(): Promise<void> {
    const { problems } = this.#check ?? (await this.verify());
    // A backup of a damaged library would push out a sound one.
    if (problems.length > 0) return;
    const { location, clock } = this.#parts;
    const newest = listBackups(location.backupsFolder).find(({ kind }) => kind === 'regular');
    if (newest !== undefined && clock.now() - Date.parse(newest.takenAt) < dayMilliseconds) return;
    await this.backUp();
  }
}
