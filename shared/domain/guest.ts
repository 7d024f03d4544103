/** What lies on a disk: partitions, file systems and their files. Sizes and offsets in bytes. */
import type { Message } from '../in-english.ts';
import type { Fact, Span, Warning } from './image.ts';

/** A file system (or what else a volume holds) that Platter can name. */
export interface VolumeInfo {
  /** The file-system driver's or signature's id: ext4, xfs, vfat, iso9660, swap, luks, … */
  readonly fileSystem: string;
  readonly title: string;
  readonly label: string | null;
  readonly uuid: string | null;
  /** Whether its files can be listed. */
  readonly browsable: boolean;
}

/** One partition; `start` and `length` in bytes of the disk. */
export interface Partition extends Span {
  /** As the table numbers it, from 1. */
  readonly number: number;
  /** The MBR type as `0x83`, the GPT type GUID in upper case, the Apple type. */
  readonly type: string;
  /** The type in words, where it is known. */
  readonly typeTitle: string | null;
  readonly name: string | null;
  readonly uuid: string | null;
  readonly bootable: boolean;
  readonly volume: VolumeInfo | null;
}

export interface PartitionTable {
  /** mbr, gpt or apm; null for a file system on the whole disk. */
  readonly scheme: string | null;
  /** 4096 for a 4Kn disk. */
  readonly sectorBytes: number;
  readonly partitions: readonly Partition[];
  /** The file system that lies on the whole disk, without a table. */
  readonly wholeDisk: VolumeInfo | null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
}

/** A file of a package or of a file system. */
export interface FileEntry {
  /** From the root, with slashes, without a slash at the start; '' is the root. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly sizeBytes: number;
  /** ISO 8601. */
  readonly modifiedAt: string | null;
  /** POSIX permission bits, where there are some. */
  readonly mode: number | null;
  /** Where a link leads, as it says. Links out of the tree are shown, never followed. */
  readonly target: string | null;
  /** Why it is never opened, in words; null when it may be. */
  readonly refusal: Message | null;
}

/** Where files are looked for: the members of a package, the files of a file system, or the partitions of a disk. */
export interface FileListing {
  readonly path: string;
  /** The folder that is listed; '' is the root. */
  readonly folder: string;
  /** The file system, null for a package. */
  readonly volume: VolumeInfo | null;
  readonly entries: readonly FileEntry[];
  /** Set when there are several places to look into: then `entries` is empty until one partition is chosen. */
  readonly table: PartitionTable | null;
  /** There were more entries than are listed. */
  readonly truncated: boolean;
}

export interface ListingRequest {
  readonly source: import('./conversion.ts').SourceReference;
  /** '' when absent. */
  readonly folder?: string;
  /** With everything in all folders below. */
  readonly recursive?: boolean;
  /** Of a disk with a partition table. */
  readonly partition?: number;
}

export interface FileExtractionRequest {
  readonly source: import('./conversion.ts').SourceReference;
  readonly partition?: number;
  /** Files and folders (with all in them); everything when empty. */
  readonly paths: readonly string[];
  readonly outputFolder: string;
  readonly force?: boolean;
}

export interface FileExtractionResult {
  readonly outputFolder: string;
  readonly files: number;
  readonly folders: number;
  readonly bytes: number;
  /** What was left out, and why: links that lead out, devices, names that no file may have. */
  readonly skipped: readonly { readonly path: string; readonly reason: Message }[];
}
