/** Making something new out of disks, folders or typed-in fields: packages, sets of images, media. */
import type { OptionValues, SourceReference } from './conversion.ts';
import type { OptionDeclaration } from './format.ts';
import type { Warning } from './image.ts';

/** What a builder takes. */
export interface BuildInputs {
  /** disks: images of any format; files: a package or a set (its files); folder: a folder's content; none: fields only. */
  readonly kind: 'disks' | 'files' | 'folder' | 'none';
  readonly minimum: number;
  readonly maximum: number;
}

/** What a builder declares about itself: forms and help texts are drawn from it. */
export interface BuilderDescription {
  readonly id: string;
  readonly title: string;
  /** One line. */
  readonly help: string;
  /** Without the dot; empty where the output is a folder of files. */
  readonly extensions: readonly string[];
  readonly inputs: BuildInputs;
  readonly fields: readonly OptionDeclaration[];
}

export interface BuildRequest {
  /** The builder's id. */
  readonly builder: string;
  readonly inputs: readonly SourceReference[];
  /** The file to make, or the folder to make files in. */
  readonly outputPath: string;
  readonly fields: OptionValues;
  readonly force?: boolean;
  readonly verify?: boolean;
}

export interface BuildPlan {
  readonly builder: string;
  readonly outputPath: string;
  /** What will be in it, in order; sizes are at most that. */
  readonly members: readonly { readonly name: string; readonly sizeBytes: number }[];
  readonly outputBytes: number;
  readonly freeBytes: number;
  readonly fits: boolean;
  /** Among them what some programs will ignore. */
  readonly warnings: readonly Warning[];
}

/** A file that was made; of a disk also what its guest sees. */
export interface BuiltFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Of the file's own bytes, in lower-case hexadecimal. */
  readonly sha256: string;
}

export interface BuildResult {
  readonly files: readonly BuiltFile[];
  readonly warnings: readonly Warning[];
}
