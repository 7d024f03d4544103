/** Bytes to write to, and output files that get their final name only when they are complete. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { Failure, systemFailure } from '#shared/failure.ts';
import type { Control } from '../control.ts';

/** A file being written. Offsets in bytes. What is never written reads as zeros and takes no room where the system can. */
export interface ByteSink {
  write(fileOffset: number, bytes: Uint8Array): void;
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

/** The ending of every file that is not complete yet. */
export const partialSuffix = '.platter-partial';

/** An output beside its final name: commit() makes it appear there, discard() makes it as if it never was. */
export class OutputFile implements ByteSink {
  readonly finalPath: string;
  readonly partialPath: string;
  readonly #force: boolean;
  readonly #control: Pick<Control, 'partialCreated' | 'partialGone'>;
  #descriptor: number | null;

  /** @throws Failure `io.exists` when `finalPath` is there and `force` is not given; `io.*`. */
  constructor(finalPath: string, force: boolean, control: Pick<Control, 'partialCreated' | 'partialGone'>) {
    if (!force && existsSync(finalPath)) throw new Failure('io.exists', { path: finalPath });
    this.finalPath = finalPath;
    this.#force = force;
    this.#control = control;
    const tag = randomBytes(4).toString('hex');
    this.partialPath = join(dirname(finalPath), `.${basename(finalPath)}.${tag}${partialSuffix}`);
    control.partialCreated(this.partialPath);
    try {
      this.#descriptor = openSync(this.partialPath, 'wx+', 0o644);
    } catch (error) {
      control.partialGone(this.partialPath);
      throw systemFailure(error, finalPath);
    }
  }

  write(fileOffset: number, bytes: Uint8Array): void {
    let done = 0;
    try {
      while (done < bytes.length) {
        done += writeSync(this.#open, bytes, done, bytes.length - done, fileOffset + done);
      }
    } catch (error) {
      throw systemFailure(error, this.finalPath);
    }
  }

  truncate(sizeBytes: number): void {
    try {
      ftruncateSync(this.#open, sizeBytes);
    } catch (error) {
      throw systemFailure(error, this.finalPath);
    }
  }

  /** Brings everything to the disk. */
  sync(): void {
    try {
      fsyncSync(this.#open);
    } catch (error) {
      throw systemFailure(error, this.finalPath);
    }
  }

  /** Gives the complete file its final name. Without `force`, a file that appeared there meanwhile is kept: `io.exists`. */
  commit(): void {
    this.#close();
    try {
      if (this.#force) renameSync(this.partialPath, this.finalPath);
      else renameWithoutReplacing(this.partialPath, this.finalPath);
      syncFolder(dirname(this.finalPath));
    } catch (error) {
      throw systemFailure(error, this.finalPath);
    }
    this.#control.partialGone(this.partialPath);
  }

  /** Removes what was written. Does nothing after commit(). */
  discard(): void {
    this.#close();
    try {
      unlinkSync(this.partialPath);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw systemFailure(error, this.partialPath);
    }
    this.#control.partialGone(this.partialPath);
  }

  /** Takes a committed output back. Where it replaced a file (`force`) it stays: the old one is gone already. */
  withdraw(): void {
    if (!this.#force) unlinkSync(this.finalPath);
  }

  get #open(): number {
    if (this.#descriptor === null) throw new Failure('internal', { problem: 'write to a closed output' });
    return this.#descriptor;
  }

  #close(): void {
    if (this.#descriptor === null) return;
    closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** link + unlink fails where the target exists, which rename alone would replace. Some file systems have no links. */
function renameWithoutReplacing(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST' || existsSync(to)) throw new Failure('io.exists', { path: to }, error);
    renameSync(from, to);
    return;
  }
  unlinkSync(from);
}

/** A rename is durable only when its folder is; Windows neither needs nor allows it. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } catch {
    // Some network file systems refuse to sync a folder; the file itself is synced already.
  } finally {
    closeSync(descriptor);
  }
}
