/** Writing a source as a disk image by one thread, for disks that exist only as a view. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSink } from '../../bytes/sink.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { isZero } from '../../bytes/zeros.ts';
import type { Control } from '../../control.ts';
import type { Creation, TargetShape } from '../../disks/driver.ts';
import { writePlain } from '../../disks/placing.ts';
import { diskDriver } from '../../disks/registry.ts';
import { ChunkContent, ContentChain } from '../../pipeline/content.ts';

/** A file system of 100 GB that is full of holes has a tenth of it. */
const mostSpans = 1 << 20;

/** How a disk is written: the driver's first variant, which is plain, with the defaults of all options. */
export class PlainImage {
  readonly sizeBytes: number;
  readonly #creation: Creation;
  readonly #shape: TargetShape;
  /** The units that hold data, joined where they touch. */
  readonly #spans: readonly Span[];

  /** Reads `source` once. @throws Failure `input.invalid`, `image.*`, `io.*`. */
  constructor(source: ByteSource, format: string, control: Pick<Control, 'throwIfCancelled'>) {
    const { creation, title } = diskDriver(format);
    if (creation === undefined)
      throw new Failure('input.invalid', { problem: inEnglish('Platter does not write {title}', { title }) });
    const variant = creation.variants[0]!.id;
    const options = Object.fromEntries(creation.options.map((option) => [option.name, option.default]));
    const capacityBytes = creation.capacityFor(source.sizeBytes, { variant, options });
    this.#creation = creation;
    this.#shape = { capacityBytes, variant, options };
    this.#spans = collect(dataSpans(source, creation.unitBytes(this.#shape), control), format);
    this.sizeBytes = creation.outputSize(this.#shape, (unitBytes) =>
      countUnits(this.#spans, unitBytes),
    ).bytes;
  }

  /** Writes what the same source holds. @throws Failure of the source and the sink. */
  write(source: ByteSource, sink: ByteSink, control: Pick<Control, 'throwIfCancelled' | 'advance'>): void {
    const writer = this.#creation.writer(sink, this.#shape);
    const unitBytes = this.#creation.unitBytes(this.#shape);
    const unit = new Uint8Array(unitBytes);
    const content = new ContentChain();
    const chunk = new ChunkContent();
    for (const span of this.#spans) {
      for (let at = span.start; at < span.start + span.length; at += unitBytes) {
        control.throwIfCancelled();
        const stored = unit.subarray(0, Math.min(unitBytes, this.#shape.capacityBytes - at));
        stored.fill(0);
        source.read(at, stored.subarray(0, Math.min(stored.length, source.sizeBytes - at)));
        writePlain(writer, at, stored);
        chunk.addSampledUnit(at, stored);
        content.add(chunk.finish());
      }
    }
    writer.finish(content.state);
    control.advance(this.sizeBytes);
  }
}

/** All of them, as long as they fit in memory many times over. */
function collect(spans: Iterable<Span>, format: string): Span[] {
  const all: Span[] = [];
  for (const span of spans) {
    if (all.length === mostSpans) {
      throw new Failure('image.unsupported', {
        format,
        feature: inEnglish('a disk in more than {mostSpans} pieces; write it as raw', { mostSpans }),
      });
    }
    all.push(span);
  }
  return all;
}

/** The units of the source that are not zeros, ascending. */
function* dataSpans(
  source: ByteSource,
  unitBytes: number,
  control: Pick<Control, 'throwIfCancelled'>,
): Iterable<Span> {
  const unit = new Uint8Array(unitBytes);
  let start = 0;
  let end = 0;
  for (const run of source.runs({ start: 0, length: source.sizeBytes })) {
    if (run.hole) continue;
    const first = Math.max(end, Math.floor(run.start / unitBytes) * unitBytes);
    for (let at = first; at < run.start + run.length; at += unitBytes) {
      control.throwIfCancelled();
      const bytes = unit.subarray(0, Math.min(unitBytes, source.sizeBytes - at));
      source.read(at, bytes);
      if (isZero(bytes)) continue;
      if (at > end) {
        if (end > start) yield { start, length: end - start };
        start = at;
      }
      end = at + unitBytes;
    }
  }
  if (end > start) yield { start, length: end - start };
}

function countUnits(spans: readonly Span[], unitBytes: number): number {
  let count = 0;
  let next = 0;
  for (const { start, length } of spans) {
    const first = Math.max(next, Math.floor(start / unitBytes));
    const behind = Math.ceil((start + length) / unitBytes);
    if (behind > first) count += behind - first;
    next = Math.max(next, behind);
  }
  return count;
}
