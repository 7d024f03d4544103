/** Writes images with one driver and reads them back, as the engine does it, for the tests of drivers. */
import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import type { ByteSink } from '#engine/bytes/sink.ts';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { isZero } from '#engine/bytes/zeros.ts';
import type { DiskDriver, DiskReader, Extent, OpenContext, TargetShape } from '#engine/disks/driver.ts';
import { writePlain } from '#engine/disks/placing.ts';
import { countUnits } from '#engine/pipeline/chunks.ts';
import { ChunkContent } from '#engine/pipeline/content.ts';
import { Failure } from '#shared/failure.ts';

export interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A context in which no other file is there. */
export const noReferences: OpenContext = {
  openReference: ({ name }): never => {
    throw new Failure('image.parent-missing', { path: 'nowhere', reference: name });
  },
};

/** The shape with the declared defaults where nothing is given. */
export function shapeOf(
  driver: DiskDriver,
  capacityBytes: number,
  variant: string,
  options: TargetShape['options'] = {},
): TargetShape {
  const creation = driver.creation!;
  const defaults = Object.fromEntries(creation.options.map((option) => [option.name, option.default]));
  const choice = { variant, options: { ...defaults, ...options } };
  return { capacityBytes: creation.capacityFor(capacityBytes, choice), ...choice };
}

/** Writes `pieces` (ascending) of an otherwise empty disk to `path`, in runs of whole units, and checks the promised size. */
export function writeImage(
  driver: DiskDriver,
  path: string,
  shape: TargetShape,
  pieces: readonly Piece[],
): void {
  const creation = driver.creation!;
  const unitBytes = creation.unitBytes(shape);
  const descriptor = openSync(path, 'w+');
  let unitCount = 0;
  try {
    const sink: ByteSink = {
      write: (fileOffset, bytes) =>
        expect(writeSync(descriptor, bytes, 0, bytes.length, fileOffset)).toBe(bytes.length),
      truncate: (sizeBytes) => ftruncateSync(descriptor, sizeBytes),
    };
    const writer = creation.writer(sink, shape);
    for (const run of unitRuns(pieces, unitBytes, shape.capacityBytes)) {
      unitCount += Math.ceil(run.bytes.length / unitBytes);
      writePlain(writer, run.at, run.bytes);
    }
    writer.finish(contentOf(pieces));
  } finally {
    closeSync(descriptor);
  }
  const spans = pieces.map((piece) => ({ start: piece.at, length: piece.bytes.length }));
  const promised = creation.outputSize(shape, (bytes) => countUnits(spans, bytes));
  if (promised.exact) expect(promised.bytes).toBe(statSync(path).size);
  else expect(promised.bytes).toBeGreaterThanOrEqual(statSync(path).size);
  const allocated = creation.allocatedSize?.(shape, unitCount) ?? statSync(path).size;
  expect(statSync(path).blocks * 512).toBeLessThanOrEqual(allocated + 65536);
}

/** What stands for the pieces in identifiers. */
function contentOf(pieces: readonly Piece[]): Uint8Array {
  const content = new ChunkContent();
  for (const { at, bytes } of pieces) content.addSampledUnit(at, bytes);
  return content.finish();
}

/** The runs of units that are not zero, none longer than 1 MiB or one unit. */
function* unitRuns(pieces: readonly Piece[], unitBytes: number, capacityBytes: number): Iterable<Piece> {
  const units = new Set<number>();
  for (const { at, bytes } of pieces) {
    const end = Math.ceil((at + bytes.length) / unitBytes);
    for (let unit = Math.floor(at / unitBytes); unit < end; unit++) units.add(unit);
  }
  const runBytes = Math.max(1 << 20, unitBytes);
  let run: { at: number; parts: Uint8Array[] } | null = null;
  for (const unit of [...units].sort((a, b) => a - b)) {
    const at = unit * unitBytes;
    const bytes = new Uint8Array(Math.min(unitBytes, capacityBytes - at));
    for (const piece of pieces) overlay(bytes, at, piece);
    const runEnd: number = run === null ? -1 : run.at + run.parts.reduce((sum, part) => sum + part.length, 0);
    if (run !== null && (runEnd !== at || at % runBytes === 0 || isZero(bytes))) {
      yield { at: run.at, bytes: new Uint8Array(Buffer.concat(run.parts)) };
      run = null;
    }
    if (isZero(bytes)) continue;
    run ??= { at, parts: [] };
    run.parts.push(bytes);
  }
  if (run !== null) yield { at: run.at, bytes: new Uint8Array(Buffer.concat(run.parts)) };
}

function overlay(target: Uint8Array, targetStart: number, { at, bytes }: Piece): void {
  const start = Math.max(at, targetStart);
  const end = Math.min(at + bytes.length, targetStart + target.length);
  if (end > start) target.set(bytes.subarray(start - at, end - at), start - targetStart);
}

/** All extents of a span; checks that they tile it. */
export function extentsOf(reader: DiskReader, start = 0, length = reader.capacityBytes - start): Extent[] {
  const extents = [...reader.extents({ start, length })];
  let at = start;
  for (const extent of extents) {
    expect(extent.start).toBe(at);
    expect(extent.length).toBeGreaterThan(0);
    at += extent.length;
  }
  expect(at).toBe(start + length);
  return extents;
}

/** Reads from a chain of readers, the image itself first, as the engine resolves what is absent. */
export function readChain(readers: readonly DiskReader[], start: number, length: number): Uint8Array {
  const [reader, ...parents] = readers;
  const into = new Uint8Array(length);
  if (reader === undefined) return into;
  const readable = Math.max(0, Math.min(length, reader.capacityBytes - start));
  if (readable === 0) return into;
  for (const extent of extentsOf(reader, start, readable)) {
    const part = into.subarray(extent.start - start, extent.start - start + extent.length);
    if (extent.state === 'stored') extent.source.read(extent.fileOffset, part);
    if (extent.state === 'absent') part.set(readChain(parents, extent.start, extent.length));
  }
  return into;
}

/** The SHA-256 of the whole disk. */
export function hashOf(readers: readonly DiskReader[]): string {
  const hash = createHash('sha256');
  const { capacityBytes } = readers[0]!;
  for (let at = 0; at < capacityBytes; at += 1 << 20) {
    hash.update(readChain(readers, at, Math.min(1 << 20, capacityBytes - at)));
  }
  return hash.digest('hex');
}

export function hashFile(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Opens with `driver`, uses, closes. */
export function withReader<T>(driver: DiskDriver, path: string, use: (reader: DiskReader) => T): T {
  const reader = driver.open(new FileSource(path), noReferences);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

/** Opens bytes in memory, walks all extents, and returns the hash; the Failure when that is how it ends. */
export function outcomeOf(driver: DiskDriver, bytes: Uint8Array): string | Failure {
  try {
    const reader = driver.open(new MemorySource(bytes), noReferences);
    return reader.capacityBytes > 64 << 20 ? `${extentsOf(reader).length} extents` : hashOf([reader]);
  } catch (error) {
    if (error instanceof Failure && error.code !== 'internal') return error;
    throw error;
  }
}

export function failureCode(outcome: string | Failure): string {
  return outcome instanceof Failure ? outcome.code : outcome;
}

/** Runs qemu-img; what it prints. */
export function qemuImg(...args: string[]): string {
  return execFileSync('qemu-img', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The virtual size that qemu-img reads. */
export function qemuSize(path: string, format: string): number {
  const info = JSON.parse(qemuImg('info', '-f', format, '--output=json', path)) as { 'virtual-size': number };
  return info['virtual-size'];
}

/** Compares bytes without listing them all, which takes minutes for megabytes. */
export function expectSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  if (Buffer.compare(actual, expected) === 0) return;
  expect(actual.findIndex((byte, index) => byte !== expected[index])).toBe(-1);
}
