/** Files as file systems keep them: ranges of a volume's bytes, holes, and what is stored inside an inode. */
import type { Span } from '#shared/domain/image.ts';
import { requireWithin, type ByteSource, type SourceRun } from '../../bytes/source.ts';

/** For how many bytes from an offset of the file on the same holds: stored from `volumeOffset` on, or, when null, zeros. */
export interface MappedRun {
  readonly length: number;
  readonly volumeOffset: number | null;
}

/** A driver's one question: what is at this offset of the file, and for how long does that hold? Always more than 0 bytes. */
export type BlockMap = (fileOffset: number) => MappedRun;

/** A file on a volume. Closing it does nothing: the volume is the file system's. */
export class MappedSource implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable: boolean;
  readonly #volume: ByteSource;
  readonly #map: BlockMap;

  constructor(volume: ByteSource, path: string, sizeBytes: number, map: BlockMap) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.seekable = volume.seekable;
    this.#volume = volume;
    this.#map = map;
  }

  /** @throws Failure `image.malformed` where the file's own tables are wrong, `image.truncated` past the volume's end. */
  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    let done = 0;
    while (done < into.length) {
      const run = this.#map(fileOffset + done);
      const piece = into.subarray(done, Math.min(into.length, done + run.length));
      if (run.volumeOffset === null) piece.fill(0);
      else this.#volume.read(run.volumeOffset, piece);
      done += piece.length;
    }
  }

  *runs(span: Span): Iterable<SourceRun> {
    const end = Math.min(span.start + span.length, this.sizeBytes);
    let start = Math.max(0, span.start);
    let at = start;
    let hole = false;
    while (at < end) {
      const run = this.#map(at);
      const isHole = run.volumeOffset === null;
      if (isHole !== hole && at > start) {
        yield { start, length: at - start, hole };
        start = at;
      }
      hole = isHole;
      at = Math.min(end, at + run.length);
    }
    if (at > start) yield { start, length: at - start, hole };
  }

  close(): void {}
}
