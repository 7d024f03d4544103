/** What a builder is to Platter: it says which members a thing has, in which order, and the engine writes them. */
import type { BuilderDescription } from '#shared/domain/build.ts';
import type { OptionValues, SourceReference, TargetRequest } from '#shared/domain/conversion.ts';
import type { Warning } from '#shared/domain/image.ts';
import type { ByteSink } from '../bytes/sink.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';

/** A member after it was written. */
export interface WrittenMember {
  readonly name: string;
  readonly sizeBytes: number;
  /** Of the member's bytes, in lower-case hexadecimal. */
  readonly sha256: string;
  /** Of a disk; null for anything else. */
  readonly disk: WrittenDisk | null;
}

export interface WrittenDisk {
  readonly virtualSizeBytes: number;
  /** Bytes of the guest's data that are stored, before compression. */
  readonly dataBytes: number;
}

/** One file of what is built. The members are written in the order in which they stand. */
export type Member = { readonly name: string } &
  /** A disk in any format, converted on its way. */
  (
    | { readonly kind: 'disk'; readonly source: SourceReference; readonly target: TargetRequest }
    /** Bytes as they are; the source is opened when its turn comes, and closed. */
    | { readonly kind: 'copy'; readonly sizeBytes: number; readonly open: () => ByteSource }
    /**
     * Text (or other small content) that names the others: made at the end, when all sizes and digests are known, but lying
     * where it stands. `compose` must yield at most `reservedBytes`; in an archive the rest is filled with what `filler`
     * (one byte, default a line feed) says, so that the member has exactly that size.
     */
    | {
        readonly kind: 'text';
        readonly reservedBytes: number;
        readonly filler?: number;
        compose(others: readonly WrittenMember[]): Uint8Array;
      }
    /** Content that a builder writes by itself, from offset 0; a file system, for one. */
    | {
        readonly kind: 'stream';
        /** Exact. */
        readonly sizeBytes: number;
        write(sink: ByteSink, control: Pick<Control, 'throwIfCancelled' | 'advance'>): void;
      }
  );

/** How the members lie together. */
export type Enclosure =
  /** The only member is the output. */
  | 'none'
  /** One tar; every member's size may be known late. */
  | 'tar'
  /** One gzip-ed tar: only `copy`, `stream` and `disk` members of a size known before (raw). */
  | 'tar+gzip'
  /** Each member is a file of its own, in the folder that the output's path names. */
  | 'folder';

export interface Assembly {
  readonly enclosure: Enclosure;
  readonly members: readonly Member[];
  readonly warnings: readonly Warning[];
  /** Releases what the members read from; called once, after the last was written or when it failed. */
  close(): void;
}

export interface Builder<Id extends string = string> extends BuilderDescription {
  readonly id: Id;
  /**
   * Looks at the inputs and decides everything. `fields` holds every declared field, checked. `outputName` is the last
   * name of the output's path.
   * @throws Failure `input.invalid`, `image.*`, `package.*`.
   */
  assemble(
    inputs: readonly SourceReference[],
    fields: OptionValues,
    outputName: string,
    control: Pick<Control, 'throwIfCancelled'>,
  ): Assembly;
}
