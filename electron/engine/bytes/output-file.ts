/** Outputs of one or several files, which get their final names only when all is complete. */
import { closeSync, fsyncSync, openSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Control } from '../control.ts';
import { PartialFile, type RecordedFile } from './partial-file.ts';
import type { ByteSink, OpenPlace } from './sink.ts';
import { FileSource, type ByteSource, type FilePlace } from './source.ts';

/** What file systems take as one name, in bytes. */
const maximumNameBytes = 255;
/** What is added to a name while the file is not complete: a tag of eight digits, dots, and the ending. */
const partialNameBytes = 40;

/** An output beside its final name: commit() makes it appear there, discard() makes it as if it never was. */
export class OutputFile implements ByteSink {
  readonly finalPath: string;
  readonly partialPath: string;
  readonly name: string;
  readonly #force: boolean;
  readonly #control: Pick<Control, 'partialCreated' | 'partialGone'>;
  readonly #main: PartialFile;
  /** The other files of the output, by their final names. */
  readonly #siblings = new Map<string, PartialFile>();
  #isSynced = false;
  /** Names of siblings of an earlier run that were not asked for yet. */
  readonly #reopened = new Set<string>();

  /**
   * A new output, or the one whose files were recorded.
   * @throws Failure `io.exists` when `finalPath` is there and `force` is not given; `io.not-found` when a recorded file is
   * not there any more as it was; `io.*`.
   */
  constructor(
    finalPath: string,
    force: boolean,
    control: Pick<Control, 'partialCreated' | 'partialGone'>,
    recorded: readonly RecordedFile[] = [],
  ) {
    const isMain = (file: RecordedFile): boolean => file.finalPath === finalPath;
    this.#main = new PartialFile(finalPath, force, control, recorded.find(isMain) ?? null);
    for (const file of recorded) {
      if (isMain(file)) continue;
      const sibling = new PartialFile(file.finalPath, force, control, file);
      this.#siblings.set(sibling.name, sibling);
      this.#reopened.add(sibling.name);
    }
    this.finalPath = finalPath;
    this.partialPath = this.#main.partialPath;
    this.name = this.#main.name;
    this.#force = force;
    this.#control = control;
  }

  write(fileOffset: number, bytes: Uint8Array): void {
    this.#main.write(fileOffset, bytes);
  }

  copyFrom(fileOffset: number, place: FilePlace): number {
    return this.#main.copyFrom(fileOffset, place);
  }

  openFor(fileOffset: number, lengthBytes: number): OpenPlace | null {
    return this.#main.openFor(fileOffset, lengthBytes);
  }

  truncate(sizeBytes: number): void {
    this.#main.truncate(sizeBytes);
  }

  allocate(fileOffset: number, lengthBytes: number): void {
    this.#main.allocate(fileOffset, lengthBytes);
  }

  /** @throws Failure `input.invalid` for what is no plain file name, `io.exists`, `io.*`. */
  sibling(name: string): ByteSink {
    requirePlainName(name);
    if (this.#reopened.delete(name)) return this.#siblings.get(name)!;
    const finalPath = join(dirname(this.finalPath), name);
    if (name === this.name || this.#siblings.has(name)) throw new Failure('io.exists', { path: finalPath });
    const file = new PartialFile(finalPath, this.#force, this.#control);
    this.#siblings.set(name, file);
    return file;
  }

  /** Where each file of the output is now, by its final path. Plain data: what other threads need to open them. */
  get files(): ReadonlyMap<string, string> {
    return new Map(this.#all().map((file) => [file.finalPath, file.path]));
  }

  /**
   * Opens the file of this output that has, or will have, that name beside the main one, for reading it back; null when
   * the output has no such file.
   */
  openSibling(name: string): ByteSource | null {
    const file = name === this.name ? this.#main : this.#siblings.get(name);
    return file === undefined ? null : new FileSource(file.path);
  }

  /** Brings everything to the disk; its name too, when it gets it. */
  sync(): void {
    for (const file of this.#all()) file.sync();
    this.#isSynced = true;
  }

  /** Whether a file has its final name already: an earlier run was cut off while it gave them, or after that. */
  get hasName(): boolean {
    return this.#all().some((file) => file.hasName);
  }

  /** While muted, what is written is taken for what is there already. */
  mute(isMuted: boolean): void {
    for (const file of this.#all()) file.isMuted = isMuted;
  }

  /** Has the system begin to write what it holds of the files. */
  startWriteBack(): void {
    for (const file of this.#all()) file.startWriteBack();
  }

  /** Brings what was written to the disk (and, the first time, that the files are there), and tells what there is then. */
  checkpoint(isFirst: boolean): readonly RecordedFile[] {
    const files = this.#all().map((file) => file.checkpoint());
    if (isFirst) syncFolder(dirname(this.finalPath));
    this.#isSynced = true;
    return files;
  }

  /** Gives back what was written since `files` were recorded. */
  rollBack(files: readonly RecordedFile[]): void {
    for (const file of this.#all()) {
      const recorded = files.find(({ finalPath }) => finalPath === file.finalPath);
      if (recorded === undefined) file.discard();
      else if (!file.hasName) file.rollBack(recorded);
    }
  }

  /** Leaves all as it is, for another run. */
  close(): void {
    for (const file of this.#all()) file.close();
  }

  /**
   * Gives all files their final names, or none: the main one comes last, when nothing is missing any more. Without
   * `force`, a file that appeared under one of the names meanwhile is kept: `io.exists`.
   */
  commit(): void {
    const named: PartialFile[] = [];
    try {
      for (const file of this.#all()) {
        if (file.hasName) continue;
        // After the main file nothing is left that could make it give its name back.
        file.takeName(file !== this.#main);
        named.push(file);
      }
    } catch (error) {
      for (const file of named.reverse()) {
        try {
          file.giveNameBack();
        } catch {
          // The first failure is the one to tell; the others must still be tried.
        }
      }
      throw systemFailure(error, this.finalPath);
    }
    if (this.#isSynced) syncFolder(dirname(this.finalPath));
    for (const file of this.#all()) file.settle();
  }

  /** Removes what was written. Does nothing after commit(). */
  discard(): void {
    let failure: unknown = null;
    for (const file of this.#all()) {
      try {
        file.discard();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== null) throw systemFailure(failure, this.partialPath);
  }

  /** Takes a committed output back. Where it replaced files (`force`) it stays: the old ones are gone already. */
  withdraw(): void {
    if (this.#force) return;
    // The main file first: what is left when this is interrupted does not look like a disk.
    for (const file of this.#all().reverse()) unlinkSync(file.finalPath);
  }

  /** The main file is the last. */
  #all(): PartialFile[] {
    return [...this.#siblings.values(), this.#main];
  }
}

/**
 * Gives all outputs their names, or none: when one is refused, those given already are taken back, as far as they replaced
 * nothing. @throws Failure `io.*`.
 */
export function commitTogether(outputs: readonly OutputFile[]): void {
  const committed: OutputFile[] = [];
  try {
    for (const output of outputs) {
      output.commit();
      committed.push(output);
    }
  } catch (error) {
    for (const output of committed) output.withdraw();
    throw error;
  }
}

function requirePlainName(name: string): void {
  const separators = /[/\\\0]/;
  const plain = name !== '' && name !== '.' && name !== '..' && !separators.test(name);
  if (!plain || Buffer.byteLength(name) > maximumNameBytes - partialNameBytes) {
    throw new Failure('input.invalid', {
      problem: inEnglish('"{name}" cannot be the name of an output file', { name }),
    });
  }
}

/** A rename is durable only when its folder is; Windows neither needs nor allows it. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  let descriptor: number | null = null;
  try {
    descriptor = openSync(folder, 'r');
    fsyncSync(descriptor);
  } catch {
    // Some folders may not be opened, some network file systems refuse to sync one; the files are synced already.
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}
