/** What is kept in memory of every entry of the library. */
import { sep } from 'node:path';
import type { EntryFacts } from '#shared/query/matching.ts';

/** All that a folder's entries have in common. */
export interface IndexedFolder {
  readonly path: string;
  /** Without case and accents. */
  readonly folded: string;
}

type Kept = Omit<EntryFacts, 'path'> & {
  readonly id: number;
  readonly folder: IndexedFolder;
  /** Empty where there is none. */
  readonly variant: string;
};

export class IndexedEntry implements EntryFacts {
  readonly id: number;
  readonly folder: IndexedFolder;
  readonly name: string;
  /** Sorts as a person would. */
  readonly nameKey: string;
  readonly kind: string;
  readonly format: string;
  readonly variant: string;
  readonly virtualSizeBytes: number | null;
  readonly allocatedBytes: number;
  readonly addedMilliseconds: number;
  readonly modifiedMilliseconds: number | null;
  readonly origin: string;
  readonly missing: boolean;

  constructor(kept: Kept) {
    this.id = kept.id;
    this.folder = kept.folder;
    this.name = kept.name;
    this.nameKey = nameKey(kept.name);
    this.kind = kept.kind;
    this.format = kept.format;
    this.variant = kept.variant;
    this.virtualSizeBytes = kept.virtualSizeBytes;
    this.allocatedBytes = kept.allocatedBytes;
    this.addedMilliseconds = kept.addedMilliseconds;
    this.modifiedMilliseconds = kept.modifiedMilliseconds;
    this.origin = kept.origin;
    this.missing = kept.missing;
  }

  /** Composed when it is asked for: a hundred thousand paths take more room than their names and folders. */
  get path(): string {
    return `${this.folder.folded}${sep}${this.name}`;
  }
}

/** A folded name as a text that sorts by the numbers in it: `disk2` before `disk10`. */
export function nameKey(name: string): string {
  return name.replace(/\d+/g, (digits) => {
    const significant = digits.replace(/^0+(?=\d)/, '');
    return lengthKey(significant.length) + significant;
  });
}

/** A longer number is larger; what is written for its length stays among the digits, so that numbers stand before letters. */
function lengthKey(length: number): string {
  return length < 9 ? String(length) : `9${lengthKey(length - 8)}`;
}
