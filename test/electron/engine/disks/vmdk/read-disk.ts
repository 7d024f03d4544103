/** Reads VMDKs through extents() and decode() alone, and checks on the way that the extents tile the disk. */
import { expect } from 'vitest';
import { FileSource, MemorySource, type ByteSource } from '#engine/bytes/source.ts';
import type { DiskReader, EncodedExtent, Extent, OpenContext } from '#engine/disks/driver.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import type { Span } from '#shared/domain/image.ts';
import { Failure, type FailureCode } from '#shared/failure.ts';

/** For images that name no other file. */
export const alone: OpenContext = {
  openReference: ({ name }) => {
    throw new Failure('reference.denied', { reference: name, reason: 'nothing may be opened' });
  },
};

/** Images that name each other, in memory. */
export function filesOf(files: Readonly<Record<string, Uint8Array>>): OpenContext {
  return {
    openReference: ({ name }) => {
      const bytes = files[name];
      if (bytes === undefined) throw new Failure('image.parent-missing', { path: 'memory', reference: name });
      return new MemorySource(bytes, name);
    },
  };
}

export function openPath(path: string): DiskReader {
  return vmdk.open(new FileSource(path), folderGate(path));
}

export function openBytes(bytes: Uint8Array, context = alone): DiskReader {
  return vmdk.open(new MemorySource(bytes, 'image.vmdk'), context);
}

/** The extents of `span`; throws where they do not tile it. */
export function tiledExtents(
  reader: DiskReader,
  span: Span = { start: 0, length: reader.capacityBytes },
): Extent[] {
  const extents: Extent[] = [];
  let at = span.start;
  for (const extent of reader.extents(span)) {
    if (extent.start !== at || !(extent.length > 0))
      throw new Error(`a gap at ${at}: ${JSON.stringify(extent)}`);
    at += extent.length;
    extents.push(extent);
  }
  if (at !== span.start + span.length) throw new Error(`the extents end at ${at}`);
  return extents;
}

/** The bytes of `span`; what is absent is zeros. */
export function readSpan(reader: DiskReader, span: Span): Uint8Array {
  const bytes = new Uint8Array(span.length);
  for (const extent of tiledExtents(reader, span)) {
    const into = bytes.subarray(extent.start - span.start, extent.start - span.start + extent.length);
    if (extent.state === 'stored') extent.source.read(extent.fileOffset, into);
    else if (extent.state === 'encoded') into.set(decoded(reader, extent));
  }
  return bytes;
}

export function readWhole(reader: DiskReader): Uint8Array {
  return readSpan(reader, { start: 0, length: reader.capacityBytes });
}

function decoded(reader: DiskReader, extent: EncodedExtent): Uint8Array {
  const unit = new Uint8Array(extent.unit.length).fill(0xee);
  reader.decode!(extent, unit);
  const from = extent.start - extent.unit.start;
  return unit.subarray(from, from + extent.length);
}

/** The bytes of an image in memory. */
export function bytesIn(image: Uint8Array, context = alone): Uint8Array {
  const reader = openBytes(image, context);
  try {
    return readWhole(reader);
  } finally {
    reader.close();
  }
}

/** The bytes of the image at `path`. */
export function readPath(path: string): Uint8Array {
  const reader = openPath(path);
  try {
    return readWhole(reader);
  } finally {
    reader.close();
  }
}

/** What one run of extents is, in words: `absent 65536`. */
export function shapeOfExtents(extents: readonly Extent[]): string[] {
  return extents.map(({ state, length }) => `${state} ${length}`);
}

/** As toEqual(), which takes its time with a megabyte. */
export function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  const equal = Buffer.compare(actual, expected) === 0;
  const first = equal ? -1 : actual.findIndex((byte, at) => byte !== expected[at]);
  expect(first, 'the first byte that differs').toBe(-1);
}

/** The failure that `act` ends in, which must have that code. */
export function failureOf<C extends FailureCode>(code: C, act: () => unknown): Failure<C> {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).toData().code).toBe(code);
    return error as Failure<C>;
  }
  throw new Error(`nothing failed, ${code} was due`);
}

/** Expects a malformed image, and that structure and field to be named. */
export function expectMalformed(structure: string, field: string, act: () => unknown): void {
  const { details } = failureOf('image.malformed', act);
  expect({ structure: details.structure, field: details.field }).toEqual({ structure, field });
  expect(details.format).toBe('vmdk');
  expect(details.fileOffset).toBeGreaterThanOrEqual(0);
}

/** A source that counts what is read of it, and whether it was closed. */
export function countingSource(bytes: Uint8Array): ByteSource & { readonly reads: Span[]; closed: number } {
  const inner = new MemorySource(bytes, 'counted.vmdk');
  const reads: Span[] = [];
  return {
    path: inner.path,
    sizeBytes: inner.sizeBytes,
    seekable: true,
    reads,
    closed: 0,
    read(fileOffset, into) {
      reads.push({ start: fileOffset, length: into.length });
      inner.read(fileOffset, into);
    },
    runs: (span) => inner.runs(span),
    close() {
      this.closed++;
    },
  };
}
