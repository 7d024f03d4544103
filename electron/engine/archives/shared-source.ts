/** One source lent to several users, closed when the last of them is done. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource, FilePlace, SourceRun } from '../bytes/source.ts';

/** Counts the handles that lend() gave; the source closes with the last of them. */
export class SharedSource {
  readonly #source: ByteSource;
  #handles = 0;
  #closed = false;

  /** Takes ownership of `source`. */
  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** A handle of its own, to be closed once. @throws Failure `internal` after the last handle was closed. */
  lend(): ByteSource {
    if (this.#closed)
      throw new Failure('internal', {
        problem: inEnglish('{path} is closed already', { path: this.#source.path }),
      });
    this.#handles += 1;
    return new Handle(this.#source, () => {
      this.#handles -= 1;
      if (this.#handles > 0) return;
      this.#closed = true;
      this.#source.close();
    });
  }
}

/** The same bytes for somebody who closes what they are given; `source` stays open. */
export function lent(source: ByteSource): ByteSource {
  return new Handle(source, () => {});
}

class Handle implements ByteSource {
  readonly path: string;
  readonly seekable: boolean;
  readonly #source: ByteSource;
  #release: (() => void) | null;

  constructor(source: ByteSource, release: () => void) {
    this.path = source.path;
    this.seekable = source.seekable;
    this.#source = source;
    this.#release = release;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  read(fileOffset: number, into: Uint8Array): void {
    this.#source.read(fileOffset, into);
  }

  runs(span: Span): Iterable<SourceRun> {
    return this.#source.runs(span);
  }

  filePlace(fileOffset: number): FilePlace | null {
    return this.#source.filePlace?.(fileOffset) ?? null;
  }

  close(): void {
    this.#release?.();
    this.#release = null;
  }
}
