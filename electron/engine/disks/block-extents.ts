/** The walk over a disk that is cut into blocks: what is known of each piece of a block becomes the extents of a span. */
import type { Span } from '#shared/domain/image.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { Extent } from './driver.ts';

/** A piece of one block that is all alike. `fileOffset` is where its bytes are; it counts for stored ones only. */
export interface BlockPiece {
  readonly state: 'stored' | 'zero' | 'absent';
  readonly lengthBytes: number;
  readonly fileOffset: number;
}

/** What there is at `offsetInBlock` of a block, for at most `availableBytes`. */
export type PieceAt = (block: number, offsetInBlock: number, availableBytes: number) => BlockPiece;

/** The extents that tile `span`; pieces that go on alike, in the file too, are one. Stored ones lie in `source`. */
export function* blockExtents(
  span: Span,
  blockBytes: number,
  source: ByteSource,
  pieceAt: PieceAt,
): Iterable<Extent> {
  const end = span.start + span.length;
  let start = span.start;
  let length = 0;
  let state: BlockPiece['state'] | null = null;
  let fileOffset = 0;
  for (let at = span.start; at < end;) {
    const block = Math.floor(at / blockBytes);
    const offsetInBlock = at - block * blockBytes;
    const piece = pieceAt(block, offsetInBlock, Math.min(end - at, blockBytes - offsetInBlock));
    const goesOn = piece.state === state && (state !== 'stored' || piece.fileOffset === fileOffset + length);
    if (!goesOn) {
      if (state !== null) yield extent(state, start, length, source, fileOffset);
      ({ state, fileOffset } = piece);
      start = at;
      length = 0;
    }
    length += piece.lengthBytes;
    at += piece.lengthBytes;
  }
  if (state !== null) yield extent(state, start, length, source, fileOffset);
}

function extent(
  state: BlockPiece['state'],
  start: number,
  length: number,
  source: ByteSource,
  fileOffset: number,
): Extent {
  return state === 'stored' ? { state, start, length, source, fileOffset } : { state, start, length };
}

/** Which bit of a byte is the first. */
export type BitOrder = 'highest first' | 'lowest first';

/** What a bitmap says of the sectors from `index` on: the bit, and the first index before `end` where it changes. */
export function bitRun(
  bits: Uint8Array,
  index: number,
  end: number,
  order: BitOrder,
): { readonly isSet: boolean; readonly end: number } {
  const isSet = bitAt(bits, index, order);
  const uniform = isSet ? 0xff : 0;
  let next = index + 1;
  while (next < end) {
    if ((next & 7) === 0 && bits[next >>> 3] === uniform) next += 8;
    else if (bitAt(bits, next, order) === isSet) next++;
    else break;
  }
  return { isSet, end: Math.min(next, end) };
}

export function bitAt(bits: Uint8Array, index: number, order: BitOrder): boolean {
  const shift = order === 'highest first' ? 7 - (index & 7) : index & 7;
  return ((bits[index >>> 3]! >>> shift) & 1) !== 0;
}

/** Units of a file, each of which may be used once. */
export class UsedUnits {
  readonly count: number;
  readonly #bits: Uint8Array;

  /** Bound `count` before: it takes a bit each. */
  constructor(count: number) {
    this.count = count;
    this.#bits = new Uint8Array(Math.ceil(count / 8));
  }

  has(unit: number): boolean {
    return bitAt(this.#bits, unit, 'lowest first');
  }

  /** Marks a unit; false when it was marked already. */
  take(unit: number): boolean {
    const bit = 1 << (unit & 7);
    const isFree = (this.#bits[unit >>> 3]! & bit) === 0;
    this.#bits[unit >>> 3]! |= bit;
    return isFree;
  }

  /** One past the last unit that is marked. */
  get end(): number {
    let end = this.count;
    while (end > 0 && !this.has(end - 1)) end--;
    return end;
  }

  /** The runs of unmarked units before `end`, ascending. */
  *freeRuns(end: number): Iterable<{ readonly start: number; readonly length: number }> {
    for (let at = 0; at < end;) {
      const run = bitRun(this.#bits, at, end, 'lowest first');
      if (!run.isSet) yield { start: at, length: run.end - at };
      at = run.end;
    }
  }
}
