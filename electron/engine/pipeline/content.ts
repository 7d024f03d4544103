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

/** The digest of one chunk's units that hold data: where they are, and the samples that lie in them. */
export class ChunkContent {
  readonly #offset = new DataView(new ArrayBuffer(8));
  readonly #offsetBytes = new Uint8Array(this.#offset.buffer);
  #samples = new Uint8Array(16 * (sampleBytes + 8));
  #used = 0;

  /** Adds a unit's offset. */
  addUnit(virtualOffset: number): void {
    this.#offset.setFloat64(0, virtualOffset);
    this.#append(this.#offsetBytes);
  }

  /** Adds a unit's offset and the samples in it; `unit` holds the plain bytes of the disk. */
  addSampledUnit(virtualOffset: number, unit: Uint8Array): void {
    this.addUnit(virtualOffset);
    const first = Math.ceil(virtualOffset / samplePitchBytes) * samplePitchBytes - virtualOffset;
    for (let at = first; at < unit.length; at += samplePitchBytes) {
      this.addSample(unit.subarray(at, at + sampleBytes));
    }
  }

  /** Adds a sample of the unit that was added last. */
  addSample(bytes: Uint8Array): void {
    this.#append(bytes);
  }

  #append(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#samples.length) {
      const grown = new Uint8Array(this.#samples.length * 2 + bytes.length);
      grown.set(this.#samples.subarray(0, this.#used));
      this.#samples = grown;
    }
    this.#samples.set(bytes, this.#used);
    this.#used += bytes.length;
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
