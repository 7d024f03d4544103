/** The library file itself: whether it is sound, its backups, and what becomes of it when it is damaged. */

/** A copy of the library file that was found sound when it was made. */
export interface Backup {
  /** The file's name in the folder of backups. */
  readonly name: string;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly sizeBytes: number;
  /** `regular`: of these the last seven days are kept. `before-change`: made before a restore or an import; kept. */
  readonly kind: 'regular' | 'before-change';
}

export interface IntegrityCheck {
  /** ISO 8601. */
  readonly at: string;
  /** What SQLite found wrong; empty for a sound file. */
  readonly problems: readonly string[];
}

/** What happened to the library, told until the person has read it. */
export interface LibraryRescue {
  readonly kind: 'recovered' | 'restored' | 'imported' | 'moved' | 'not-moved';
  /** ISO 8601. */
  readonly at: string;
  /** When the content in use now was taken; null where it begins anew. */
  readonly from: string | null;
  /** Where what was there before lies; of a move that failed, where it was to go. */
  readonly keptAt: string;
}

export interface UpkeepState {
  readonly libraryPath: string;
  readonly backupsFolder: string;
  /** The newest first. */
  readonly backups: readonly Backup[];
  /** Null before the first check of this run. */
  readonly check: IntegrityCheck | null;
  readonly rescue: LibraryRescue | null;
  /** Where the next start of Platter moves the library; null: it stays. */
  readonly askedMove: string | null;
  /** What is being done now. */
  readonly busy: UpkeepWork | null;
}

export type UpkeepWork = 'check' | 'backup' | 'restore' | 'export' | 'import';

/** `merge` adds what is missing and keeps what is there; `replace` makes the library what the file says. */
export type ImportMode = 'merge' | 'replace';

/** What was written to a file, or read from one. */
export interface ExchangeCounts {
  readonly path: string;
  readonly images: number;
  readonly folders: number;
  readonly tags: number;
  readonly searches: number;
}
