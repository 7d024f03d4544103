/** The journal of one output: what is durable of it, so that another run goes on from there and ends in the same bytes. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { performance } from 'node:perf_hooks';
import type { AfreshReason } from '#shared/domain/job.ts';
import type { Span } from '#shared/domain/image.ts';
import { deflateCodec } from '../bytes/libdeflate.ts';
import type { RecordedFile } from '../bytes/partial-file.ts';
import type { OutputFile } from '../bytes/output-file.ts';
import type { Journal } from '../control.ts';
import { noContent } from '../disks/content-identity.ts';

/** Another layout of the records has another number: what an older Platter wrote is then not gone on with. */
const journalVersion = 1;
/** A checkpoint costs a sync: worth it after that much work and that long, or after long enough for any work. */
const checkpointBytes = 256 << 20;
const checkpointMilliseconds = 5000;
const longestMilliseconds = 30_000;
/** Write-back is asked for in between, so that the sync finds little left. */
const writeBackBytes = 32 << 20;
/** The environment variable that has checkpoints follow each other that closely, whatever was written: for tests. */
const paceName = 'PLATTER_CHECKPOINT_MILLISECONDS';

/** Of the SHA-256 of a chunk. */
export const digestBytes = 32;

/** What is on record beside the results of chunks; as it is at that point. */
interface RecordHead {
  readonly version: number;
  /** The output's final path: a job may make several. */
  readonly output: string;
  /** What the output is made of; another source or other options have another mark. */
  readonly mark: string;
  readonly codec: string;
  /** `chunks`: more chunks are written. `proved`: all of the file is, and it was read back. */
  readonly kind: 'chunks' | 'proved';
  readonly files: readonly RecordedFile[];
  readonly chunkCount: number;
  /** The bytes of those chunks, and a digest of where they lie. */
  readonly doneBytes: number;
  readonly spans: string;
  /** The state of the content chain behind them. */
  readonly content: string;
  /** How many results follow for the chunks since the record before: units in all, and chunks. */
  readonly newUnits: number;
  readonly newChunks: number;
  readonly sha256: string | null;
  /** What the records before say of this output does not hold any more. */
  readonly restarts: boolean;
}

/** The results of the chunks of earlier runs, in their order. */
export interface PastChunks {
  readonly chunkCount: number;
  readonly doneBytes: number;
  readonly content: Uint8Array;
  readonly units: Int32Array;
  /** For each chunk whether there is a digest, and those digests one after the other. */
  readonly digested: Uint8Array;
  readonly digests: Uint8Array;
}

/** What earlier runs have done of an output. */
export interface PastOutput {
  readonly kind: 'past';
  readonly stage: RecordHead['kind'];
  readonly files: readonly RecordedFile[];
  readonly chunks: PastChunks;
  readonly spans: string;
  readonly sha256: string | null;
}

/** What can be gone on with, or why nothing can. */
export type Recall =
  | PastOutput
  | { readonly kind: 'none' }
  | { readonly kind: 'afresh'; readonly reason: AfreshReason; readonly files: readonly RecordedFile[] };

/** A digest of all files that an output is made from, as they are now, and of what is asked for. */
export function markOf(sourcePaths: readonly string[], request: unknown): string {
  const files = [...new Set(sourcePaths)].map((path) => {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    // A member of a package is no file of its own; the package is named as well.
    if (status === undefined) return path;
    const { dev, ino, size, mtimeNs } = status;
    return [path, dev, ino, size, mtimeNs].join(':');
  });
  return createHash('sha256')
    .update(JSON.stringify([files, request]))
    .digest('hex');
}

/** Reads what earlier runs recorded of the output that will be at `output`, and was made of what has that mark. */
export function recall(journal: Journal, output: string, mark: string): Recall {
  let head: RecordHead | null = null;
  const units: Buffer[] = [];
  const digested: Buffer[] = [];
  const digests: Buffer[] = [];
  try {
    for (const record of journal.records) {
      const { head: next, body } = decode(record);
      if (next.output !== output) continue;
      head = next;
      if (next.restarts) for (const list of [units, digested, digests]) list.length = 0;
      const unitsEnd = next.newUnits * 4;
      const digestedEnd = unitsEnd + next.newChunks;
      units.push(body.subarray(0, unitsEnd));
      digested.push(body.subarray(unitsEnd, digestedEnd));
      digests.push(body.subarray(digestedEnd));
    }
  } catch {
    return { kind: 'afresh', reason: 'journal-unreadable', files: head?.files ?? [] };
  }
  if (head === null) return { kind: 'none' };
  const { files } = head;
  if (head.version !== journalVersion) return { kind: 'afresh', reason: 'journal-unreadable', files };
  if (head.mark !== mark) return { kind: 'afresh', reason: 'source-changed', files };
  if (head.codec !== deflateCodec()) return { kind: 'afresh', reason: 'other-codec', files };
  const flat = new Uint8Array(Buffer.concat(units));
  return {
    kind: 'past',
    stage: head.kind,
    files,
    spans: head.spans,
    sha256: head.sha256,
    chunks: {
      chunkCount: head.chunkCount,
      doneBytes: head.doneBytes,
      content: Buffer.from(head.content, 'hex'),
      units: new Int32Array(flat.buffer, 0, flat.length / 4),
      digested: Buffer.concat(digested),
      digests: Buffer.concat(digests),
    },
  };
}

/** Whether `chunks` begin with those that `past` was recorded of: holes may have moved in a file that is else the same. */
export function sameChunks(chunks: Iterable<Span>, past: PastOutput): boolean {
  const spans = new SpanChain();
  let left = past.chunks.chunkCount;
  for (const chunk of chunks) {
    if (left-- === 0) break;
    spans.add(chunk);
  }
  return left <= 0 && spans.state === past.spans;
}

/** Records what becomes durable of one output. */
export class OutputJournal {
  readonly #journal: Journal;
  readonly #output: OutputFile;
  readonly #mark: string;
  readonly #spans = new SpanChain();
  #chunkCount = 0;
  #doneBytes = 0;
  #content: Uint8Array = noContent;
  #units: Int32Array[] = [];
  #digests: (Uint8Array | null)[] = [];
  #unsyncedBytes = 0;
  #unstartedBytes = 0;
  #recordedAt = performance.now();
  #isRestart = false;
  /** What the newest record says of the files; null before the first one. */
  #files: readonly RecordedFile[] | null = null;

  constructor(journal: Journal, output: OutputFile, mark: string) {
    this.#journal = journal;
    this.#output = output;
    this.#mark = mark;
  }

  /** Whether anything is on record that another run can go on with. */
  get hasCheckpoint(): boolean {
    return this.#files !== null;
  }

  /** What is on record of this output from earlier runs does not hold: the first record of this one says so. */
  restart(): void {
    this.#isRestart = true;
  }

  /** Takes over what earlier runs recorded: `chunks` are those, as they are cut again. */
  adopt(past: PastOutput, chunks: Iterable<Span>): void {
    for (const chunk of chunks) this.#spans.add(chunk);
    this.#chunkCount = past.chunks.chunkCount;
    this.#doneBytes = past.chunks.doneBytes;
    this.#content = past.chunks.content;
    this.#files = past.files;
  }

  /** A chunk was written; `content` is the state of the content chain behind it. Digests and units are copied. */
  add(chunk: Span, units: Int32Array, digest: Uint8Array | null, content: Uint8Array): void {
    this.#spans.add(chunk);
    this.#chunkCount++;
    this.#doneBytes += chunk.length;
    this.#content = content;
    this.#units.push(units.slice());
    this.#digests.push(digest?.slice() ?? null);
    this.#unsyncedBytes += chunk.length;
    this.#unstartedBytes += chunk.length;
  }

  /** Whether it is time for checkpoint(). Has the system begin to write, too, once in a while. */
  get isDue(): boolean {
    const waited = performance.now() - this.#recordedAt;
    const pace = process.env[paceName];
    if (pace !== undefined) return waited >= Number(pace);
    if (waited >= longestMilliseconds) return this.#unsyncedBytes > 0;
    if (waited >= checkpointMilliseconds && this.#unsyncedBytes >= checkpointBytes) return true;
    if (this.#unstartedBytes >= writeBackBytes) {
      this.#output.startWriteBack();
      this.#unstartedBytes = 0;
    }
    return false;
  }

  /** Brings all that was written to the disk, and records it. */
  checkpoint(): void {
    if (this.#digests.length > 0 || this.#files === null) this.#record('chunks', null);
  }

  /** Records that nothing is left to do but to give the files their names. */
  prove(sha256: string | null): void {
    this.#record('proved', sha256);
  }

  /** Gives back the room of what lies behind the newest record, which another run will write again. */
  rollBack(): void {
    if (this.#files !== null) this.#output.rollBack(this.#files);
  }

  #record(kind: RecordHead['kind'], sha256: string | null): void {
    const files = this.#output.checkpoint(this.#files === null);
    const head: RecordHead = {
      version: journalVersion,
      output: this.#output.finalPath,
      mark: this.#mark,
      codec: deflateCodec(),
      kind,
      files,
      chunkCount: this.#chunkCount,
      doneBytes: this.#doneBytes,
      spans: this.#spans.state,
      content: Buffer.from(this.#content).toString('hex'),
      newUnits: this.#units.reduce((sum, { length }) => sum + length, 0),
      newChunks: this.#digests.length,
      sha256,
      restarts: this.#isRestart,
    };
    this.#journal.append(encode(head, this.#units, this.#digests));
    this.#files = files;
    this.#isRestart = false;
    this.#units = [];
    this.#digests = [];
    this.#unsyncedBytes = 0;
    this.#recordedAt = performance.now();
  }
}

/** A digest of where chunks lie, that grows with them. */
class SpanChain {
  readonly #numbers = new Float64Array(2);
  #state: Uint8Array = new Uint8Array(digestBytes);

  add({ start, length }: Span): void {
    this.#numbers.set([start, length]);
    const numbers = new Uint8Array(this.#numbers.buffer);
    this.#state = createHash('sha256').update(this.#state).update(numbers).digest();
  }

  get state(): string {
    return Buffer.from(this.#state).toString('hex');
  }
}

/** The length of the head, the head as JSON, and the results deflated. */
function encode(
  head: RecordHead,
  units: readonly Int32Array[],
  digests: readonly (Uint8Array | null)[],
): Uint8Array {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const results = [
    ...units.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
    Uint8Array.from(digests, (digest) => (digest === null ? 0 : 1)),
    ...digests.filter((digest) => digest !== null),
  ];
  return Uint8Array.from(Buffer.concat([length, json, deflateRawSync(Buffer.concat(results), { level: 1 })]));
}

function decode(record: Uint8Array): { readonly head: RecordHead; readonly body: Buffer } {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const end = 4 + bytes.readUInt32LE(0);
  const head = JSON.parse(bytes.subarray(4, end).toString()) as RecordHead;
  return { head, body: inflateRawSync(bytes.subarray(end)) };
}
