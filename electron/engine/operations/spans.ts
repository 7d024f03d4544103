/** Arithmetic of ascending sequences of spans, lazily. */
import type { Span } from '#shared/domain/image.ts';

/** The union of two ascending sequences of spans, ascending, overlapping ones joined. */
export function* unite(first: Iterable<Span>, second: Iterable<Span>): Iterable<Span> {
  const heads = [first[Symbol.iterator](), second[Symbol.iterator]()].map((iterator) => ({
    iterator,
    span: iterator.next().value as Span | undefined,
  }));
  let start = 0;
  let end = -1;
  for (;;) {
    const live = heads.filter((head) => head.span !== undefined);
    if (live.length === 0) break;
    const head = live.reduce((least, other) => (other.span!.start < least.span!.start ? other : least));
    const span = head.span!;
    if (span.start > end) {
      if (end > start) yield { start, length: end - start };
      start = span.start;
      end = span.start;
    }
    end = Math.max(end, span.start + span.length);
    head.span = head.iterator.next().value as Span | undefined;
  }
  if (end > start) yield { start, length: end - start };
}

/** What of `spans` no span of `taken` covers; both ascending. */
export function* subtract(spans: Iterable<Span>, taken: Iterable<Span>): Iterable<Span> {
  const others = taken[Symbol.iterator]();
  let other = others.next();
  for (const span of spans) {
    const end = span.start + span.length;
    let at = span.start;
    while (at < end) {
      while (other.done !== true && other.value.start + other.value.length <= at) other = others.next();
      const start = other.done === true ? end : Math.min(other.value.start, end);
      if (start > at) yield { start: at, length: start - at };
      at = other.done === true ? end : Math.max(at, Math.min(end, other.value.start + other.value.length));
    }
  }
}

/** The spans in pieces of at most `pieceBytes`. */
export function* cutPieces(spans: Iterable<Span>, pieceBytes: number): Iterable<Span> {
  for (const { start, length } of spans) {
    for (let at = 0; at < length; at += pieceBytes) {
      yield { start: start + at, length: Math.min(pieceBytes, length - at) };
    }
  }
}

/** Two ascending, disjoint sequences as one. */
export function* merge(first: Iterable<Span>, second: Iterable<Span>): Iterable<Span> {
  const others = second[Symbol.iterator]();
  let other = others.next();
  for (const span of first) {
    for (; other.done !== true && other.value.start < span.start; other = others.next()) yield other.value;
    yield span;
  }
  for (; other.done !== true; other = others.next()) yield other.value;
}
