/** Random-access bytes to read from: files, parts of files, parts joined, and memory. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Span } from '#shared/domain/image.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { blockDeviceBytes } from './block-device.ts';
import { dataRuns } from './holes.ts';

/** Opening a pipe must not wait for who writes into it: it is refused below. Windows knows no such flag. */
const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A run of a source's bytes: `hole` means that the file system stores nothing there and it reads as zeros. */
export interface SourceRun extends Span {
  readonly hole: boolean;
}

/** Where bytes lie in a regular file that is open for reading. */
export interface FilePlace {
  readonly descriptor: number;
  readonly fileOffset: number;
  /** How many bytes lie there one after the other. */
  readonly lengthBytes: number;
}

/** Bytes that can be read at any offset. All offsets are from the start of the source. */
export interface ByteSource {
  /** For messages: a path, or `package:member`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** False where going backwards costs a new start from the beginning (compressed wrappers). */
  readonly seekable: boolean;
  /**
   * Fills `into` with the bytes from `fileOffset`.
   * @throws Failure `image.truncated` when the source ends before, `io.*` when the system refuses.
   */
  read(fileOffset: number, into: Uint8Array): void;
  /** The runs of data and holes that tile `span` (clipped to the source), ascending. */
  runs(span: Span): Iterable<SourceRun>;
  /**
   * Where the bytes from `fileOffset` on lie as they are, so that the kernel can copy them; null where they do not (they are
   * decoded, or in memory, or on a device). Absent where that is so everywhere. The place holds until close().
   */
  filePlace?(fileOffset: number): FilePlace | null;
  close(): void;
}

/** Reads `lengthBytes` at `fileOffset` into a new buffer. Bound the length before calling. */
export function readBytes(source: ByteSource, fileOffset: number, lengthBytes: number): Uint8Array {
  requireWithin(source, fileOffset, lengthBytes);
  const bytes = new Uint8Array(lengthBytes);
  source.read(fileOffset, bytes);
  return bytes;
}

/** Throws `image.truncated` unless the source holds that range. */
export function requireWithin(source: ByteSource, fileOffset: number, lengthBytes: number): void {
  if (fileOffset < 0 || lengthBytes < 0 || fileOffset + lengthBytes > source.sizeBytes) {
    throw truncated(source.path, fileOffset + lengthBytes, source.sizeBytes);
  }
}

function truncated(path: string, neededBytes: number, actualBytes: number): Failure {
  return new Failure('image.truncated', { path, neededBytes, actualBytes });
}

/** A file opened for reading. */
export class FileSource implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable = true;
  readonly #descriptor: number;
  readonly #isRegular: boolean;
  #closed = false;

  /**
   * Opens `path`. `devices`: a block device will do as well, because a person named it; what an image names is never one.
   * @throws Failure `io.*`; `input.invalid` when it is neither.
   */
  constructor(path: string, { devices = false }: { readonly devices?: boolean } = {}) {
    this.path = path;
    try {
      this.#descriptor = openSync(path, readOnly);
    } catch (error) {
      throw systemFailure(error, path);
    }
    const status = fstatSync(this.#descriptor);
    this.#isRegular = status.isFile();
    const sizeBytes = this.#isRegular
      ? status.size
      : devices && status.isBlockDevice()
        ? blockDeviceBytes(status.rdev)
        : null;
    if (sizeBytes === null) {
      closeSync(this.#descriptor);
      throw new Failure('input.invalid', { problem: inEnglish('{path} is not a regular file', { path }) });
    }
    this.sizeBytes = sizeBytes;
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    let done = 0;
    while (done < into.length) {
      let count: number;
      try {
        count = readSync(this.#descriptor, into, done, into.length - done, fileOffset + done);
      } catch (error) {
        throw systemFailure(error, this.path);
      }
      // The file was cut off after it was opened.
      if (count === 0) throw truncated(this.path, fileOffset + into.length, fileOffset + done);
      done += count;
    }
  }

  runs(span: Span): Iterable<SourceRun> {
    return dataRuns(this.#descriptor, this.path, clip(span, this.sizeBytes));
  }

  filePlace(fileOffset: number): FilePlace | null {
    const lengthBytes = this.sizeBytes - fileOffset;
    if (!this.#isRegular || fileOffset < 0 || lengthBytes <= 0) return null;
    return { descriptor: this.#descriptor, fileOffset, lengthBytes };
  }

  /** A second call does nothing: after a failure it is not always clear who owned the source. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#descriptor);
  }
}

/** A part of another source. Closing it closes the other one. */
export class SliceSource implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable: boolean;
  readonly #parent: ByteSource;
  readonly #start: number;

  /** @throws Failure `image.truncated` when the slice is not inside `parent`. */
  constructor(parent: ByteSource, span: Span, path: string) {
    this.path = path;
    this.sizeBytes = span.length;
    this.seekable = parent.seekable;
    this.#parent = parent;
    this.#start = span.start;
    requireWithin(parent, span.start, span.length);
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    this.#parent.read(this.#start + fileOffset, into);
  }

  *runs(span: Span): Iterable<SourceRun> {
    const wanted = clip(span, this.sizeBytes);
    for (const run of this.#parent.runs({ start: this.#start + wanted.start, length: wanted.length })) {
      yield { ...run, start: run.start - this.#start };
    }
  }

  filePlace(fileOffset: number): FilePlace | null {
    if (fileOffset < 0 || fileOffset >= this.sizeBytes) return null;
    const place = this.#parent.filePlace?.(this.#start + fileOffset) ?? null;
    if (place === null) return null;
    return { ...place, lengthBytes: Math.min(place.lengthBytes, this.sizeBytes - fileOffset) };
  }

  close(): void {
    this.#parent.close();
  }
}

/** Several sources one after the other, as one (the chunks of an OVF file). */
export class ConcatenatedSource implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable: boolean;
  readonly #parts: readonly ByteSource[];
  readonly #starts: readonly number[];

  constructor(parts: readonly ByteSource[], path: string) {
    let total = 0;
    this.#starts = parts.map((part) => {
      const start = total;
      total += part.sizeBytes;
      return start;
    });
    this.#parts = parts;
    this.path = path;
    this.sizeBytes = total;
    this.seekable = parts.every((part) => part.seekable);
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    for (const piece of this.#pieces({ start: fileOffset, length: into.length })) {
      const at = piece.start - fileOffset;
      piece.part.read(piece.start - piece.partStart, into.subarray(at, at + piece.length));
    }
  }

  *runs(span: Span): Iterable<SourceRun> {
    for (const piece of this.#pieces(clip(span, this.sizeBytes))) {
      for (const run of piece.part.runs({ start: piece.start - piece.partStart, length: piece.length })) {
        yield { ...run, start: run.start + piece.partStart };
      }
    }
  }

  filePlace(fileOffset: number): FilePlace | null {
    for (const { part, start, partStart } of this.#pieces({ start: fileOffset, length: 1 })) {
      return part.filePlace?.(start - partStart) ?? null;
    }
    return null;
  }

  *#pieces(span: Span): Iterable<Span & { part: ByteSource; partStart: number }> {
    const end = span.start + span.length;
    for (const [index, part] of this.#parts.entries()) {
      const partStart = this.#starts[index]!;
      const start = Math.max(span.start, partStart);
      const length = Math.min(end, partStart + part.sizeBytes) - start;
      if (length > 0) yield { start, length, part, partStart };
    }
  }

  close(): void {
    for (const part of this.#parts) part.close();
  }
}

/** Bytes in memory. */
export class MemorySource implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable = true;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, path = 'memory') {
    this.path = path;
    this.sizeBytes = bytes.length;
    this.#bytes = bytes;
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    into.set(this.#bytes.subarray(fileOffset, fileOffset + into.length));
  }

  *runs(span: Span): Iterable<SourceRun> {
    const wanted = clip(span, this.sizeBytes);
    if (wanted.length > 0) yield { ...wanted, hole: false };
  }

  close(): void {}
}

function clip(span: Span, sizeBytes: number): Span {
  const start = Math.min(Math.max(span.start, 0), sizeBytes);
  return { start, length: Math.max(0, Math.min(span.start + span.length, sizeBytes) - start) };
}
