/** Where an image comes from and what became of it, as far as Platter did it. */

/** One step: what it was made from, or what was made from it. */
export interface LineageStep {
  readonly how: 'extracted' | 'converted' | 'built' | 'prepared' | 'uploaded' | 'downloaded' | 'same-content';
  /** The other end: a file, or an image in a cloud. */
  readonly path: string | null;
  /** The entry of that file; null where the library has none. */
  readonly entryId: number | null;
  /** What it is called: the file's name, the cloud image's. */
  readonly name: string;
  /** The disk in a package, or the account at the cloud. */
  readonly detail: string | null;
  /** ISO 8601; null where nobody wrote it down. */
  readonly at: string | null;
  readonly missing: boolean;
}

/** The generations are in order: what it was made from, and what that was made from. */
export interface Lineage {
  /** The nearest first. */
  readonly ancestors: readonly LineageStep[];
  /** What was made directly from it; the newest first. */
  readonly descendants: readonly LineageStep[];
  /** Other entries with the same content, of which nothing else is known. */
  readonly twins: readonly LineageStep[];
}
