/** One way through the folders below a watched one: lists them, opens what is new or has changed, notices what is gone. */
import { dirname, join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { LibraryEntry } from '#shared/domain/library.ts';
import type { FolderContent, FolderRequest, ListedFile, ScanResult } from '#shared/domain/scan.ts';
import type { FailureData } from '#shared/failure.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { findImageByPath, setMissing } from '../catalogue/images.ts';
import {
  countSeenFiles,
  listSeenFiles,
  listSeenFolders,
  recordGoneFile,
  recordGoneFolder,
  recordSeenFolder,
  standingsOf,
  type KnownFile,
} from '../catalogue/sightings.ts';
import { LookBatches } from './look-batches.ts';
import type { Looker } from './looker.ts';
import { mayBeGrowing } from './settling.ts';

export interface ScanParts {
  readonly catalogue: Catalogue;
  readonly looker: Looker;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Entries that are new or other than before. */
  readonly changed: (ids: readonly number[]) => void;
}

export interface ScanTarget {
  /** The watched folder. */
  readonly root: string;
  /** The folders to list: the root itself, or some in it. */
  readonly folders: readonly string[];
  /** Whether all that lies below is listed too, or only what was never seen before. */
  readonly deep: boolean;
}

export interface ScanOutcome extends Omit<ScanResult, 'filesGrowing'> {
  /** Files that somebody is still writing. */
  readonly growing: readonly string[];
  /** Why the watched folder itself could not be read. */
  readonly rootFailure: FailureData | null;
}

/** Folders asked for at a time. */
const foldersAtATime = 64;
/** A path through more folders than this leads in a circle, whatever the file system says. */
const deepest = 128;

interface WantedFolder extends FolderRequest {
  readonly deep: boolean;
}

interface Listed {
  readonly content: FolderContent;
  readonly request: WantedFolder;
}

/** What is known of a folder while it is being listed, which may take several answers. */
interface OpenFolder {
  readonly names: Set<string>;
  readonly folders: Set<string>;
  readonly seenBefore: number;
  seenStill: number;
}

export class FolderScan {
  readonly #parts: ScanParts;
  readonly #target: ScanTarget;
  readonly #batches: LookBatches;
  readonly #pending: WantedFolder[];
  readonly #open = new Map<string, OpenFolder>();
  /** The identities of the folders listed so far. */
  readonly #visited = new Set<string>();
  readonly #growing: string[] = [];
  #rootFailure: FailureData | null = null;
  #foldersRead = 0;
  #filesListed = 0;
  readonly #gone = new Set<number>();
  /** Entries to be told of once their transaction is through. */
  readonly #told: number[] = [];

  constructor(parts: ScanParts, target: ScanTarget) {
    this.#parts = parts;
    this.#target = target;
    this.#batches = new LookBatches(parts);
    this.#pending = target.folders.map((path) => ({ path, after: null, deep: target.deep }));
  }

  /** What was done so far. */
  get progress(): Omit<ScanOutcome, 'growing' | 'rootFailure'> & { readonly filesGrowing: number } {
    return {
      foldersRead: this.#foldersRead,
      filesListed: this.#filesListed,
      filesGrowing: this.#growing.length,
      missing: [...this.#gone].filter((id) => !this.#batches.movedIds.has(id)).length,
      ...this.#batches.counts,
    };
  }

  /** Goes through all of it, or until `signal` is aborted. @throws Failure `catalogue.*`, `io.*`, `operation.*`. */
  async run(signal: AbortSignal): Promise<ScanOutcome> {
    try {
      for (let next = this.#list(); next !== null && this.#rootFailure === null && !signal.aborted;) {
        const listed = await next;
        // The next folders are listed while these are held against what is known.
        next = this.#list();
        for (const { content, request } of listed) {
          if (signal.aborted) break;
          this.#parts.catalogue.transaction(() => this.#take(content, request));
          if (this.#told.length > 0) this.#parts.changed(this.#told.splice(0));
          await this.#batches.send();
          // Who searches meanwhile gets an answer.
          await setImmediate();
        }
        next ??= this.#list();
      }
    } finally {
      await this.#batches.finish();
    }
    const { filesGrowing: _, ...done } = this.progress;
    return { ...done, growing: this.#growing, rootFailure: this.#rootFailure };
  }

  /** Asks for some of the folders that are left; null where there are none, or nothing can be read. */
  #list(): Promise<readonly Listed[]> | null {
    if (this.#pending.length === 0 || this.#rootFailure !== null) return null;
    const asked = this.#pending.splice(0, foldersAtATime);
    const listed = this.#parts.looker
      .listFolders(asked.map(({ path, after }) => ({ path, after })))
      .then((contents) => {
        this.#pending.unshift(...asked.slice(contents.length));
        return contents.map((content, index) => ({ content, request: asked[index]! }));
      });
    // Nobody may be waiting for it any more.
    listed.catch(() => {});
    return listed;
  }

  #take(content: FolderContent, { deep }: WantedFolder): void {
    const { path, identity, failure } = content;
    const isRoot = path === this.#target.root;
    if (failure !== null) {
      this.#takeFailure(content, isRoot);
      return;
    }
    const open = this.#open.get(path) ?? this.#begin(path);
    if (identity !== null && !this.#open.has(path)) {
      if (this.#visited.has(identity)) return;
      this.#visited.add(identity);
    }
    this.#open.set(path, open);
    const { catalogue } = this.#parts;
    const known = deep ? null : new Set(listSeenFolders(catalogue, path));
    for (const name of content.folders) {
      open.folders.add(name);
      const below = join(path, name);
      const isNew = known !== null && !known.has(name);
      if ((deep || isNew) && depthOf(below) <= deepest)
        this.#pending.push({ path: below, after: null, deep: true });
    }
    const standings = standingsOf(catalogue, path, content.files);
    for (const file of content.files)
      this.#takeFile(join(path, file.name), file, standings.get(file.name), open);
    if (content.more === null) this.#end(path, open, isRoot);
    else this.#pending.unshift({ path, after: content.more, deep });
  }

  #begin(path: string): OpenFolder {
    const seenBefore = countSeenFiles(this.#parts.catalogue, path);
    return { names: new Set(), folders: new Set(), seenBefore, seenStill: 0 };
  }

  /** `known`: what was seen of it before. */
  #takeFile(path: string, file: ListedFile, known: KnownFile | undefined, open: OpenFolder): void {
    const { catalogue, now } = this.#parts;
    this.#filesListed += 1;
    open.names.add(file.name);
    if (known !== undefined) open.seenStill += 1;
    if (known?.markedMissing === true) {
      const entry = findImageByPath(catalogue, path);
      if (entry !== null && setMissing(catalogue, entry.id, false) !== null) this.#told.push(entry.id);
    }
    if (known?.standing === 'unchanged') return;
    if (mayBeGrowing(file, now())) this.#growing.push(path);
    else this.#batches.add(path);
  }

  /** A folder that cannot be read keeps what is known of it. */
  #takeFailure({ path, failure }: FolderContent, isRoot: boolean): void {
    const { catalogue } = this.#parts;
    if (isRoot) this.#rootFailure = failure;
    else if (failure?.code === 'io.not-found') this.#takeGone(recordGoneFolder(catalogue, path));
    else recordSeenFolder(catalogue, path, dirname(path), failure);
  }

  #end(path: string, open: OpenFolder, isRoot: boolean): void {
    const { catalogue } = this.#parts;
    this.#open.delete(path);
    this.#foldersRead += 1;
    recordSeenFolder(catalogue, path, isRoot ? null : dirname(path), null);
    const goneFiles =
      open.seenStill < open.seenBefore
        ? listSeenFiles(catalogue, path).filter((name) => !open.names.has(name))
        : [];
    const goneFolders = listSeenFolders(catalogue, path).filter((name) => !open.folders.has(name));
    this.#takeGone(goneFiles.flatMap((name) => recordGoneFile(catalogue, path, name)));
    this.#takeGone(goneFolders.flatMap((name) => recordGoneFolder(catalogue, join(path, name))));
  }

  #takeGone(entries: readonly LibraryEntry[]): void {
    for (const { id } of entries) {
      this.#gone.add(id);
      this.#told.push(id);
    }
  }
}

function depthOf(path: string): number {
  return path.split(sep).length;
}
