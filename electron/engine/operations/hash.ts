/** hash: the SHA-256 of what the guest sees, whatever the format. */
import { createHash } from 'node:crypto';
import type { ContentTree } from '#shared/domain/content.ts';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { ImageHash, Span } from '#shared/domain/image.ts';
import type { Control } from '../control.ts';
import type { Disk } from '../disks/chain.ts';
import { chunkBytesFor, cutChunks, dataSpans, SpanList } from '../pipeline/chunks.ts';
import type { ChunkResult } from '../pipeline/chunk-result.ts';
import { runPipeline } from '../pipeline/coordinator.ts';
import { itemName, openDisk } from '../pipeline/open.ts';
import { contentBlockBytes, contentBlocks, ContentHash, filesOf, unchangedFiles } from './content-tree.ts';

const unitBytes = 4096;
/** Stays in a core's cache. */
const zeros = new Uint8Array(256 * 1024);

/**
 * Hashes the guest-visible bytes, and takes the content's tree from the same read: each block is hashed twice then, the second
 * time beside the ordered thread. There is no tree where a file changed meanwhile.
 * @throws Failure `io.*`, `image.*`, `operation.cancelled`.
 */
export function hashWithContent(
  source: SourceReference,
  control: Control,
): ImageHash & { readonly content?: ContentTree } {
  const disk = openDisk(source, control);
  try {
    const { capacityBytes } = disk;
    const before = filesOf(source, disk);
    const spans = new SpanList(dataSpans(disk));
    const blocks = contentBlocks(spans, capacityBytes);
    const tree = new ContentHash(capacityBytes);
    control.begin('hashing', capacityBytes, itemName(source));
    const hash = hashChunks(source, disk, blocks, spans.dataBytes, contentBlockBytes, control, (chunk) =>
      tree.add(chunk),
    );
    const files = unchangedFiles(source, disk, before);
    return files === null ? hash : { ...hash, content: tree.finish(files) };
  } finally {
    disk.close();
  }
}

/** Hashes the guest-visible bytes. @throws Failure `io.*`, `image.*`, `operation.cancelled`. */
export function hashImage(source: SourceReference, control: Control): ImageHash {
  const disk = openDisk(source, control);
  try {
    const { capacityBytes } = disk;
    const spans = new SpanList(dataSpans(disk));
    const chunkBytes = chunkBytesFor(unitBytes);
    const chunks = cutChunks(spans, unitBytes, chunkBytes, capacityBytes);
    control.begin('hashing', capacityBytes, itemName(source));
    return hashChunks(source, disk, chunks, spans.dataBytes, chunkBytes, control);
  } finally {
    disk.close();
  }
}

/**
 * Hashes a disk of which only `chunks` can hold data. `inspectChunk` sees each with its digest, so that one pass serves
 * both. The phase has begun already; it advances by all of the capacity.
 */
export function hashChunks(
  source: SourceReference,
  disk: Disk,
  chunks: Iterable<Span>,
  dataBytes: number,
  chunkBytes: number,
  control: Control,
  inspectChunk?: (chunk: ChunkResult) => void,
): ImageHash {
  const { capacityBytes, seekable } = disk;
  const hash = createHash('sha256');
  let hashed = 0;
  const hashZerosTo = (offset: number): void => {
    while (hashed < offset) {
      control.throwIfCancelled();
      const length = Math.min(zeros.length, offset - hashed);
      hash.update(length === zeros.length ? zeros : zeros.subarray(0, length));
      hashed += length;
      control.advance(length);
    }
  };
  const plan = {
    source,
    // Nothing is asked of smaller units.
    task: { kind: 'read', unitBytes: chunkBytes },
    digest: inspectChunk !== undefined,
    chunkBytes,
    seekable,
    // The hash is one thread's work from start to end, and what takes longest.
    takesCore: true,
  } as const;
  runPipeline(plan, chunks, dataBytes, control, (chunk) => {
    hashZerosTo(chunk.start);
    // A whole block may reach beyond the disk's end.
    const length = Math.min(chunk.length, capacityBytes - chunk.start);
    hash.update(length === chunk.length ? chunk.bytes : chunk.bytes.subarray(0, length));
    hashed += length;
    inspectChunk?.(chunk);
  });
  hashZerosTo(capacityBytes);
  return { sha256: hash.digest('hex'), virtualSizeBytes: capacityBytes };
}
