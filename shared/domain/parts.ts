/** How files belong together: what one says of another, and which of them make one thing. */
import type { LibraryEntry } from './library.ts';

/**
 * How a file refers to another one: the other is its `parent` (whose bytes show through), an `extent` that holds some of its
 * disk's bytes, a `member` of the package that it describes, a machine's `disk`, its `medium`, or its `state`; or it is
 * itself a piece of the other one, or the kernel or RAM disk that the other one starts with.
 */
export const referenceRoles = [
  'parent',
  'extent',
  'member',
  'disk',
  'medium',
  'state',
  'piece-of',
  'kernel-of',
  'ramdisk-of',
] as const;
export type ReferenceRole = (typeof referenceRoles)[number];

/** A reference as a look at the file found it. */
export interface FoundReference {
  readonly role: ReferenceRole;
  /** As the file spells it. */
  readonly name: string;
  /** The file's absolute path, or an identity that it may have wherever it lies; null for what is no file here. */
  readonly target: string | null;
  /** Whether the thing is whole without it. */
  readonly required: boolean;
  /** Whether it was there when looked at; null where nobody looked: elsewhere than around the file. */
  readonly found: boolean | null;
}

/** What a checksum file or a signature says of a file beside it. */
export interface FoundSum {
  /** The absolute path of the file that it is about. */
  readonly target: string;
  /** As node:crypto calls it; `openpgp` for a signature. */
  readonly algorithm: string;
  /** Lower-case hexadecimal; null for a signature. */
  readonly expected: string | null;
}

/** `signed`: by a signature, which is not checked. */
export type SumState = 'unchecked' | 'matches' | 'differs' | 'signed';

/** What is said of an entry's file, and what came of checking. */
export interface KnownSum {
  /** The path of the file that says it. */
  readonly source: string;
  readonly algorithm: string;
  readonly expected: string | null;
  readonly state: SumState;
  /** ISO 8601; null before it was checked, and when the file has been written since. */
  readonly checkedAt: string | null;
}

/** What a file turned out to be; null for an algorithm that this machine does not know. */
export interface SumCheck {
  readonly path: string;
  readonly sizeBytes: number;
  /** Since 1970. */
  readonly modifiedMilliseconds: number;
  readonly results: readonly {
    readonly algorithm: string;
    readonly expected: string;
    readonly actual: string | null;
  }[];
}

/** What a look at a file found out about other files. */
export interface FileBelongings {
  readonly references: readonly FoundReference[];
  /** What others may call the file that have no path for it. */
  readonly identities: readonly string[];
  readonly sums: readonly FoundSum[];
  /** The operating system, where the file says it itself. */
  readonly guest: string | null;
}

/** A file that an entry, or one of its parts, refers to. */
export interface Part {
  readonly role: ReferenceRole;
  /** As it is referred to. */
  readonly name: string;
  /** Null where nobody knows which file is meant. */
  readonly path: string | null;
  /** `unknown`: it lies where Platter does not look, or is no file of this machine. */
  readonly state: 'present' | 'missing' | 'unknown';
  readonly sizeBytes: number | null;
  /** Whether the whole is one without it. */
  readonly required: boolean;
  /** It belongs to the whole alone, and is not listed by itself. */
  readonly own: boolean;
  /** How many files lead from the whole to it: 1 for what the whole itself refers to. */
  readonly depth: number;
  /** Null for a file that is no entry of the library. */
  readonly entry: LibraryEntry | null;
}

/** Everything that belongs to an entry, and what it belongs to. */
export interface EntryBelongings {
  /** The entry that it is a part of; null where it is none. */
  readonly whole: LibraryEntry | null;
  /** What it is made of and stands on, each followed by what that refers to. */
  readonly parts: readonly Part[];
  /** What refers to it, with the role that it has for each. */
  readonly neededBy: readonly { readonly role: ReferenceRole; readonly entry: LibraryEntry }[];
  /** What checksum files and signatures beside it say. */
  readonly sums: readonly KnownSum[];
}
