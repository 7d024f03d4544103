/** Which pages of a blob are there, and which are meant to be. */
import type { PageBlobClient } from '@azure/storage-blob';
import type { Span } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';
import { aborted, type Storage } from './storage.ts';

/** Ascending spans that do not touch, kept as numbers: a fragmented disk has millions. */
export class PageRanges {
  readonly #numbers: number[] = [];

  /** Spans come in ascending order. */
  add({ start, length }: Span): void {
    const end = start + length;
    if (this.#numbers.length > 0 && this.#numbers.at(-1)! >= start) {
      this.#numbers[this.#numbers.length - 1] = Math.max(end, this.#numbers.at(-1)!);
    } else this.#numbers.push(start, end);
  }

  /** Whether all of the span is there. */
  covers({ start, length }: Span): boolean {
    let low = 0;
    let high = this.#numbers.length / 2 - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (this.#numbers[middle * 2]! > start) high = middle - 1;
      else if (this.#numbers[middle * 2 + 1]! <= start) low = middle + 1;
      else return this.#numbers[middle * 2 + 1]! >= start + length;
    }
    return false;
  }

  *[Symbol.iterator](): Iterator<Span> {
    for (let at = 0; at < this.#numbers.length; at += 2) {
      yield { start: this.#numbers[at]!, length: this.#numbers[at + 1]! - this.#numbers[at]! };
    }
  }
}

/** What the service says is there. @throws Failure `cloud.*`. */
export function pagesOf(storage: Storage, blob: PageBlobClient, signal: AbortSignal): Promise<PageRanges> {
  const look = async (): Promise<PageRanges> => {
    const found: Span[] = [];
    for await (const range of blob.listPageRanges(0, undefined, aborted(signal))) {
      if (range.isClear !== true) found.push({ start: range.start, length: range.end - range.start + 1 });
    }
    const ranges = new PageRanges();
    for (const span of found.sort((a, b) => a.start - b.start)) ranges.add(span);
    return ranges;
  };
  return storage.ask(inEnglish('list the pages of the blob'), look, signal);
}
