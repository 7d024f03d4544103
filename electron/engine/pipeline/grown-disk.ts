/** A disk that is larger than its image says, with its tables written for the new end: a view, nothing is written. */
import type { Growth } from '#shared/domain/conversion.ts';
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { FileChange } from '../bytes/patch.ts';
import { MemorySource } from '../bytes/source.ts';
import type { Disk } from '../disks/chain.ts';
import type { DiskReader, EncodedExtent, Extent } from '../disks/driver.ts';
import { DiskSource } from '../guests/disk-source.ts';
import { moveBackupGpt } from '../guests/partitions/gpt/plan.ts';

/** The size after growing, in bytes. */
export function grownSize(capacityBytes: number, { unitBytes, leastBytes }: Growth): number {
  const wanted = Math.max(capacityBytes, leastBytes);
  return Math.ceil(wanted / unitBytes) * unitBytes;
}

/**
 * `disk`, grown, with its backup GPT at the new end. Takes ownership of `disk`.
 * @throws Failure `input.invalid` where a partition lies past the end of the disk, or the size is not one of whole sectors.
 */
export function growDisk(disk: Disk, growth: Growth): Disk {
  try {
    const capacityBytes = grownSize(disk.capacityBytes, growth);
    if (!Number.isSafeInteger(capacityBytes)) {
      throw new Failure('input.invalid', { problem: inEnglish('the disk cannot grow to more than 8 PiB') });
    }
    const changes = moveBackupGpt(new DiskSource(disk), capacityBytes);
    if (capacityBytes === disk.capacityBytes && changes.length === 0) return disk;
    return disk.withTop(new GrownReader(disk.top.reader, capacityBytes, changes));
  } catch (error) {
    disk.close();
    throw error;
  }
}

interface Piece extends Span {
  readonly source: MemorySource;
}

/** The image's own reader, with changes laid over it and zeros behind its end. */
class GrownReader implements DiskReader {
  readonly capacityBytes: number;
  readonly #inner: DiskReader;
  readonly #pieces: readonly Piece[];

  constructor(inner: DiskReader, capacityBytes: number, changes: readonly FileChange[]) {
    this.#inner = inner;
    this.capacityBytes = capacityBytes;
    this.#pieces = changes
      .map(({ fileOffset: start, bytes }) => ({
        start,
        length: bytes.length,
        source: new MemorySource(bytes),
      }))
      .sort((a, b) => a.start - b.start);
  }

  get sectorBytes(): number {
    return this.#inner.sectorBytes;
  }
  get variant(): string | null {
    return this.#inner.variant;
  }
  get parent(): DiskReader['parent'] {
    return this.#inner.parent;
  }
  get snapshots(): DiskReader['snapshots'] {
    return this.#inner.snapshots;
  }
  get encryption(): string | null {
    return this.#inner.encryption;
  }
  get facts(): DiskReader['facts'] {
    return this.#inner.facts;
  }
  get warnings(): DiskReader['warnings'] {
    return this.#inner.warnings;
  }
  get identity(): string | null {
    return this.#inner.identity ?? null;
  }

  *extents({ start, length }: Span): Iterable<Extent> {
    const end = start + length;
    let at = start;
    for (const piece of this.#pieces) {
      const pieceEnd = piece.start + piece.length;
      if (pieceEnd <= at || piece.start >= end) continue;
      if (piece.start > at) yield* this.#beneath(at, piece.start);
      const from = Math.max(piece.start, at);
      at = Math.min(pieceEnd, end);
      const { source } = piece;
      yield { state: 'stored', start: from, length: at - from, source, fileOffset: from - piece.start };
    }
    if (at < end) yield* this.#beneath(at, end);
  }

  /** What lies behind the old end is zeros, also where a parent is larger. */
  *#beneath(start: number, end: number): Iterable<Extent> {
    const border = Math.min(end, Math.max(start, this.#inner.capacityBytes));
    if (border > start) yield* this.#inner.extents({ start, length: border - start });
    if (end > border) yield { state: 'zero', start: border, length: end - border };
  }

  decode(extent: EncodedExtent, into: Uint8Array): void {
    if (this.#inner.decode === undefined) {
      throw new Failure('internal', { problem: inEnglish('an encoded extent without decode()') });
    }
    this.#inner.decode(extent, into);
  }

  close(): void {
    this.#inner.close();
  }
}
