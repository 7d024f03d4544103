/** Folders as the in-app picker shows them. */

export interface FolderEntry {
  readonly name: string;
  readonly path: string;
  readonly kind: 'folder' | 'file';
  readonly sizeBytes: number | null;
  /** ISO 8601. */
  readonly modifiedAt: string | null;
}

export interface FolderListing {
  readonly path: string;
  /** Null at the top. */
  readonly parent: string | null;
  /** Places to start from: home, downloads, drives. */
  readonly places: readonly { readonly title: string; readonly path: string }[];
  /** Folders first, then files, by name. */
  readonly entries: readonly FolderEntry[];
}

export interface LocatedFile {
  readonly path: string;
}
