/** A disk of any format as a source of bytes, so that what lies on it can be read like a file. */
import type { Span } from '#shared/domain/image.ts';
import { requireWithin, type ByteSource, type SourceRun } from '../bytes/source.ts';
import type { Disk } from '../disks/chain.ts';

/** The guest's bytes. Closing it closes the disk. */
export class DiskSource implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable: boolean;
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.path = disk.top.path;
    this.sizeBytes = disk.capacityBytes;
    this.seekable = disk.seekable;
    this.#disk = disk;
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    this.#disk.read(fileOffset, into);
  }

  *runs(span: Span): Iterable<SourceRun> {
    for (const { start, length, state } of this.#disk.extents(span)) {
      yield { start, length, hole: state === 'zero' || state === 'absent' };
    }
  }

  close(): void {
    this.#disk.close();
  }
}
