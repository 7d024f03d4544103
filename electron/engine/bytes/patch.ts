/** Changes to a file that is there already: a plain value, so that it can be shown, backed up and undone. */

export interface FileChange {
  readonly fileOffset: number;
  readonly bytes: Uint8Array;
}

/** What a repair or a resize writes. The old bytes are backed up before the first of them is replaced. */
export interface FilePatch {
  /** In the order of writing; those beyond the file's end are written and synced first. They do not overlap. */
  readonly changes: readonly FileChange[];
  /** The size of the file afterwards; null where it stays as the changes leave it. */
  readonly sizeBytes: number | null;
  /** What is done, in words for the person who is asked. */
  readonly summary: readonly string[];
}
