/** The refcounts that a file states: the refcount table and its blocks, as they are (section Host cluster management). */
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import type { Header } from './header.ts';
import { unsupported } from './layout.ts';

const twoTo32 = 2 ** 32;
const maximumBitsetBytes = 64 << 20;
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
/** A refcount of one as it is stored, read in this machine's byte order. */
const storedOne = littleEndian ? 0x100 : 1;

/** What an entry of the refcount table is: a block to read, nothing, or something that is no block. */
export type BlockState = 'block' | 'none' | 'reserved' | 'unaligned';

export class StoredRefcounts {
  readonly entriesPerBlock: number;
  /** The refcount table as it is in the file. */
  readonly tableBytes: Uint8Array;
  readonly #file: ByteSource;
  readonly #clusterBytes: number;
  readonly #bits: number;
  readonly #offsets: Float64Array;
  readonly #reserved: Uint8Array;
  /** All refcounts of one: as a block, and as counts of a byte each. */
  readonly #blockOfOnes: Uint8Array;
  readonly #ones: Uint8Array;
  #loaded = -1;
  #block: Uint8Array;

  constructor(file: ByteSource, header: Header) {
    const { clusterBytes, refcountBits, refcountTableOffset, refcountTableClusters } = header;
    this.#file = file;
    this.#clusterBytes = clusterBytes;
    this.#bits = refcountBits;
    this.entriesPerBlock = (clusterBytes * 8) / refcountBits;
    const bytes = readBytes(file, refcountTableOffset, refcountTableClusters * clusterBytes);
    this.tableBytes = bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#offsets = new Float64Array(bytes.length / 8);
    this.#reserved = new Uint8Array(bytes.length / 8);
    for (let index = 0; index < this.#offsets.length; index++) {
      const low = view.getUint32(index * 8 + 4);
      this.#offsets[index] = view.getUint32(index * 8) * twoTo32 + ((low & ~0x1ff) >>> 0);
      this.#reserved[index] = (low & 0x1ff) === 0 ? 0 : 1;
    }
    this.#block = new Uint8Array(clusterBytes);
    this.#blockOfOnes = blockOfOnes(clusterBytes, refcountBits);
    this.#ones = new Uint8Array(this.entriesPerBlock).fill(1);
  }

  #isAllOnes(block: Uint8Array): boolean {
    return Buffer.compare(block, this.#blockOfOnes) === 0;
  }

  /** How many entries the table has. */
  get tableEntries(): number {
    return this.#offsets.length;
  }

  /** Where the block lies in the file; 0 where there is none. */
  blockOffset(index: number): number {
    return this.#offsets[index] ?? 0;
  }

  blockState(index: number): BlockState {
    if (this.#reserved[index] === 1) return 'reserved';
    const offset = this.blockOffset(index);
    if (offset === 0) return 'none';
    return offset % this.#clusterBytes === 0 ? 'block' : 'unaligned';
  }

  /** The bytes of a block, zeros beyond the end of the file; null where there is none. Valid until the next call. */
  block(index: number): Uint8Array | null {
    const offset = this.blockOffset(index);
    if (offset === 0 || offset % this.#clusterBytes !== 0) return null;
    if (this.#loaded === index) return this.#block;
    const readable = Math.max(0, Math.min(this.#clusterBytes, this.#file.sizeBytes - offset));
    if (readable > 0) this.#file.read(offset, this.#block.subarray(0, readable));
    this.#block.fill(0, readable);
    this.#loaded = index;
    return this.#block;
  }

  /** The refcount of a cluster. Beyond the table and its blocks it is 0. */
  get(cluster: number): number {
    const index = Math.floor(cluster / this.entriesPerBlock);
    const block = this.block(index);
    return block === null ? 0 : refcountAt(block, cluster - index * this.entriesPerBlock, this.#bits);
  }

  /**
   * Which of the first `clusterCount` clusters have a refcount of one.
   * @throws Failure `image.unsupported` for files of absurdly many clusters.
   */
  ones(clusterCount: number): ClusterSet {
    const covered = Math.min(clusterCount, this.tableEntries * this.entriesPerBlock);
    if (covered / 8 > maximumBitsetBytes)
      throw unsupported(inEnglish('checking a file of that many clusters'));
    const bitset = new Uint8Array(Math.ceil(covered / 8));
    for (let index = 0; index * this.entriesPerBlock < covered; index++) {
      const block = this.block(index);
      if (block === null) continue;
      const first = index * this.entriesPerBlock;
      const end = Math.min(covered - first, this.entriesPerBlock);
      if (end === this.entriesPerBlock && this.#isAllOnes(block)) {
        bitset.fill(0xff, first / 8, (first + end) / 8);
        continue;
      }
      const words = this.#bits === 16 ? wordsOf(block) : null;
      for (let entry = 0; entry < end; entry++) {
        const isOne =
          words === null ? refcountAt(block, entry, this.#bits) === 1 : words[entry] === storedOne;
        if (isOne) bitset[(first + entry) >>> 3]! |= 1 << (entry & 7);
      }
    }
    return new ClusterSet(bitset);
  }

  /**
   * Whether each refcount of `block` is the count of its cluster, a byte each in `counts`. Made for what is usual: refcounts
   * of one, or of 16 bits; false says nothing about others.
   */
  agrees(block: Uint8Array, counts: Uint8Array): boolean {
    if (
      counts.length === this.entriesPerBlock &&
      this.#isAllOnes(block) &&
      Buffer.compare(counts, this.#ones) === 0
    )
      return true;
    if (this.#bits !== 16) return false;
    const words = wordsOf(block);
    for (let entry = 0; entry < counts.length; entry++) {
      if (words[entry] !== (littleEndian ? counts[entry]! << 8 : counts[entry]!)) return false;
    }
    return true;
  }
}

/** A block in which each refcount is one. */
function blockOfOnes(clusterBytes: number, bits: number): Uint8Array {
  const pattern = new Uint8Array(8);
  for (let entry = 0; entry < 64 / bits; entry++) setRefcount(pattern, entry, bits, 1);
  return Buffer.alloc(clusterBytes, pattern);
}

/** A set of clusters, a bit each, from which nothing is taken. */
export class ClusterSet {
  readonly #bits: Uint8Array;

  constructor(bits: Uint8Array) {
    this.#bits = bits;
  }

  has(cluster: number): boolean {
    return cluster < this.#bits.length * 8 && ((this.#bits[cluster >>> 3]! >> (cluster & 7)) & 1) === 1;
  }

  /** Whether all clusters in [first, end) are in it. */
  hasAll(first: number, end: number): boolean {
    for (let cluster = first; cluster < end;) {
      if ((cluster & 7) === 0 && end - cluster >= 8 && this.#bits[cluster >>> 3] === 0xff) cluster += 8;
      else if (this.has(cluster)) cluster++;
      else return false;
    }
    return true;
  }
}

/** A block of refcounts of 16 bits as numbers, in the byte order of the file. */
function wordsOf(block: Uint8Array): Uint16Array {
  return new Uint16Array(block.buffer, block.byteOffset, block.length / 2);
}

/** One refcount of a block. Of 64 bits it is as near as a number comes. */
export function refcountAt(block: Uint8Array, entry: number, bits: number): number {
  if (bits === 16) return block[entry * 2]! * 256 + block[entry * 2 + 1]!;
  if (bits === 8) return block[entry]!;
  if (bits < 8) {
    const bit = entry * bits;
    return (block[bit >>> 3]! >> (bit & 7)) & (2 ** bits - 1);
  }
  let count = 0;
  for (let at = (entry * bits) / 8; at < ((entry + 1) * bits) / 8; at++) count = count * 256 + block[at]!;
  return count;
}

/** Sets one refcount of a block. */
export function setRefcount(block: Uint8Array, entry: number, bits: number, count: number): void {
  if (bits < 8) {
    const bit = entry * bits;
    const mask = (2 ** bits - 1) << (bit & 7);
    block[bit >>> 3] = (block[bit >>> 3]! & ~mask) | (count << (bit & 7));
    return;
  }
  let rest = count;
  for (let at = ((entry + 1) * bits) / 8 - 1; at >= (entry * bits) / 8; at--) {
    block[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** The largest refcount of that width that we count to. */
export function maximumRefcount(bits: number): number {
  return bits >= 53 ? Number.MAX_SAFE_INTEGER : 2 ** bits - 1;
}
