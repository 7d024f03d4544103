/** Writes a disk into an EBS snapshot: blocks of 512 KiB that hold anything, each with its SHA-256, and one over all of them. */
import { createHash, randomUUID } from 'node:crypto';
import { isZero } from '#engine/bytes/zeros.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { attempted, inLanes } from '../attempts.ts';
import { pause, type TransferControl } from '../control.ts';
import type { Sending } from '../sending.ts';
import { BlockRecord, type RecordedSnapshot } from './block-record.ts';
import type { AwsCloud } from './client.ts';

export const blockBytes = 512 << 10;
const gibibyte = 1 << 30;
/** "The maximum size is 65536 GiB": StartSnapshot in the EBS direct APIs' reference. */
const mostGibibytes = 65_536;
/** Amazon's own uploader has 64; fewer keep the memory small, and a line is full with less. */
const blockLanes = 16;

/** So often a snapshot is looked at whose completion was not confirmed. */
const mostLooks = 60;

export interface SnapshotWork {
  readonly cloud: AwsCloud;
  readonly name: string;
  readonly sending: Sending;
  readonly control: TransferControl;
  readonly signal: AbortSignal;
  readonly restsMilliseconds: readonly number[];
  readonly pollMilliseconds: number;
  /** Told before the snapshot exists (id null), and with its id as soon as it has one. */
  readonly begun: (tag: string, snapshotId: string | null) => void;
}

export interface WrittenSnapshot {
  readonly snapshotId: string;
  readonly tag: string;
  /** Of all blocks' digests, as the service compared it. Hexadecimal. */
  readonly digest: string;
  readonly sentBytes: number;
  readonly retries: number;
}

/** @throws Failure `cloud.*`, `io.*`, `image.*`, `operation.*`. The snapshot stays; who called decides on it. */
export async function writeSnapshot(work: SnapshotWork): Promise<WrittenSnapshot> {
  return new SnapshotWriter(work).run();
}

class SnapshotWriter {
  readonly #work: SnapshotWork;
  readonly #record: BlockRecord;
  /** By their index. */
  readonly #digests = new Map<number, Buffer>();
  #sentBytes = 0;
  #retries = 0;

  constructor(work: SnapshotWork) {
    this.#work = work;
    this.#record = new BlockRecord(work.control.journal);
  }

  async run(): Promise<WrittenSnapshot> {
    const { sending, control, name, signal } = this.#work;
    const gibibytes = Math.ceil(sending.sizeBytes / gibibyte);
    if (gibibytes > mostGibibytes) {
      throw new Failure('input.invalid', { problem: inEnglish('it is larger than a volume can be: 64 TiB') });
    }
    const { snapshotId, tag, blocks } = await this.#open(gibibytes);
    control.begin('uploading', sending.sizeBytes, name);
    control.beforeHalting(() => this.#record.flush());
    try {
      await inLanes(this.#blocks(blocks), blockLanes, signal, async (block, stopping) => {
        await this.#block(snapshotId, block, blocks, stopping);
      });
    } finally {
      // Also when the network stays away: another run goes on from here.
      this.#record.flush();
      control.beforeHalting(null);
    }
    control.begin('finishing', 0, name);
    const total = this.#total();
    await this.#complete(snapshotId, total);
    this.#record.clear();
    return {
      snapshotId,
      tag,
      digest: total.toString('hex'),
      sentBytes: this.#sentBytes,
      retries: this.#retries,
    };
  }

  /** The snapshot that is on record, while it still takes blocks; else a new one. */
  async #open(
    gibibytes: number,
  ): Promise<RecordedSnapshot & { readonly blocks: ReadonlyMap<number, string> }> {
    const { cloud, name, sending, control, begun } = this.#work;
    const recorded = this.#record.read(sending.sizeBytes);
    if (recorded !== null) {
      const snapshot = await this.#again((signal) => cloud.snapshot(recorded.snapshotId, signal));
      if (snapshot?.State === 'pending') {
        begun(recorded.tag, recorded.snapshotId);
        const doneBytes = recorded.blocks.size * blockBytes;
        control.note({ kind: 'resumed', item: name, doneBytes });
        return recorded;
      }
    }
    const tag = randomUUID();
    begun(tag, null);
    const description = `${name} (Platter)`.slice(-255);
    const snapshotId = await this.#again((signal) =>
      cloud.startSnapshot({ gibibytes, description, token: tag }, signal),
    );
    begun(tag, snapshotId);
    const { sizeBytes } = sending;
    this.#record.begin({ snapshotId, tag, sizeBytes });
    return { snapshotId, tag, sizeBytes, blocks: new Map() };
  }

  /** Blocks that may hold anything, in their order. What the source has as a hole is not read. */
  *#blocks(there: ReadonlyMap<number, string>): Generator<number> {
    const { sending, control } = this.#work;
    let next = 0;
    let passed = 0;
    for (const { start, length, hole } of sending.runs()) {
      control.throwIfCancelled();
      if (hole) continue;
      const end = Math.ceil((start + length) / blockBytes);
      for (let index = Math.max(next, Math.floor(start / blockBytes)); index < end; index++) {
        // What was left out counts as done.
        control.advance(Math.max(0, index * blockBytes - passed));
        passed = Math.min(sending.sizeBytes, (index + 1) * blockBytes);
        yield index;
      }
      next = Math.max(next, end);
    }
    // Where another run wrote what is a hole by now.
    for (const index of there.keys()) if (!this.#digests.has(index)) yield index;
    control.advance(Math.max(0, sending.sizeBytes - passed));
  }

  async #block(
    snapshotId: string,
    index: number,
    there: ReadonlyMap<number, string>,
    signal: AbortSignal,
  ): Promise<void> {
    const { cloud, sending, control } = this.#work;
    control.throwIfCancelled();
    const start = index * blockBytes;
    const length = Math.min(blockBytes, sending.sizeBytes - start);
    // The last one is filled up with zeros.
    const bytes = new Uint8Array(blockBytes);
    sending.read(start, bytes.subarray(0, length));
    const recorded = there.get(index);
    // What is there and is zero by now must be written, too: it would stay as it was.
    if (recorded !== undefined || !isZero(bytes)) {
      const digest = createHash('sha256').update(bytes).digest();
      this.#digests.set(index, digest);
      const sha256 = digest.toString('base64');
      if (recorded !== sha256) {
        await this.#again(
          (stopping) => cloud.putBlock(snapshotId, { index, bytes, sha256 }, stopping),
          signal,
        );
        this.#sentBytes += blockBytes;
        this.#record.add(index, digest);
      }
    }
    control.advance(length);
  }

  /** LINEAR: the digests of all blocks in ascending order of their index, joined. */
  #total(): Buffer {
    const hash = createHash('sha256');
    const inOrder = [...this.#digests].sort(([one], [other]) => one - other);
    for (const [, digest] of inOrder) hash.update(digest);
    return hash.digest();
  }

  /** Waits until the service has it. An answer that was lost on the way may have been a yes. */
  async #complete(snapshotId: string, total: Buffer): Promise<void> {
    const { cloud, signal, pollMilliseconds, name } = this.#work;
    const sha256 = total.toString('base64');
    const seal = { blockCount: this.#digests.size, sha256 };
    const retriesBefore = this.#retries;
    let refused: Failure | null = null;
    try {
      await this.#again((stopping) => cloud.completeSnapshot(snapshotId, seal, stopping));
    } catch (error) {
      if (this.#retries === retriesBefore) throw error;
      refused = Failure.from(error);
    }
    for (let looks = 1; ; looks++) {
      const snapshot = await this.#again((stopping) => cloud.snapshot(snapshotId, stopping));
      if (snapshot?.State === 'completed') return;
      if (snapshot === null || snapshot.State === 'error') {
        const problem =
          snapshot?.StateMessage ?? inEnglish('the snapshot of {name} came to nothing', { name });
        throw new Failure('cloud.refused', {
          action: inEnglish('complete the snapshot'),
          status: 200,
          problem,
        });
      }
      if (refused !== null && looks >= mostLooks) throw refused;
      await pause(pollMilliseconds, signal);
    }
  }

  async #again<T>(request: (signal: AbortSignal) => Promise<T>, signal = this.#work.signal): Promise<T> {
    const { restsMilliseconds } = this.#work;
    const again = (): void => void this.#retries++;
    return attempted({ restsMilliseconds, signal, again }, () => request(signal));
  }
}
