/** The personal library: images and packages that the catalogue remembers. */
import type { ImageKind } from './image.ts';
import type { OptionValues } from './conversion.ts';

/** How Platter made the image, when it did. */
export interface Origin {
  readonly kind: 'extracted' | 'converted' | 'built';
  /** The package or image it was made from. */
  readonly sourcePath: string;
  /** The disk in the package. */
  readonly disk: string | null;
  readonly format: string;
  readonly options: OptionValues;
}

export interface LibraryEntry {
  readonly id: number;
  readonly path: string;
  readonly name: string;
  readonly kind: ImageKind;
  readonly format: string;
  readonly variant: string | null;
  readonly virtualSizeBytes: number | null;
  readonly fileSizeBytes: number;
  readonly allocatedBytes: number;
  readonly sha256: string | null;
  readonly origin: Origin | null;
  /** ISO 8601. */
  readonly addedAt: string;
  /** The file was not where the catalogue says when last looked for. */
  readonly missing: boolean;
}

/** A scan tells of many entries at once. */
export type LibraryEvent =
  | { readonly kind: 'changed'; readonly entries: readonly LibraryEntry[] }
  | { readonly kind: 'removed'; readonly ids: readonly number[] };
