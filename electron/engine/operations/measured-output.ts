/** An output of which only the sizes are kept: what a writer would make of a disk, without writing it. */
import { Failure } from '#shared/failure.ts';
import type { ByteSink } from '../bytes/sink.ts';

/** Takes the calls of a writer and keeps no bytes. */
export class MeasuredOutput implements ByteSink {
  readonly name: string;
  readonly #siblings = new Map<string, MeasuredOutput>();
  #sizeBytes = 0;
  #writtenBytes = 0;

  constructor(name: string) {
    this.name = name;
  }

  write(fileOffset: number, bytes: Uint8Array): void {
    this.place(fileOffset, bytes.length);
  }

  /** Bytes of the disk go here. */
  place(fileOffset: number, lengthBytes: number): void {
    this.#sizeBytes = Math.max(this.#sizeBytes, fileOffset + lengthBytes);
    this.#writtenBytes += lengthBytes;
  }

  truncate(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
  }

  allocate(fileOffset: number, lengthBytes: number): void {
    this.place(fileOffset, lengthBytes);
  }

  sibling(name: string): MeasuredOutput {
    if (name === this.name || this.#siblings.has(name)) throw new Failure('io.exists', { path: name });
    const file = new MeasuredOutput(name);
    this.#siblings.set(name, file);
    return file;
  }

  /** The size of all files. */
  get fileSizeBytes(): number {
    return this.#sum((file) => file.#sizeBytes);
  }

  /** What takes room on the disk, where holes take none. */
  get storedBytes(): number {
    // Some places are written twice: a header, or data within what was set aside.
    return this.#sum((file) => Math.min(file.#writtenBytes, file.#sizeBytes));
  }

  #sum(of: (file: MeasuredOutput) => number): number {
    return [this, ...this.#siblings.values()].reduce((total, file) => total + of(file), 0);
  }
}
