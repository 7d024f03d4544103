/** Bytes to write to. */
import type { FilePlace } from './source.ts';

/** Where in an open file something goes. */
export interface OpenPlace {
  readonly descriptor: number;
  readonly fileOffset: number;
}

/** A file being written. Offsets in bytes. What is never written reads as zeros and takes no room where the system can. */
export interface ByteSink {
  write(fileOffset: number, bytes: Uint8Array): void;
  /**
   * Takes bytes out of an open file inside the kernel: they do not pass through this process. Absent where the sink is no
   * file of its own. @returns how many from the start of `place` on; fewer than there are (also none) where the kernel
   * cannot. @throws Failure `io.*`.
   */
  copyFrom?(fileOffset: number, place: FilePlace): number;
  /**
   * The open file that those bytes go to, for another thread to write them; they count as written. It stays open until the
   * output is closed or has its name. Absent, or null, where bytes can go through write() alone.
   */
  openFor?(fileOffset: number, lengthBytes: number): OpenPlace | null;
  /** Sets the size, growing with a hole. */
  truncate(sizeBytes: number): void;
  /** The final name of the file, without its folder. */
  readonly name?: string;
  /**
   * Another file of the same output, beside this one, for formats of several files: it appears and goes with this one.
   * Absent where the output is a part of something else. @throws Failure `io.exists`, `io.*`.
   */
  sibling?(name: string): ByteSink;
  /** Makes the system set room aside for that range, which reads as zeros. @throws Failure `io.no-space`. */
  allocate?(fileOffset: number, lengthBytes: number): void;
}
