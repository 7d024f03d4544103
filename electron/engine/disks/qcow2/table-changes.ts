/** The changes to a file that turn one state of a table into another, gathered up to what memory allows. */
import { inEnglish } from '#shared/in-english.ts';
import type { FileChange } from '../../bytes/patch.ts';
import { unsupported } from './layout.ts';

const maximumBytes = 96 << 20;

export class TableChanges {
  readonly changes: FileChange[] = [];
  #totalBytes = 0;

  /** Writes `bytes` as they are; they are kept. @throws Failure `image.unsupported` when there is too much to change. */
  write(fileOffset: number, bytes: Uint8Array): void {
    this.#totalBytes += bytes.length;
    if (this.#totalBytes > maximumBytes)
      throw unsupported(inEnglish('mending that much of an image: convert it instead'));
    this.changes.push({ fileOffset, bytes });
  }

  /** Writes what differs between two states of a table at `fileOffset`, from its first to its last byte. */
  replace(fileOffset: number, before: Uint8Array, after: Uint8Array): void {
    let first = 0;
    while (first < after.length && before[first] === after[first]) first++;
    if (first === after.length) return;
    let end = after.length;
    while (before[end - 1] === after[end - 1]) end--;
    this.write(fileOffset + first, after.slice(first, end));
  }

  /** The same for words of 32 bits, big-endian in the file. */
  replaceWords(fileOffset: number, before: Uint32Array, after: Uint32Array): void {
    let first = 0;
    while (first < after.length && before[first] === after[first]) first++;
    if (first === after.length) return;
    let end = after.length;
    while (before[end - 1] === after[end - 1]) end--;
    const view = new DataView(new ArrayBuffer((end - first) * 4));
    for (let at = first; at < end; at++) view.setUint32((at - first) * 4, after[at]!);
    this.write(fileOffset + first * 4, new Uint8Array(view.buffer));
  }
}
