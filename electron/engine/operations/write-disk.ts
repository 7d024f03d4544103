/** Writing one disk in one format: prepared from what the source holds, then run through the target's writer. */
import { basename, dirname, isAbsolute, relative, sep } from 'node:path';
import type { SourceReference, TargetRequest } from '#shared/domain/conversion.ts';
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { WrappedSink } from '../archives/wrapped-sink.ts';
import { writtenWrappers } from '../archives/wrappers.ts';
import type { ByteSink } from '../bytes/sink.ts';
import type { Control } from '../control.ts';
import type { Disk } from '../disks/chain.ts';
import { chunkBytesFor, cutChunks, dataSpans, SpanList } from '../pipeline/chunks.ts';
import type { Task } from '../pipeline/computer.ts';
import { ContentChain } from '../pipeline/content.ts';
import type { ChunkResult } from '../pipeline/chunk-result.ts';
import { runPipeline } from '../pipeline/coordinator.ts';
import { Moves } from '../pipeline/moves.ts';
import { openDisk, openSource, settled } from '../pipeline/open.ts';
import { unitZero } from '../pipeline/slots.ts';
import { placeEncodedUnits, placePlainRuns } from './chunk-places.ts';
import { replay, type Resuming } from './replay.ts';
import { unite } from './spans.ts';
import { resolveTarget, type Target } from './target.ts';
import { WrittenChunks } from './verify-output.ts';

type WrittenWrapper = (typeof writtenWrappers)[number];

/** What both a plan and the writing need to know of a disk and its target. */
export interface DiskWork {
  readonly source: SourceReference;
  /** Where the output will be. */
  readonly outputPath: string;
  readonly target: Target;
  readonly unitBytes: number;
  readonly chunkBytes: number;
  /** What has to be looked at, ascending. */
  readonly spans: SpanList;
  readonly backing: SourceReference | null;
  /** The files that the backing image is read from. */
  readonly backingFiles: readonly string[];
  /** What the output is compressed with as a whole. */
  readonly wrapper: WrittenWrapper | null;
  readonly seekable: boolean;
}

export interface WorkOptions {
  /** Where the output will be: a backing image is named from there. */
  readonly outputPath: string;
  /** The output's virtual size; the source's when absent. What lies behind it is left out. */
  readonly capacityBytes?: number;
}

/**
 * Decides everything about writing `disk`, opened from `source`, as `request` asks.
 * @throws Failure `input.invalid`, `image.unsupported`; of the backing image `io.*`, `image.*`.
 */
export function prepareWork(
  source: SourceReference,
  disk: Disk,
  request: TargetRequest,
  options: WorkOptions,
  control: Pick<Control, 'throwIfCancelled'>,
): DiskWork {
  const backing = request.backing === undefined ? null : openDisk(request.backing);
  try {
    const capacityBytes = options.capacityBytes ?? disk.capacityBytes;
    const target = withBacking(resolveTarget(request, capacityBytes), request, backing, options.outputPath);
    const spans = new SpanList(spansOf(disk, backing, capacityBytes, control));
    const unitBytes = target.creation.unitBytes(target.shape);
    const wrapper = request.wrapper === undefined ? null : wrapperFor(request.wrapper, target);
    return {
      source: settled(source, disk),
      outputPath: options.outputPath,
      target,
      unitBytes,
      chunkBytes: chunkBytesFor(unitBytes),
      spans,
      backing: request.backing ?? null,
      backingFiles: backing?.files ?? [],
      wrapper,
      seekable: disk.seekable && (backing?.seekable ?? true),
    };
  } finally {
    backing?.close();
  }
}

function wrapperFor(id: string, { creation, driver }: Target): WrittenWrapper {
  const wrapper = writtenWrappers.find((candidate) => candidate.id === id);
  if (wrapper === undefined) {
    const known = writtenWrappers.map((candidate) => candidate.id).join(', ');
    throw new Failure('input.invalid', {
      problem: inEnglish('Platter does not compress with "{id}"; it knows {known}', { id, known }),
    });
  }
  if (creation.forward === true) return wrapper;
  throw new Failure('input.invalid', {
    problem: inEnglish('{title} images are not written in one pass: they cannot be compressed as a whole', {
      title: driver.title,
    }),
  });
}

function* spansOf(
  disk: Disk,
  backing: Disk | null,
  capacityBytes: number,
  control: Pick<Control, 'throwIfCancelled'>,
): Iterable<Span> {
  const spans = backing === null ? dataSpans(disk) : unite(dataSpans(disk), dataSpans(backing));
  for (const { start, length } of spans) {
    control.throwIfCancelled();
    if (start < capacityBytes) yield { start, length: Math.min(length, capacityBytes - start) };
  }
}

function withBacking(
  target: Target,
  request: TargetRequest,
  backing: Disk | null,
  outputPath: string,
): Target {
  if (backing === null) return target;
  if (!(target.creation.backs ?? false)) {
    throw new Failure('input.invalid', {
      problem: inEnglish('Platter does not write {title} images over a backing image', {
        title: target.driver.title,
      }),
    });
  }
  const reference = request.backing!;
  const opened = openSource(reference);
  opened.source.close();
  if (
    opened.wrapper !== null ||
    reference.member !== undefined ||
    reference.snapshot !== undefined ||
    reference.volume !== undefined
  ) {
    throw new Failure('input.invalid', { problem: inEnglish('a backing image is a file of its own') });
  }
  const shape = {
    ...target.shape,
    backing: {
      name: nameFrom(outputPath, reference.path),
      format: backing.top.driver.id,
      capacityBytes: backing.capacityBytes,
    },
  };
  return { ...target, shape };
}

/** The backing image's name as the overlay spells it: from the overlay's folder where both can move together. */
function nameFrom(outputPath: string, backingPath: string): string {
  const way = relative(dirname(outputPath), backingPath);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return backingPath;
  const name = way.split(sep).join('/');
  // What stands before a colon would be taken for a protocol.
  return name.includes(':') ? `./${name}` : name;
}

/**
 * Runs `disk`, opened from `work.source`, through the target's writer into `sink`, which is empty. Begins the phase
 * `converting`. Chunks that lie in files as they are move inside the kernel where it can, unless `readAll`.
 * @returns what is known of each chunk when `verify` asks for it
 */
export function writeDisk(
  work: DiskWork,
  disk: Disk,
  sink: ByteSink,
  item: string,
  { verify, readAll = false }: { readonly verify: boolean; readonly readAll?: boolean },
  control: Control,
  resuming: Resuming | null = null,
): WrittenChunks | null {
  const { target, unitBytes, chunkBytes, spans, source, seekable } = work;
  const { shape, creation } = target;
  const wrapped = work.wrapper === null ? null : wrapInto(sink, work, work.wrapper);
  const writer = creation.writer(wrapped ?? sink, shape);
  const task = taskFor(work, !readAll && wrapped === null && sink.copyFrom !== undefined);
  const written = verify ? new WrittenChunks() : null;
  const content = new ContentChain(resuming?.past?.chunks.content);
  const plan = { source, task, digest: verify, chunkBytes, seekable };
  const chunks = chunksOf(work)[Symbol.iterator]();
  const place = (chunk: ChunkResult, digest: Uint8Array | null): Moves => {
    const moves = new Moves(chunk.bytes);
    if (task.kind === 'encode') placeEncodedUnits(writer, chunk, unitBytes, moves);
    else placePlainRuns(writer, chunk, unitBytes, disk, moves);
    written?.add(chunk.start, chunk.length, digest);
    return moves;
  };
  if (resuming?.past != null) replay(resuming, resuming.past, chunks, plan, control, place);
  const doneBytes = Math.min(resuming?.past?.chunks.doneBytes ?? 0, spans.dataBytes);
  const journal = resuming?.journal;
  let settle = (): void => {};
  const checkpoint = (): void => {
    settle();
    journal?.checkpoint();
  };
  control.beforeHalting(checkpoint);
  control.begin('converting', spans.dataBytes, basename(item), doneBytes);
  const rest = { [Symbol.iterator]: () => chunks };
  runPipeline(plan, rest, spans.dataBytes - doneBytes, control, (chunk, steering) => {
    settle = () => steering.settle();
    // Before this chunk is on record: what it brings is not on its way yet.
    if (journal?.isDue === true) checkpoint();
    const digest = verify && !chunk.inPlace ? chunk.digest : null;
    steering.bring(place(chunk, digest));
    if (holdsData(chunk, unitBytes)) content.add(chunk.content);
    const units = chunk.units.subarray(0, Math.ceil(chunk.length / unitBytes));
    journal?.add(chunk, units, digest, content.state);
  });
  control.beforeHalting(null);
  checkpoint();
  writer.finish(content.state);
  wrapped?.finish();
  return written;
}

/** Looking at less than this costs as much as reading it. */
const worthPeekingBytes = 32768;

/** What the threads make of each chunk. `canCopy`: what lies in files as it is need not be read. */
export function taskFor({ target, unitBytes, backing }: DiskWork, canCopy: boolean): Task {
  const { shape, creation, driver } = target;
  const over = backing === null ? {} : { backing };
  const encodes = (creation.encoder?.(shape) ?? null) !== null;
  if (encodes) return { kind: 'encode', unitBytes, format: driver.id, shape, ...over };
  const coarse = creation.keepsZeros ?? false;
  const inPlace = canCopy && backing === null && (coarse || unitBytes >= worthPeekingBytes);
  return { kind: 'read', unitBytes, ...over, ...(inPlace ? { inPlace: { coarse } } : {}) };
}

/** The chunks that are read and written, ascending. */
export function chunksOf({ spans, unitBytes, chunkBytes, target }: DiskWork): Iterable<Span> {
  return cutChunks(spans, unitBytes, chunkBytes, target.shape.capacityBytes);
}

function wrapInto(sink: ByteSink, work: DiskWork, { creation }: WrittenWrapper): WrappedSink {
  const { capacityBytes } = work.target.shape;
  // Whole units, as they are written: a span's edge may lie within one.
  return new WrappedSink(sink, creation, { sizeBytes: capacityBytes, dataSpans: chunksOf(work) });
}

/** Chunks of nothing leave no trace: a source may say zeros or nothing, and the output is the same. */
export function holdsData(chunk: ChunkResult, unitBytes: number): boolean {
  const unitCount = Math.ceil(chunk.length / unitBytes);
  return chunk.units.subarray(0, unitCount).some((state) => state !== unitZero);
}
