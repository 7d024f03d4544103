/** A disk with a partition table around a file system that lies elsewhere: a view, with nothing copied. */
import type { Span } from '#shared/domain/image.ts';
import type { FileChange } from '../../bytes/patch.ts';
import {
  ConcatenatedSource,
  MemorySource,
  requireWithin,
  type ByteSource,
  type SourceRun,
} from '../../bytes/source.ts';

export interface DiskLayout {
  readonly capacityBytes: number;
  /** Where the file system lies; at least as long as it is. */
  readonly partition: Span;
  /** Tables, which do not touch the partition. */
  readonly changes: readonly FileChange[];
}

/** The disk of that layout. Takes ownership of `volume`. */
export function partitionedSource(volume: ByteSource, layout: DiskLayout): ByteSource {
  const pieces = [
    ...layout.changes.map(({ fileOffset, bytes }) => ({ fileOffset, source: new MemorySource(bytes) })),
    { fileOffset: layout.partition.start, source: volume },
  ].sort((a, b) => a.fileOffset - b.fileOffset);
  const parts: ByteSource[] = [];
  let at = 0;
  for (const { fileOffset, source } of pieces) {
    if (fileOffset > at) parts.push(new ZeroSource(fileOffset - at));
    parts.push(source);
    at = fileOffset + source.sizeBytes;
  }
  if (layout.capacityBytes > at) parts.push(new ZeroSource(layout.capacityBytes - at));
  return new ConcatenatedSource(parts, volume.path);
}

class ZeroSource implements ByteSource {
  readonly path = 'zeros';
  readonly sizeBytes: number;
  readonly seekable = true;

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    into.fill(0);
  }

  *runs({ start, length }: Span): Iterable<SourceRun> {
    const end = Math.min(start + length, this.sizeBytes);
    if (end > start) yield { start, length: end - start, hole: true };
  }

  close(): void {}
}
