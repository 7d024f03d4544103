/** Reads a whole qcow2 disk through extents() and decode() alone, and checks on the way that the extents tile it. */
import { resolve } from 'node:path';
import { FileSource, MemorySource, type ByteSource } from '#engine/bytes/source.ts';
import type { DiskReader, EncodedExtent, Extent, OpenContext } from '#engine/disks/driver.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import type { Span } from '#shared/domain/image.ts';

/** For images that name no other file. */
export const alone: OpenContext = {
  openReference: ({ name }) => {
    throw new Error(`nothing should be opened, least of all ${name}`);
  },
};

export function openPath(path: string): DiskReader {
  return qcow2.open(new FileSource(path), folderGate(path));
}

export function openBytes(bytes: Uint8Array): DiskReader {
  return qcow2.open(new MemorySource(bytes), alone);
}

/** The extents of `span`; throws where they do not tile it. */
export function tiledExtents(
  reader: DiskReader,
  span: Span = { start: 0, length: reader.capacityBytes },
): Extent[] {
  const extents = [...reader.extents(span)];
  let at = span.start;
  for (const extent of extents) {
    if (extent.start !== at || !(extent.length > 0))
      throw new Error(`a gap at ${at}: ${JSON.stringify(extent)}`);
    at += extent.length;
  }
  if (at !== span.start + span.length) throw new Error(`the extents end at ${at}`);
  return extents;
}

/** The bytes of `span`; what is absent comes from `parent`. */
export function readSpan(reader: DiskReader, span: Span, parent: DiskReader | null = null): Uint8Array {
  const bytes = new Uint8Array(span.length);
  for (const extent of tiledExtents(reader, span)) {
    const into = bytes.subarray(extent.start - span.start, extent.start - span.start + extent.length);
    if (extent.state === 'stored') extent.source.read(extent.fileOffset, into);
    else if (extent.state === 'encoded') into.set(decoded(reader, extent));
    else if (extent.state === 'absent' && parent !== null) {
      const length = Math.max(0, Math.min(extent.length, parent.capacityBytes - extent.start));
      into.set(readSpan(parent, { start: extent.start, length }));
    }
  }
  return bytes;
}

export function readWhole(reader: DiskReader, parent: DiskReader | null = null): Uint8Array {
  return readSpan(reader, { start: 0, length: reader.capacityBytes }, parent);
}

function decoded(reader: DiskReader, extent: EncodedExtent): Uint8Array {
  const unit = new Uint8Array(extent.unit.length).fill(0xee);
  reader.decode!(extent, unit);
  return unit.subarray(extent.start - extent.unit.start, extent.start - extent.unit.start + extent.length);
}

/** The bytes of the disk at `path`, with its parent beside it. */
export function readPath(path: string): Uint8Array {
  const reader = openPath(path);
  const parent = reader.parent === null ? null : openPath(resolve(path, '..', reader.parent.name));
  try {
    return readWhole(reader, parent);
  } finally {
    parent?.close();
    reader.close();
  }
}

/** A source that counts what is read of it, to show that walks are lazy. */
export function countingSource(inner: ByteSource): ByteSource & { readonly reads: number[] } {
  const reads: number[] = [];
  return {
    path: inner.path,
    sizeBytes: inner.sizeBytes,
    seekable: true,
    reads,
    read(fileOffset, into) {
      reads.push(fileOffset);
      inner.read(fileOffset, into);
    },
    runs: (span) => inner.runs(span),
    close: () => inner.close(),
  };
}
