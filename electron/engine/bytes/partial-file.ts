/** One output file beside its final name, which it gets when it is complete. */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Control } from '../control.ts';
import { allocateRange } from './allocate.ts';
import { copyRange } from './copy-range.ts';
import type { ByteSink, OpenPlace } from './sink.ts';
import type { FilePlace } from './source.ts';
import { startWriteBack } from './write-back.ts';
import { writeFully } from './write-fully.ts';

/** The ending of every file that is not complete yet. */
export const partialSuffix = '.platter-partial';

/** A file of an output as it was when it was brought to the disk: enough to open it again, and to tell it from another. */
export interface RecordedFile {
  readonly finalPath: string;
  readonly partialPath: string;
  readonly device: string;
  readonly inode: string;
  readonly sizeBytes: number;
  /** Behind it nothing was written. */
  readonly writtenEnd: number;
  /** Room was set aside in it, also behind what was written. */
  readonly isAllocated: boolean;
}

type Watcher = Pick<Control, 'partialCreated' | 'partialGone'>;

/** A file being written under a name of its own, in the folder of its final name. */
export class PartialFile implements ByteSink {
  readonly finalPath: string;
  readonly partialPath: string;
  readonly name: string;
  readonly #force: boolean;
  readonly #control: Watcher;
  /** Where the file that this one replaced is kept until all files of the output have their names. */
  readonly #replacedPath: string;
  #descriptor: number | null;
  #hasName = false;
  #keepsReplaced = false;
  #writtenEnd = 0;
  #isAllocated = false;
  /** What is written now is there already: it is only the way to what follows. */
  isMuted = false;

  /**
   * A new file, or the one that was recorded, cut to what is known of it.
   * @throws Failure `io.exists` when another `finalPath` is there and `force` is not given; `io.not-found` when what was
   * recorded is not there any more; `io.*`.
   */
  constructor(finalPath: string, force: boolean, control: Watcher, recorded: RecordedFile | null = null) {
    const isThere = recorded !== null && isRecorded(finalPath, recorded);
    if (!force && !isThere && existsSync(finalPath)) throw new Failure('io.exists', { path: finalPath });
    this.finalPath = finalPath;
    this.name = basename(finalPath);
    this.#force = force;
    this.#control = control;
    const beside =
      recorded?.partialPath.slice(0, -partialSuffix.length) ??
      join(dirname(finalPath), `.${this.name}.${randomBytes(4).toString('hex')}`);
    this.partialPath = `${beside}${partialSuffix}`;
    this.#replacedPath = `${beside}.replaced${partialSuffix}`;
    if (recorded !== null) {
      this.#hasName = isThere;
      this.#descriptor = this.#reopen(recorded);
      return;
    }
    control.partialCreated(this.partialPath);
    try {
      this.#descriptor = openSync(this.partialPath, 'wx+', 0o644);
    } catch (error) {
      control.partialGone(this.partialPath);
      throw systemFailure(error, finalPath);
    }
  }

  /** Null when the file has its final name. */
  #reopen(recorded: RecordedFile): number | null {
    const { partialPath, sizeBytes } = recorded;
    const isPartial = isRecorded(partialPath, recorded);
    try {
      if (this.#hasName) {
        if (isPartial) unlinkSync(partialPath);
        return null;
      }
      if (!isPartial || statSync(partialPath).size < sizeBytes) {
        throw new Failure('io.not-found', { path: partialPath });
      }
      const descriptor = openSync(partialPath, 'r+');
      this.#descriptor = descriptor;
      this.rollBack(recorded);
      return descriptor;
    } catch (error) {
      throw systemFailure(error, partialPath);
    }
  }

  get hasName(): boolean {
    return this.#hasName;
  }

  /** Where the file is now. */
  get path(): string {
    return this.#hasName ? this.finalPath : this.partialPath;
  }

  write(fileOffset: number, bytes: Uint8Array): void {
    if (this.isMuted) return;
    this.#writtenEnd = Math.max(this.#writtenEnd, fileOffset + bytes.length);
    try {
      writeFully(this.#open, bytes, fileOffset);
    } catch (error) {
      throw systemFailure(error, this.finalPath);
    }
  }

  copyFrom(fileOffset: number, { descriptor, fileOffset: from, lengthBytes }: FilePlace): number {
    if (this.isMuted) return lengthBytes;
    this.#writtenEnd = Math.max(this.#writtenEnd, fileOffset + lengthBytes);
    try {
      return copyRange(descriptor, from, this.#open, fileOffset, lengthBytes) ?? 0;
    } catch (error) {
      throw systemFailure(error, this.finalPath);
    }
  }

  openFor(fileOffset: number, lengthBytes: number): OpenPlace | null {
    if (this.isMuted) return null;
    this.#writtenEnd = Math.max(this.#writtenEnd, fileOffset + lengthBytes);
    return { descriptor: this.#open, fileOffset };
  }

  truncate(sizeBytes: number): void {
    if (this.isMuted) return;
    this.#writtenEnd = Math.min(this.#writtenEnd, sizeBytes);
    try {
      ftruncateSync(this.#open, sizeBytes);
    } catch (error) {
      throw systemFailure(error, this.finalPath);
    }
  }

  allocate(fileOffset: number, lengthBytes: number): void {
    if (this.isMuted) return;
    this.#isAllocated = true;
    allocateRange(this.#open, this.finalPath, fileOffset, lengthBytes);
  }

  /** Brings everything to the disk. */
  sync(): void {
    try {
      fsyncSync(this.#open);
    } catch (error) {
      throw systemFailure(error, this.finalPath);
    }
  }

  /** Has the system begin to write what it holds of the file. */
  startWriteBack(): void {
    if (this.#descriptor !== null) startWriteBack(this.#descriptor);
  }

  /** Brings what was written to the disk, and tells what there is then. */
  checkpoint(): RecordedFile {
    try {
      fdatasyncSync(this.#open);
      const { dev, ino, size } = fstatSync(this.#open, { bigint: true });
      return {
        finalPath: this.finalPath,
        partialPath: this.partialPath,
        device: String(dev),
        inode: String(ino),
        sizeBytes: Number(size),
        writtenEnd: this.#writtenEnd,
        isAllocated: this.#isAllocated,
      };
    } catch (error) {
      throw systemFailure(error, this.finalPath);
    }
  }

  /** Gives back what was written since. Room that was set aside stays. */
  rollBack({ sizeBytes, writtenEnd, isAllocated }: RecordedFile): void {
    this.#writtenEnd = writtenEnd;
    this.#isAllocated = isAllocated;
    if (isAllocated) return;
    ftruncateSync(this.#open, writtenEnd);
    ftruncateSync(this.#open, sizeBytes);
  }

  /**
   * Gives the file its final name. Without `force`, a file that appeared there meanwhile is kept: `io.exists`.
   * With `keepReplaced`, the file that was there comes back with giveNameBack(), until settle().
   */
  takeName(keepReplaced: boolean): void {
    this.close();
    try {
      if (this.#force) {
        if (keepReplaced) this.#keepReplaced();
        renameSync(this.partialPath, this.finalPath);
      } else {
        renameWithoutReplacing(this.partialPath, this.finalPath);
      }
    } catch (error) {
      this.#forgetReplaced();
      throw systemFailure(error, this.finalPath);
    }
    this.#hasName = true;
  }

  /** Undoes takeName(). */
  giveNameBack(): void {
    renameSync(this.finalPath, this.partialPath);
    this.#hasName = false;
    if (!this.#keepsReplaced) return;
    renameSync(this.#replacedPath, this.finalPath);
    this.#keepsReplaced = false;
    this.#control.partialGone(this.#replacedPath);
  }

  /** Says that takeName() is final. */
  settle(): void {
    this.#forgetReplaced();
    this.#control.partialGone(this.partialPath);
  }

  /** Removes what was written. Does nothing once the file has its name. */
  discard(): void {
    this.close();
    try {
      unlinkSync(this.partialPath);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw systemFailure(error, this.partialPath);
    }
    this.#control.partialGone(this.partialPath);
  }

  close(): void {
    if (this.#descriptor === null) return;
    closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  get #open(): number {
    if (this.#descriptor === null)
      throw new Failure('internal', { problem: inEnglish('write to a closed output') });
    return this.#descriptor;
  }

  #keepReplaced(): void {
    if (!existsSync(this.finalPath)) return;
    this.#control.partialCreated(this.#replacedPath);
    try {
      linkSync(this.finalPath, this.#replacedPath);
      this.#keepsReplaced = true;
    } catch {
      // A file system without links: then the replaced file cannot come back, as the person was told with `force`.
      this.#control.partialGone(this.#replacedPath);
    }
  }

  #forgetReplaced(): void {
    if (!this.#keepsReplaced) return;
    unlinkSync(this.#replacedPath);
    this.#keepsReplaced = false;
    this.#control.partialGone(this.#replacedPath);
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

function isRecorded(path: string, { device, inode }: RecordedFile): boolean {
  const status = statSync(path, { bigint: true, throwIfNoEntry: false });
  return status !== undefined && String(status.dev) === device && String(status.ino) === inode;
}
