/** content-tree: what tells the same disk in any format: SHA-256 of each block of 1 MiB that the guest sees, and of those. */
import { createHash, type Hash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { ContentFile, ContentTree } from '#shared/domain/content.ts';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Control } from '../control.ts';
import type { Disk } from '../disks/chain.ts';
import { cutChunks, dataSpans, SpanList } from '../pipeline/chunks.ts';
import type { ChunkResult } from '../pipeline/chunk-result.ts';
import { runPipeline } from '../pipeline/coordinator.ts';
import { itemName, openDisk } from '../pipeline/open.ts';
import { unitZero } from '../pipeline/slots.ts';
import { allocatedBytesOf, stampOf } from './recognise.ts';

export const contentBlockBytes = 1 << 20;
/** Block digests that are kept: of all disks the smallest, so that those of two disks can be held against each other. */
export const keptBlocks = 8192;
const digestWord = 8;

/**
 * Reads the disk once. Holes are not read.
 * @throws Failure `io.*`, `image.*`, `operation.cancelled`; `input.invalid` where a file changed meanwhile.
 */
export function contentTree(source: SourceReference, control: Control): ContentTree {
  const disk = openDisk(source, control);
  try {
    const before = filesOf(source, disk);
    const spans = new SpanList(dataSpans(disk));
    const blocks = contentBlocks(spans, disk.capacityBytes);
    const hash = new ContentHash(disk.capacityBytes);
    control.begin('hashing', blocks.dataBytes, itemName(source));
    const plan = {
      source,
      task: { kind: 'digest', unitBytes: contentBlockBytes },
      digest: true,
      chunkBytes: contentBlockBytes,
      seekable: disk.seekable,
    } as const;
    runPipeline(plan, blocks, spans.dataBytes, control, (block) => hash.add(block));
    const files = unchangedFiles(source, disk, before);
    if (files === null)
      throw new Failure('input.invalid', {
        problem: inEnglish('{path} changed while it was read', { path: source.path }),
      });
    return hash.finish(files);
  } finally {
    disk.close();
  }
}

/** The whole blocks that hold any of the data; the last one may reach beyond the disk's end. */
export function contentBlocks(spans: Iterable<Span>, capacityBytes: number): SpanList {
  const end = Math.ceil(capacityBytes / contentBlockBytes) * contentBlockBytes;
  return new SpanList(cutChunks(spans, contentBlockBytes, contentBlockBytes, end));
}

/**
 * Takes blocks in their order, with their digests: those of whole blocks, the last one filled up with zeros. Blocks of zeros have
 * no part in it. The root is the SHA-256 of the virtual size and, for each block, its number and its digest; numbers have
 * 64 bits, little endian.
 */
export class ContentHash {
  readonly #capacityBytes: number;
  readonly #hash: Hash = createHash('sha256');
  readonly #number = Buffer.alloc(digestWord);
  #words = new BigUint64Array(1024);
  #count = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
    this.#addNumber(capacityBytes);
  }

  /** A chunk that is one whole block, with one unit and its digest. */
  add({ start, units, digest }: Pick<ChunkResult, 'start' | 'units' | 'digest'>): void {
    if (units[0] === unitZero) return;
    this.#addNumber(start / contentBlockBytes);
    this.#hash.update(digest);
    if (this.#count === this.#words.length) {
      const grown = new BigUint64Array(this.#words.length * 2);
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[this.#count++] = Buffer.from(digest.subarray(0, digestWord)).readBigUInt64LE();
  }

  finish(files: readonly ContentFile[]): ContentTree {
    const distinct = distinctSorted(this.#words.subarray(0, this.#count));
    const kept = Buffer.alloc(Math.min(distinct.length, keptBlocks) * digestWord);
    for (let at = 0; at < kept.length; at += digestWord) {
      kept.writeBigUInt64LE(distinct[at / digestWord]!, at);
    }
    return {
      root: this.#hash.digest('hex'),
      virtualSizeBytes: this.#capacityBytes,
      distinctBlocks: distinct.length,
      // A copy of its own: a Buffer may be a part of something that others use.
      blocks: Uint8Array.from(kept),
      files,
    };
  }

  #addNumber(value: number): void {
    this.#number.writeBigUInt64LE(BigInt(value));
    this.#hash.update(this.#number);
  }
}

function distinctSorted(words: BigUint64Array): BigUint64Array {
  words.sort();
  let count = 0;
  for (let at = 0; at < words.length; at++) {
    if (at === 0 || words[at] !== words[at - 1]) words[count++] = words[at]!;
  }
  return words.subarray(0, count);
}

/** The files behind an open disk as they are now; the inner names of wrapped files are none. */
export function filesOf({ path }: SourceReference, disk: Disk): readonly ContentFile[] {
  const parents = new Set(disk.layers.slice(1).map((layer) => layer.path));
  return [...new Set([path, ...disk.files])].flatMap((one) => {
    const status = statSync(one, { bigint: true, throwIfNoEntry: false });
    if (status?.isFile() !== true) return [];
    const role = one === path ? 'image' : parents.has(one) ? 'parent' : 'part';
    return [{ path: one, role, allocatedBytes: allocatedBytesOf(status), stamp: stampOf(status) } as const];
  });
}

/** The same files, where nobody wrote into one while it was read; else null. */
export function unchangedFiles(
  source: SourceReference,
  disk: Disk,
  before: readonly ContentFile[],
): readonly ContentFile[] | null {
  // The room that a file takes goes on changing after it was written: file systems put off finding it.
  const told = (files: readonly ContentFile[]): string =>
    JSON.stringify(files.map(({ path, stamp }) => [path, stamp]));
  return told(filesOf(source, disk)) === told(before) ? before : null;
}
