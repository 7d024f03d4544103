/** What stands for the content of a disk in the identifiers that are derived from it: samples, chunk by chunk, chained. */
import { createHash } from 'node:crypto';
import { contentBytes, noContent } from '../disks/content-identity.ts';

/**
 * Of every piece this long, on the disk's own grid, the first bytes count. File systems and partition tables have their
 * superblocks, with counters and times of the last writing, within the first bytes of such pieces: disks that were written
 * to differently differ there. All bytes would not do: plain data passes through the kernel alone, and no thread sees it.
 */
export const samplePitchBytes = 65536;
export const sampleBytes = 2048;
const offsetBytes = 8;

/** The digest of one chunk's units that hold data: where they are, and the samples that lie in them. */
export class ChunkContent {
  #samples = new Uint8Array(16 * (sampleBytes + offsetBytes));
  #view = new DataView(this.#samples.buffer);
  #used = 0;

  /** Adds a unit's offset. */
  addUnit(virtualOffset: number): void {
    this.#makeRoom(offsetBytes);
    this.#view.setFloat64(this.#used, virtualOffset);
    this.#used += offsetBytes;
  }

  /** Adds a unit's offset and the samples in it; the unit's bytes are those of `bytes` from `start` to `end` (not in it). */
  addSampledUnit(virtualOffset: number, bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.addUnit(virtualOffset);
    const first = Math.ceil(virtualOffset / samplePitchBytes) * samplePitchBytes - virtualOffset;
    for (let at = start + first; at < end; at += samplePitchBytes) {
      this.addSample(bytes.subarray(at, Math.min(at + sampleBytes, end)));
    }
  }

  /** Adds a sample of the unit that was added last. */
  addSample(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#samples.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #makeRoom(lengthBytes: number): void {
    if (this.#used + lengthBytes <= this.#samples.length) return;
    const grown = new Uint8Array(this.#samples.length * 2 + lengthBytes);
    grown.set(this.#samples.subarray(0, this.#used));
    this.#samples = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** The digest of what was added since the last time. */
  finish(): Uint8Array {
    const digest = createHash('sha256').update(this.#samples.subarray(0, this.#used)).digest();
    this.#used = 0;
    return digest;
  }
}

/** Chains the digests of chunks in the order of the disk. Its state is all there is to it, and can be kept. */
export class ContentChain {
  #state: Uint8Array;

  /** Goes on from `state`. */
  constructor(state: Uint8Array = noContent) {
    this.#state = state.slice(0, contentBytes);
  }

  get state(): Uint8Array {
    return this.#state;
  }

  add(chunk: Uint8Array): void {
    this.#state = createHash('sha256').update(this.#state).update(chunk).digest();
  }
}
