/** Copies ranges of sources to sinks, joined where they go on: inside the kernel, else by reading and writing. */
import type { ByteSink } from './sink.ts';
import type { ByteSource, FilePlace } from './source.ts';

/** Copies wait until they are this long: a call costs little beside, and progress stays smooth. */
const joinedBytes = 8 << 20;
const bufferBytes = 1 << 20;

interface Pending {
  readonly sink: ByteSink;
  readonly source: ByteSource;
  readonly fileOffset: number;
  readonly sourceOffset: number;
  lengthBytes: number;
}

/** What copy() was told is done at the latest when flush() returns. */
export class RangeCopier {
  #pending: Pending | null = null;
  #buffer: Uint8Array | null = null;
  #unable = false;

  /** Some bytes had to pass through this process: the kernel cannot copy between these files. */
  get unable(): boolean {
    return this.#unable;
  }

  /** @throws Failure of the source and the sink, of ranges given before as well. */
  copy(
    sink: ByteSink,
    fileOffset: number,
    source: ByteSource,
    sourceOffset: number,
    lengthBytes: number,
  ): void {
    const last = this.#pending;
    const goesOn =
      last !== null &&
      last.sink === sink &&
      last.source === source &&
      last.fileOffset + last.lengthBytes === fileOffset &&
      last.sourceOffset + last.lengthBytes === sourceOffset;
    if (goesOn) {
      last.lengthBytes += lengthBytes;
    } else {
      this.flush();
      this.#pending = { sink, source, fileOffset, sourceOffset, lengthBytes };
    }
    if (this.#pending!.lengthBytes >= joinedBytes) this.flush();
  }

  flush(): void {
    const range = this.#pending;
    this.#pending = null;
    if (range === null) return;
    const { sink, source, fileOffset, sourceOffset, lengthBytes } = range;
    for (let done = 0; done < lengthBytes;) {
      const place = this.#unable ? null : (source.filePlace?.(sourceOffset + done) ?? null);
      const part: FilePlace | null = place && {
        ...place,
        lengthBytes: Math.min(place.lengthBytes, lengthBytes - done),
      };
      const copied = part === null ? 0 : (sink.copyFrom?.(fileOffset + done, part) ?? 0);
      done += copied;
      if (part !== null && copied === part.lengthBytes) continue;
      // Reading says what is in the way where the source ends early or breaks. A table kept in memory tells nothing of files.
      if (part !== null || lengthBytes > bufferBytes) this.#unable = true;
      const rest = (part?.lengthBytes ?? lengthBytes - done + copied) - copied;
      this.#readAndWrite(range, done, rest);
      done += rest;
    }
  }

  #readAndWrite(
    { sink, source, fileOffset, sourceOffset }: Pending,
    from: number,
    lengthBytes: number,
  ): void {
    this.#buffer ??= new Uint8Array(bufferBytes);
    for (let done = from; done < from + lengthBytes;) {
      const bytes = this.#buffer.subarray(0, Math.min(bufferBytes, from + lengthBytes - done));
      source.read(sourceOffset + done, bytes);
      sink.write(fileOffset + done, bytes);
      done += bytes.length;
    }
  }
}
