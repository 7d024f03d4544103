/** What Platter knows of one image: the answers of info, map, hash and compare. */
import type { Message, Phrase } from '../in-english.ts';

/** A run of bytes: `start` and `length` in bytes of whatever space the name beside it says. */
export interface Span {
  readonly start: number;
  readonly length: number;
}

/** One line of an image's details. */
export interface Fact {
  readonly label: Message;
  /** A text is what the image says, and stays as it is. */
  readonly value: string | Phrase;
}

/** Something a careful person would want to know before using the image. */
export interface Warning {
  readonly code: string;
  readonly message: Message;
}

export type ImageKind = 'disk' | 'optical' | 'package' | 'machine' | 'kernel' | 'ramdisk' | 'unknown';

export interface Snapshot {
  readonly id: string;
  readonly name: string;
  /** ISO 8601, where the format records it. */
  readonly createdAt: string | null;
  readonly virtualSizeBytes: number | null;
}

/** A name that an image gives for another file. */
export interface FileReference {
  /** As the image spells it. */
  readonly name: string;
  /** The format the image claims for it, if it does. */
  readonly format: string | null;
}

/** The answer of `info`. Sizes in bytes. */
export interface ImageInfo {
  readonly path: string;
  readonly kind: ImageKind;
  /** The driver's id: qcow2, vmdk, raw, ova, … */
  readonly format: string;
  readonly variant: string | null;
  readonly virtualSizeBytes: number | null;
  readonly fileSizeBytes: number;
  /** What the file occupies on its disk. */
  readonly allocatedBytes: number;
  readonly parent: FileReference | null;
  readonly snapshots: readonly Snapshot[];
  readonly encrypted: boolean;
  /** gzip, xz, … when the image lies in a compressed wrapper. */
  readonly wrapper: string | null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly package?: import('./package.ts').PackageSummary;
  /** What the file says of others, and which system is on it; absent where it says nothing, and of what lies inside a file. */
  readonly belongings?: import('./parts.ts').FileBelongings;
  /** Of a disk whose content could be looked at. */
  readonly partitions?: import('./guest.ts').PartitionTable;
}

export type ExtentState = 'stored' | 'encoded' | 'zero' | 'absent';

/** One run of the allocation map; `start` and `length` in virtual bytes, `depth` 0 is the image itself. */
export interface MapExtent extends Span {
  readonly state: ExtentState;
  readonly depth: number;
  readonly fileOffset?: number;
}

/** How many bytes of a part of a disk are in which state. */
export type StateSums = { readonly [State in ExtentState]: number };

/** A part of a disk, summed up; `start` and `length` in virtual bytes. */
export interface MapCell extends Span {
  readonly sums: StateSums;
  /** The layer that has most of its data; null where there is none. */
  readonly depth: number | null;
  /** Where in that layer's file the first of its bytes that are stored as they are lies; null without such. */
  readonly fileOffset: number | null;
}

/** One image of a chain; the first is the image itself. */
export interface MapLayer {
  readonly path: string;
  readonly format: string;
  readonly virtualSizeBytes: number;
  /** How much of the span's data is this layer's. */
  readonly dataBytes: number;
}

/** A map to look at: whatever the number of extents, the cells are as many as were asked for, or fewer. */
export interface MapOverview {
  readonly virtualSizeBytes: number;
  /** What the cells tile. */
  readonly span: Span;
  readonly sums: StateSums;
  readonly layers: readonly MapLayer[];
  readonly cells: readonly MapCell[];
}

/** Which part of a disk is asked for, and in how many cells; the whole of it without a span. */
export interface MapRequest {
  readonly source: import('./conversion.ts').SourceReference;
  readonly span?: Span;
  readonly cells: number;
}

export interface ImageHash {
  /** Lower-case hexadecimal SHA-256 of the guest-visible bytes. */
  readonly sha256: string;
  readonly virtualSizeBytes: number;
}

export interface Comparison {
  readonly identical: boolean;
  /** The first virtual offset at which the disks differ, null when they do not. */
  readonly firstDifference: number | null;
  readonly virtualSizesBytes: readonly [number, number];
  /** True when one disk is longer and the rest of it is zeros. */
  readonly paddedWithZeros: boolean;
  /** Where they differ, all over the disk; absent where only the first difference was asked for. */
  readonly differences?: DifferenceMap;
}

/** Where two disks differ, in blocks: one byte that is another makes the block differ. */
export interface DifferenceMap {
  readonly blockBytes: number;
  /** The disk in parts of `cellBytes`; the last one may be shorter. */
  readonly cellBytes: number;
  /** Of each part, in bytes. What was not compared is zeros in both, or the same bytes of the same file. */
  readonly cells: readonly { readonly compared: number; readonly different: number }[];
  readonly comparedBytes: number;
  readonly differentBytes: number;
  readonly stretchCount: number;
  /** The first of them: from the first byte that differs to the end of its last block. */
  readonly stretches: readonly Span[];
}
