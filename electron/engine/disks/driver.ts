/** What a disk format is to Platter: a driver describes what is where, the engine moves the bytes. */
import type { Fact, FileReference, Snapshot, Span, Warning } from '#shared/domain/image.ts';
import type { OptionDeclaration, VariantDeclaration } from '#shared/domain/format.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { RepairScope, StructureReport } from '#shared/domain/structure.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { FilePatch } from '../bytes/patch.ts';
import type { ByteSink } from '../bytes/sink.ts';
import type { Control } from '../control.ts';

/** A compressed (or encrypted) unit of the disk, cut to the span that was asked for. */
export interface EncodedExtent extends Span {
  readonly state: 'encoded';
  readonly source: ByteSource;
  /** Where the encoded bytes begin, and at most how many there are. */
  readonly fileOffset: number;
  readonly encodedBytes: number;
  /** The whole unit that decode() yields, in virtual bytes; the extent lies within it. */
  readonly unit: Span;
}

/** What the bytes of a range of virtual offsets are. Ranges ascend, without gaps, and tile the span asked for. */
export type Extent =
  | (Span & { readonly state: 'stored'; readonly source: ByteSource; readonly fileOffset: number })
  | EncodedExtent
  /** This layer says zeros. */
  | (Span & { readonly state: 'zero' })
  /** The parent shows through; without a parent, zeros. */
  | (Span & { readonly state: 'absent' });

/** What the last byte of an encoded unit shares its sector with. */
export const encodingSlackBytes = 511;

/** An open image. All offsets and sizes in bytes. Readers hold no locks and are used by one thread. */
export interface DiskReader {
  readonly capacityBytes: number;
  readonly sectorBytes: number;
  /** The id of the variant as the driver's declaration or the specification names it. */
  readonly variant: string | null;
  readonly parent: FileReference | null;
  readonly snapshots: readonly Snapshot[];
  /** The method when guest data is encrypted (then extents() throws `image.encrypted`), else null. */
  readonly encryption: string | null;
  readonly facts: readonly Fact[];
  /** The driver's creation options under which the image was written, as far as it tells them. Absent where it tells none. */
  readonly options?: OptionValues;
  readonly warnings: readonly Warning[];
  /** The extents that tile `span`, which lies within the capacity. Lazy: tables are read as the walk goes. */
  extents(span: Span): Iterable<Extent>;
  /** Decodes the whole unit of `extent` into `into`, whose length is `extent.unit.length`. Absent where nothing is encoded. */
  decode?(extent: EncodedExtent, into: Uint8Array): void;
  /**
   * How the bytes of `extent` in its file stand for its whole unit, as encoders name it (UnitEncoder.encoding): they may be
   * stored elsewhere as they are. Behind their end there may be up to `encodingSlackBytes` more. Null, or absent, where they
   * mean something by their place, or in this image, only.
   */
  encodingOf?(extent: EncodedExtent): string | null;
  /**
   * Makes sure that `parent`, just opened by the name this image gives, is the one that its bytes were written over
   * (identifiers, content ids, time stamps). Absent where the format records nothing to compare.
   * @throws Failure `image.parent-mismatch`.
   */
  checkParent?(parent: DiskReader): void;
  /** What children name this image by: its UUID, content id, …; null or absent where the format has none. */
  readonly identity?: string | null;
  close(): void;
}

/** How an image opens the files that it names. */
export interface OpenContext {
  /**
   * Opens a file that an image names: its parent, an extent, a data file.
   * @throws Failure `reference.denied`, `image.parent-missing`.
   */
  openReference(reference: FileReference): ByteSource;
  /**
   * The name of the file beside the image for which `matches` is true, for formats that name a parent by an identifier
   * only; null when there is none. Each candidate is closed again. Absent where there is no folder to look through.
   */
  findBeside?(matches: (file: ByteSource) => boolean): string | null;
  /** The context for what `source`, opened here, names in its turn; this one when absent. */
  contextOf?(source: ByteSource): OpenContext;
  /**
   * The parent of what `source` holds, where something else than the image says it: the package that it lies in. It comes
   * before what the image says. Null, or absent, where nothing does.
   */
  parentOf?(source: ByteSource): FileReference | null;
}

/** What a person adds to a file in order to open it. */
export interface OpenChoices {
  /** The internal snapshot to read as a disk of its own: its id, else its name. @see DiskReader.snapshots */
  readonly snapshot?: string;
  readonly passphrase?: string;
}

export type Certainty = 'certain' | 'possible' | 'no';

/** What a writer is told about the disk it will hold. */
export interface TargetShape {
  readonly capacityBytes: number;
  readonly variant: string;
  /** Every declared option, defaults filled in and validated. */
  readonly options: OptionValues;
  /** The image whose bytes show through where this one has none; absent for a disk that stands alone. */
  readonly backing?: { readonly name: string; readonly format: string; readonly capacityBytes: number };
}

/** The size of an output in bytes, if that much data (in units that hold any) is written. */
export interface OutputSize {
  readonly bytes: number;
  /** False when the size depends on how well the data compresses: then it is the most it can be. */
  readonly exact: boolean;
}

/** How many units of that many bytes hold any of the data. */
export type UnitCounter = (unitBytes: number) => number;

/** Where some of the disk's bytes go in a file. */
export interface Place {
  readonly sink: ByteSink;
  readonly fileOffset: number;
  readonly virtualOffset: number;
  readonly lengthBytes: number;
}

/**
 * The ordered side of writing, run by one thread: a writer assigns places and writes what is its own (tables, markers,
 * headers); the engine moves the disk's bytes to their places. Units come in ascending order of virtual offset; units
 * that are never given read as zeros. The sink is empty at first. What a writer does follows from what it is told here
 * and never from bytes of the disk, which it does not see: the same calls again give the same places.
 */
export interface DiskWriter {
  /**
   * The places, ascending and without gaps, of whole units of plain bytes at `virtualOffset` (the last may be cut by the
   * capacity). Not called where `encoder` exists.
   */
  placePlain?(virtualOffset: number, lengthBytes: number): readonly Place[];
  /**
   * The place of one encoded unit of `lengthBytes` as `encoder` made it; `stored` is true when the encoder declined and
   * the unit is plain. The place's `lengthBytes` are those of the file.
   */
  placeEncoded?(virtualOffset: number, lengthBytes: number, stored: boolean): Place;
  /** Says that whole units read as zeros although the backing image has bytes there. Present where `backs` is true. */
  writeZeros?(virtualOffset: number, lengthBytes: number): void;
  /**
   * Writes tables and headers. The sinks hold a complete image afterwards.
   * @param content the digest that stands for what was placed, for identifiers. @see ContentChain
   */
  finish(content: Uint8Array): void;
}

/** The parallel side of writing: pure, run by many threads. */
export interface UnitEncoder {
  /** The most bytes that encode() may produce for one unit. */
  readonly maximumBytes: number;
  /**
   * The name of what encode() makes. A unit that lies encoded like that in the source, in no more than `maximumBytes`, is
   * taken as it is, with whatever follows it. Absent where the format's identifiers follow from the content, or units are
   * stored with something of their own.
   */
  readonly encoding?: string;
  /** Encodes one whole unit into `into`; the length, or -1 to have it stored plain. */
  encode(unit: Uint8Array, into: Uint8Array): number;
}

export interface Creation {
  readonly variants: readonly VariantDeclaration[];
  readonly options: readonly OptionDeclaration[];
  /** The unit of allocation in bytes: what is wholly zero in such a unit is not stored. */
  unitBytes(shape: TargetShape): number;
  /**
   * Zeros may be stored or left out: the bytes of the file are the same, and no identifier is derived from its content. Then
   * what lies near data need not be told from it.
   */
  readonly keepsZeros?: boolean;
  /** The writer goes forward only, so that the output can be compressed as a whole while it is written. */
  readonly forward?: boolean;
  /** Whether an image can be written over a backing image. */
  readonly backs?: boolean;
  /**
   * The capacity that the format can hold for this one, at least as large.
   * @throws Failure `image.unsupported` when too large.
   */
  capacityFor(capacityBytes: number, choice: Pick<TargetShape, 'variant' | 'options'>): number;
  /**
   * The size of the output for data that touches so many units of any size. Exact for plain variants.
   * @throws Failure `image.unsupported` when that much data does not fit in such a file.
   */
  outputSize(shape: TargetShape, countUnits: UnitCounter): OutputSize;
  /** What such an output occupies on its disk, where that is less than its size (sparse files); null where it is not. */
  allocatedSize?(shape: TargetShape, unitCount: number): number | null;
  writer(sink: ByteSink, shape: TargetShape): DiskWriter;
  /** Present when the shape compresses its units; null then means that it does not. */
  encoder?(shape: TargetShape): UnitEncoder | null;
}

/** What an image says, in its own header, of other files. */
export interface ImageReferences {
  /** The image whose bytes show through: its name, null where the format has only an identity for it. */
  readonly parent: { readonly name: string | null; readonly identity: string | null } | null;
  /** The files beside it that hold its bytes, in their order, as it spells them. */
  readonly extents: readonly string[];
  /** What children name this image by that have no name for it; null where they all have one. */
  readonly identity: string | null;
}

export interface DiskDriver<Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  /** Without the dot. */
  readonly extensions: readonly string[];
  /** By content, never by extension; raw is 'possible' for anything. Never throws for what a file holds. */
  probe(file: ByteSource): Certainty;
  /** @throws Failure `image.*` for what the file holds. Takes ownership of `file`: closes it with the reader, or when it throws. */
  open(file: ByteSource, context: OpenContext, choices?: OpenChoices): DiskReader;
  /**
   * What the image refers to, whether that is there or not: nothing else is opened. Absent where the format refers to
   * nothing. Does not close `file`. @throws Failure `image.*` for what the file holds.
   */
  references?(file: ByteSource): ImageReferences;
  readonly creation?: Creation;
  readonly structure?: Structure;
  /**
   * What to write into the file so that it has that capacity: more, or less where nothing is stored behind it.
   * Absent, or null as an answer, where it takes a copy: tables that would have to move.
   * @throws Failure `image.*`, `input.invalid`.
   */
  resize?(file: ByteSource, capacityBytes: number): FilePatch | null;
}

/** Checking the tables of a file, and mending them. Neither closes the file, nor writes into it. */
export interface Structure {
  /** Everything that is wrong with the file's own structure; its parents are not looked at. @throws Failure `image.*`, `io.*`. */
  check(
    file: ByteSource,
    context: OpenContext,
    control: Pick<Control, 'throwIfCancelled' | 'advance'>,
  ): StructureReport;
  /**
   * What to write into the file so that a check finds nothing (in `scope`) any more; null when nothing can be done or
   * there is nothing to do. @throws Failure `image.malformed` when it is past mending.
   */
  repair?(
    file: ByteSource,
    context: OpenContext,
    control: Pick<Control, 'throwIfCancelled' | 'advance'>,
    scope: RepairScope,
  ): FilePatch | null;
}
