/** Chunks that lie in files as they are: units are told zero or not by a look at few of their bytes, and none is moved. */
import type { Span } from '#shared/domain/image.ts';
import type { ByteSource } from '../bytes/source.ts';
import { isZero } from '../bytes/zeros.ts';
import type { Disk } from '../disks/chain.ts';
import { sampleBytes, samplePitchBytes, type ChunkContent } from './content.ts';
import { unitStored, unitZero } from './slots.ts';

/** A stretch of the disk that lies in a file. */
export interface StoredPiece extends Span {
  readonly source: ByteSource;
  readonly fileOffset: number;
}

/** What is stored in `span`, ascending; null where some of it does not lie in regular files as it is. */
export function storedPieces(disk: Disk, span: Span): readonly StoredPiece[] | null {
  const pieces: StoredPiece[] = [];
  for (const extent of disk.extents(span)) {
    if (extent.state === 'encoded') return null;
    if (extent.state !== 'stored') continue;
    if ((extent.source.filePlace?.(extent.fileOffset) ?? null) === null) return null;
    pieces.push(extent);
  }
  return pieces;
}

/** Looks at the units of one chunk after the other. Used by one thread. */
export class Peeker {
  readonly #unitBytes: number;
  /** What is looked at together: a unit, or the smaller units of one piece of the sampling grid. */
  readonly #groupBytes: number;
  readonly #content: ChunkContent;
  readonly #samples: Uint8Array;
  #group = new Uint8Array(0);

  /** `coarse`: smaller units are not told apart where the first bytes of their piece of the grid show data. */
  constructor(unitBytes: number, coarse: boolean, content: ChunkContent) {
    this.#unitBytes = unitBytes;
    this.#groupBytes = coarse ? Math.max(unitBytes, samplePitchBytes) : unitBytes;
    this.#content = content;
    this.#samples = new Uint8Array(Math.ceil(this.#groupBytes / samplePitchBytes) * sampleBytes);
  }

  /** Notes in `units` what became of each unit of `chunk`, in which `pieces` are stored. */
  look(chunk: Span, pieces: readonly StoredPiece[], units: Int32Array): void {
    const end = chunk.start + chunk.length;
    let next = 0;
    for (let start = chunk.start; start < end;) {
      const groupEnd = Math.min((Math.floor(start / this.#groupBytes) + 1) * this.#groupBytes, end);
      while (next < pieces.length && pieces[next]!.start + pieces[next]!.length <= start) next++;
      this.#lookAtGroup({ start, length: groupEnd - start }, chunk.start, new Pieces(pieces, next), units);
      start = groupEnd;
    }
  }

  #lookAtGroup(group: Span, chunkStart: number, pieces: Pieces, units: Int32Array): void {
    const first = (group.start - chunkStart) / this.#unitBytes;
    const behind = Math.ceil((group.start + group.length - chunkStart) / this.#unitBytes);
    if (!pieces.touch(group)) units.fill(unitZero, first, behind);
    else if (this.#showsData(group, pieces)) {
      units.fill(unitStored, first, behind);
      this.#note(group);
    } else this.#readGroup(group, first, behind, pieces, units);
  }

  /** Reads the samples, which prove data where one byte is not zero; at least one sample is read. */
  #showsData(group: Span, pieces: Pieces): boolean {
    let found = false;
    let count = 0;
    const end = group.start + group.length;
    for (let at = firstSample(group.start); at < end || count === 0; at += samplePitchBytes, count++) {
      const from = at < end ? at : group.start;
      const sample = this.#samples.subarray(count * sampleBytes, count * sampleBytes + sampleBytes);
      const part = sample.subarray(0, Math.min(sampleBytes, end - from));
      pieces.read(from, part);
      found ||= !isZero(part);
    }
    return found;
  }

  /** Notes the group, a whole unit whose samples have been read, among what stands for the content. */
  #note(group: Span): void {
    this.#content.addUnit(group.start);
    let count = 0;
    const end = group.start + group.length;
    for (let at = firstSample(group.start); at < end; at += samplePitchBytes, count++) {
      const length = Math.min(sampleBytes, end - at);
      this.#content.addSample(this.#samples.subarray(count * sampleBytes, count * sampleBytes + length));
    }
  }

  #readGroup(group: Span, first: number, behind: number, pieces: Pieces, units: Int32Array): void {
    if (this.#group.length < this.#groupBytes) this.#group = new Uint8Array(this.#groupBytes);
    const bytes = this.#group.subarray(0, group.length);
    pieces.read(group.start, bytes);
    for (let index = first; index < behind; index++) {
      const at = (index - first) * this.#unitBytes;
      const unit = bytes.subarray(at, at + this.#unitBytes);
      units[index] = isZero(unit) ? unitZero : unitStored;
      if (units[index] === unitStored) this.#content.addSampledUnit(group.start + at, unit);
    }
  }
}

function firstSample(virtualOffset: number): number {
  return Math.ceil(virtualOffset / samplePitchBytes) * samplePitchBytes;
}

/** Pieces from `first` on; those before lie before everything that is asked for. */
class Pieces {
  readonly #pieces: readonly StoredPiece[];
  readonly #first: number;

  constructor(pieces: readonly StoredPiece[], first: number) {
    this.#pieces = pieces;
    this.#first = first;
  }

  touch(span: Span): boolean {
    const piece = this.#pieces[this.#first];
    return piece !== undefined && piece.start < span.start + span.length;
  }

  /** Reads what is stored; all else is zeros. */
  read(virtualOffset: number, into: Uint8Array): void {
    const end = virtualOffset + into.length;
    let at = virtualOffset;
    for (let index = this.#first; index < this.#pieces.length && at < end; index++) {
      const piece = this.#pieces[index]!;
      const start = Math.max(piece.start, at);
      const stop = Math.min(piece.start + piece.length, end);
      if (stop <= start) continue;
      into.fill(0, at - virtualOffset, start - virtualOffset);
      const part = into.subarray(start - virtualOffset, stop - virtualOffset);
      piece.source.read(piece.fileOffset + start - piece.start, part);
      at = stop;
    }
    into.fill(0, at - virtualOffset);
  }
}
