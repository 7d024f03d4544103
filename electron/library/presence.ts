/** Looks whether the files of library entries are where the catalogue says, without letting a dead drive hold anything up. */
import { stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { LibraryEntry } from '#shared/domain/library.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { listFileStates, updateFileState, type FileState } from '../catalogue/images.ts';
import { mapBounded } from './bounded.ts';

/** Node has four threads for such calls: a dead network drive must not get all of them. */
const width = 2;
/** A file whose system does not answer in this time keeps the state it had. */
const patienceMilliseconds = 1000;
const blockBytes = 512;

/** A drive with many images may be gone: what is found out is put on record in stretches, and others get their turn between. */
const entriesAtATime = 200;

type KnownState = ReturnType<typeof listFileStates>['states'][number];
type Look = (path: string) => Promise<FileState | null>;

export class Presence {
  readonly #catalogue: Catalogue;
  readonly #look: Look;
  readonly #patienceMilliseconds: number;
  /** Looks that have not come back; they are waited for, never doubled. */
  readonly #pending = new Map<string, Promise<FileState | null>>();

  constructor(catalogue: Catalogue, look: Look = lookAtFile, patience: number = patienceMilliseconds) {
    this.#catalogue = catalogue;
    this.#look = look;
    this.#patienceMilliseconds = patience;
  }

  /** Looks at every entry's file and stores what is different; returns the entries that changed. */
  async refresh(): Promise<LibraryEntry[]> {
    const changed: LibraryEntry[] = [];
    for (let after = 0; ;) {
      const { last, states } = listFileStates(this.#catalogue, after, entriesAtATime);
      if (last === null) return changed;
      changed.push(...(await this.#refresh(states)));
      after = last;
      await setImmediate();
    }
  }

  async #refresh(known: readonly KnownState[]): Promise<LibraryEntry[]> {
    const found = await mapBounded(known, width, (entry) => this.#lookInTime(entry.path));
    const changes = known.flatMap((before, index) => {
      const state = found[index];
      if (state === undefined) return [];
      const now = state ?? { ...before, missing: true };
      return isSame(before, now) ? [] : [{ id: before.id, now }];
    });
    if (changes.length === 0) return [];
    return this.#catalogue.transaction(() =>
      changes.flatMap(({ id, now }) => updateFileState(this.#catalogue, id, now) ?? []),
    );
  }

  /** The file's state, null when it is not there, undefined when the system does not say. */
  async #lookInTime(path: string): Promise<FileState | null | undefined> {
    if (this.#pending.size >= width && !this.#pending.has(path)) return undefined;
    const look = this.#pending.get(path) ?? this.#start(path);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.#patienceMilliseconds);
    });
    try {
      return await Promise.race([look, patience]);
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #start(path: string): Promise<FileState | null> {
    const look = this.#look(path).finally(() => this.#pending.delete(path));
    this.#pending.set(path, look);
    // Nobody may be waiting any more when it fails.
    look.catch(() => {});
    return look;
  }
}

/** @throws the system's error when it cannot be told whether the file is there. */
async function lookAtFile(path: string): Promise<FileState | null> {
  try {
    const status = await stat(path);
    if (!status.isFile()) return null;
    return {
      missing: false,
      fileSizeBytes: status.size,
      allocatedBytes: status.blocks * blockBytes,
      modifiedMilliseconds: status.mtimeMs,
    };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

function isSame(before: FileState, now: FileState): boolean {
  return (
    before.missing === now.missing &&
    before.fileSizeBytes === now.fileSizeBytes &&
    before.allocatedBytes === now.allocatedBytes &&
    before.modifiedMilliseconds === now.modifiedMilliseconds
  );
}
