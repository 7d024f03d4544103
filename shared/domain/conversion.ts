/** Plans and results of conversions and extractions: what will happen, and what happened. */
import type { Message } from '../in-english.ts';
import type { Span, Warning } from './image.ts';

/** Where the bytes come from: a file, or a member of a package file. */
export interface SourceReference {
  readonly path: string;
  /** The member's name inside the package at `path`. */
  readonly member?: string;
  /** Only a part of that file's bytes. */
  readonly part?: Span;
  /** Open it as this disk format; by its content when absent. */
  readonly format?: string;
  /** The wrapper (gzip, xz, …) that the file is, and no other; by its content when absent. */
  readonly wrapper?: string;
  /** An internal snapshot to read as a disk of its own: its id, else its name. */
  readonly snapshot?: string;
  /** Only a part of what the guest sees, as a disk of its own: a partition. */
  readonly volume?: Span;
  /** The disk grown to a whole number of units, with the backup GPT, where there is a GPT, at its end. */
  readonly grown?: Growth;
  /** Opens an encrypted image. Never stored. */
  readonly passphrase?: string;
  /** Files that images may name although they lie elsewhere: absolute paths that the person allowed one by one. */
  readonly allowed?: readonly string[];
  /** Paths that stand for names beside the image: of an output whose parts do not have their names yet. */
  readonly standIns?: Readonly<Record<string, string>>;
}

/** What a size is rounded up to, in bytes. */
export interface Growth {
  readonly unitBytes: number;
  readonly leastBytes: number;
}

/** Option values by the names that the driver declares. */
export type OptionValues = Readonly<Record<string, string | number | boolean>>;

export interface TargetRequest {
  /** A disk driver's id, or "as-is" for the bytes of the image's file as they are. */
  readonly format: string;
  readonly variant?: string;
  readonly options?: OptionValues;
  /** The output holds only what differs from this image, and names it: an overlay. */
  readonly backing?: SourceReference;
  /** A wrapper's id (gzip, xz, …) to write the image in. */
  readonly wrapper?: string;
}

export interface ConversionRequest {
  readonly source: SourceReference;
  readonly outputPath: string;
  readonly target: TargetRequest;
  /** The virtual size of the output; the source's unless said otherwise. What lies behind it must be zeros. */
  readonly capacityBytes?: number;
  /** Replace an existing output. */
  readonly force?: boolean;
  /** Read the output back and compare it with what was read; true unless said otherwise. */
  readonly verify?: boolean;
  /** Bring the output to the disk before it gets its name; true unless said otherwise. False leaves that to the system. */
  readonly sync?: boolean;
}

/** How large an output becomes, in bytes. */
export interface SizePrediction {
  /** Its files together: exactly, or at most. */
  readonly fileSizeBytes: number;
  /** At most what of that takes room on the disk, where holes take none. What the file system adds is its own. */
  readonly outputBytes: number;
  /**
   * False where it depends on how well the data compresses, or where not all of the source could be looked at: then the two
   * above are the most that it can be, and the next two are what to expect.
   */
  readonly outputIsExact: boolean;
  readonly expectedFileSizeBytes: number;
  readonly expectedBytes: number;
}

/** What `measure` answers. */
export interface Measurement extends SizePrediction {
  readonly targetFormat: string;
  readonly targetVariant: string;
  readonly virtualSizeBytes: number;
  /** Bytes that the source stores. */
  readonly dataBytes: number;
}

export interface MeasureRequest {
  readonly source: SourceReference;
  readonly target: TargetRequest;
  /** What the output will be called, which some formats have in their files; like the source unless said otherwise. */
  readonly outputPath?: string;
  readonly capacityBytes?: number;
}

/** What a conversion will do. Sizes in bytes. */
export interface ConversionPlan extends SizePrediction {
  readonly source: SourceReference;
  readonly sourceFormat: string;
  readonly outputPath: string;
  readonly targetFormat: string;
  readonly targetVariant: string | null;
  readonly virtualSizeBytes: number;
  /** Bytes of guest data to read and carry over. */
  readonly dataBytes: number;
  readonly freeBytes: number;
  readonly fits: boolean;
  /** What the target cannot hold: snapshots, a parent, … */
  readonly losses: readonly Message[];
  readonly warnings: readonly Warning[];
}

export interface ConversionResult {
  readonly path: string;
  readonly format: string;
  readonly variant: string | null;
  readonly virtualSizeBytes: number;
  readonly fileSizeBytes: number;
  readonly allocatedBytes: number;
  readonly verified: boolean;
  /** SHA-256 of the guest-visible bytes, when asked for. */
  readonly sha256: string | null;
}

export interface ExtractionRequest {
  readonly packagePath: string;
  readonly outputFolder: string;
  /** One per disk; all disks as qcow2 when absent. */
  readonly disks: readonly {
    readonly name: string;
    readonly target: TargetRequest;
    readonly fileName?: string;
  }[];
  readonly force?: boolean;
  readonly verify?: boolean;
  readonly sync?: boolean;
}

export interface ExtractionPlan {
  readonly outputFolder: string;
  readonly freeBytes: number;
  readonly fits: boolean;
  readonly outputBytes: number;
  readonly expectedBytes: number;
  readonly disks: readonly (ConversionPlan & { readonly name: string })[];
}

export interface ExtractionResult {
  readonly files: readonly (ConversionResult & { readonly disk: string })[];
}

/** An empty image, or an overlay (`target.backing`). */
export interface CreationRequest {
  readonly outputPath: string;
  readonly target: TargetRequest;
  /** The virtual size in bytes; that of the backing image when absent. */
  readonly capacityBytes?: number;
  readonly force?: boolean;
}

export interface ResizeRequest {
  readonly path: string;
  /** The new virtual size in bytes. */
  readonly capacityBytes: number;
  /** The person agreed to a smaller disk. */
  readonly shrink?: boolean;
}

export interface ResizeResult {
  readonly path: string;
  readonly oldBytes: number;
  readonly newBytes: number;
  /** False when a copy took the file's place. */
  readonly inPlace: boolean;
  /** Where the bytes that were replaced are kept. */
  readonly backupPath: string | null;
}
