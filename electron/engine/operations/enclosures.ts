/** Where the members of a build go: one file, a tar, or files of their own; each hands out a place and names all at the end. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { BuiltFile } from '#shared/domain/build.ts';
import { encodeTarHeader, tarEndBytes, tarPadding } from '../archives/tar-writer.ts';
import { blockBytes } from '../archives/tar-header.ts';
import { commitTogether, type OutputFile } from '../bytes/output-file.ts';
import type { ByteSink, OpenPlace } from '../bytes/sink.ts';
import { FileSource, SliceSource, type ByteSource, type FilePlace } from '../bytes/source.ts';
import { standInsOf } from './verify-output.ts';
import type { WrittenMember } from '../builders/driver.ts';
import type { Control } from '../control.ts';

/** A member's place: its sink starts at 0, and what was written can be read again. */
export interface MemberPlace {
  readonly sink: ByteSink;
  /** The bytes so far. */
  sizeBytes(): number;
  /** Where they can be read while the rest is written; null in a stream. */
  readonly readable: ReadablePlace | null;
  /** Of all that was written; asked once, at the end. */
  sha256(control: HashControl): string;
}

type HashControl = Pick<Control, 'throwIfCancelled' | 'advance'>;

export interface ReadablePlace {
  readonly path: string;
  readonly start: number;
  /** What stands for the other files of a disk in several, until they have their names. */
  standIns(): Readonly<Record<string, string>>;
}

export interface EnclosureWriter {
  /** A place for the next member. `sizeBytes` is null where the size is known when the member is written. */
  place(name: string, sizeBytes: number | null): MemberPlace;
  /** Writes what encloses the members and gives the names. */
  finish(members: readonly WrittenMember[], control: Control): BuiltFile[];
  discard(): void;
}

function hashStretch({ path, start }: ReadablePlace, length: number, control: HashControl): string {
  const source = new SliceSource(new FileSource(path), { start, length }, path);
  try {
    return hashSource(source, control);
  } finally {
    source.close();
  }
}

/** A stretch of an output as an output of its own. */
class StretchSink implements ByteSink {
  readonly #output: ByteSink;
  readonly #start: number;
  #sizeBytes = 0;

  constructor(output: ByteSink, start: number) {
    this.#output = output;
    this.#start = start;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  write(fileOffset: number, bytes: Uint8Array): void {
    this.#output.write(this.#start + fileOffset, bytes);
    this.#sizeBytes = Math.max(this.#sizeBytes, fileOffset + bytes.length);
  }

  copyFrom(fileOffset: number, place: FilePlace): number {
    const copied = this.#output.copyFrom?.(this.#start + fileOffset, place) ?? 0;
    this.#sizeBytes = Math.max(this.#sizeBytes, fileOffset + copied);
    return copied;
  }

  openFor(fileOffset: number, lengthBytes: number): OpenPlace | null {
    const place = this.#output.openFor?.(this.#start + fileOffset, lengthBytes) ?? null;
    if (place !== null) this.#sizeBytes = Math.max(this.#sizeBytes, fileOffset + lengthBytes);
    return place;
  }

  truncate(sizeBytes: number): void {
    this.#output.truncate(this.#start + sizeBytes);
    this.#sizeBytes = sizeBytes;
  }
}

/** The only member is the output. */
export class SingleEnclosure implements EnclosureWriter {
  readonly #output: OutputFile;

  constructor(output: OutputFile) {
    this.#output = output;
  }

  place(): MemberPlace {
    return placeIn(this.#output);
  }

  finish(members: readonly WrittenMember[]): BuiltFile[] {
    this.#output.sync();
    this.#output.commit();
    const { sizeBytes, sha256 } = members[0]!;
    return [{ path: this.#output.finalPath, sizeBytes, sha256 }];
  }

  discard(): void {
    this.#output.discard();
  }
}

/** Each member is a file of its own in one folder. */
export class FolderEnclosure implements EnclosureWriter {
  readonly #open: (name: string) => OutputFile;
  readonly #outputs: OutputFile[] = [];

  constructor(open: (name: string) => OutputFile) {
    this.#open = open;
  }

  place(name: string): MemberPlace {
    const output = this.#open(name);
    this.#outputs.push(output);
    return placeIn(output);
  }

  finish(members: readonly WrittenMember[]): BuiltFile[] {
    for (const output of this.#outputs) output.sync();
    commitTogether(this.#outputs);
    return this.#outputs.map(({ finalPath }, index) => {
      const { sizeBytes, sha256 } = members[index]!;
      return { path: finalPath, sizeBytes, sha256 };
    });
  }

  discard(): void {
    for (const output of this.#outputs) output.discard();
  }
}

function placeIn(output: OutputFile): MemberPlace {
  const readable = { path: output.partialPath, start: 0, standIns: () => standInsOf(output) };
  const sizeBytes = (): number => statSync(output.partialPath).size;
  return {
    sink: output,
    sizeBytes,
    readable,
    sha256: (control) => hashStretch(readable, sizeBytes(), control),
  };
}

/** One tar. A member's header is written when its size is known; the next member follows it. */
export class TarEnclosure implements EnclosureWriter {
  readonly #output: OutputFile;
  readonly #places: { readonly start: number; sizeBytes: () => number }[] = [];

  constructor(output: OutputFile) {
    this.#output = output;
  }

  place(_name: string, knownBytes: number | null): MemberPlace {
    const before = this.#places.at(-1);
    const start = before === undefined ? blockBytes : endOf(before) + blockBytes;
    const sink = new StretchSink(this.#output, start);
    const sizeBytes = (): number => knownBytes ?? sink.sizeBytes;
    this.#places.push({ start, sizeBytes });
    const readable = { path: this.#output.partialPath, start, standIns: () => ({}) };
    return { sink, sizeBytes, readable, sha256: (control) => hashStretch(readable, sizeBytes(), control) };
  }

  finish(members: readonly WrittenMember[], control: Control): BuiltFile[] {
    for (const [index, { name, sizeBytes }] of members.entries()) {
      this.#output.write(this.#places[index]!.start - blockBytes, encodeTarHeader({ name, sizeBytes }));
    }
    const last = this.#places.at(-1);
    const totalBytes = (last === undefined ? 0 : endOf(last)) + tarEndBytes;
    this.#output.truncate(totalBytes);
    this.#output.sync();
    control.begin('hashing', totalBytes, this.#output.name);
    const file = new FileSource(this.#output.partialPath);
    let sha256: string;
    try {
      sha256 = hashSource(file, control);
    } finally {
      file.close();
    }
    this.#output.commit();
    return [{ path: this.#output.finalPath, sizeBytes: totalBytes, sha256 }];
  }

  discard(): void {
    this.#output.discard();
  }
}

function endOf({ start, sizeBytes }: { start: number; sizeBytes: () => number }): number {
  const size = sizeBytes();
  return start + size + tarPadding(size);
}

const hashBlockBytes = 1 << 20;

/** The SHA-256 of all bytes of `source`, in hexadecimal. */
export function hashSource(source: ByteSource, control: HashControl): string {
  const hash = createHash('sha256');
  const block = new Uint8Array(Math.min(hashBlockBytes, source.sizeBytes));
  for (let at = 0; at < source.sizeBytes; at += block.length) {
    control.throwIfCancelled();
    const part = block.subarray(0, Math.min(block.length, source.sizeBytes - at));
    source.read(at, part);
    hash.update(part);
    control.advance(part.length);
  }
  return hash.digest('hex');
}
