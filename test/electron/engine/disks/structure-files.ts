/** Checks, repairs and resizes images in memory, for the tests of drivers. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { FilePatch } from '#engine/bytes/patch.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import type { DiskDriver } from '#engine/disks/driver.ts';
import { Failure } from '#shared/failure.ts';
import type { RepairScope, StructureReport } from '#shared/domain/structure.ts';
import { noReferences, shapeOf, writeImage, type Piece } from './image-files.ts';

const control = { throwIfCancelled: () => {}, advance: () => {} };

/** What the driver writes for those pieces. */
export function writtenBytes(
  driver: DiskDriver,
  path: string,
  sizeBytes: number,
  variant: string,
  pieces: readonly Piece[],
  options = {},
): Uint8Array {
  writeImage(driver, path, shapeOf(driver, sizeBytes, variant, options), pieces);
  return new Uint8Array(readFileSync(path));
}

export function reportOf(driver: DiskDriver, bytes: Uint8Array): StructureReport {
  return driver.structure!.check(new MemorySource(bytes), noReferences, control);
}

/** Corruptions, leaks and notes, in this order. */
export function countsOf(driver: DiskDriver, bytes: Uint8Array): number[] {
  const { corruptions, leaks, notes } = reportOf(driver, bytes);
  return [corruptions, leaks, notes];
}

export function repairOf(driver: DiskDriver, bytes: Uint8Array, scope: RepairScope): FilePatch | null {
  return driver.structure!.repair!(new MemorySource(bytes), noReferences, control, scope);
}

/** The file after a repair, which must have something to do and leave nothing that it could do. */
export function repaired(driver: DiskDriver, bytes: Uint8Array, scope: RepairScope): Uint8Array {
  const patch = repairOf(driver, bytes, scope);
  expect(patch).not.toBeNull();
  expect(patch!.summary.length).toBeGreaterThan(0);
  const result = patched(bytes, patch!);
  expect(repairOf(driver, result, scope)).toBeNull();
  return result;
}

export function resizeOf(driver: DiskDriver, bytes: Uint8Array, capacityBytes: number): FilePatch | null {
  return driver.resize!(new MemorySource(bytes), capacityBytes);
}

/** The file after a resize in place; a check must find nothing wrong with it. */
export function resized(driver: DiskDriver, bytes: Uint8Array, capacityBytes: number): Uint8Array {
  const patch = resizeOf(driver, bytes, capacityBytes);
  expect(patch).not.toBeNull();
  const result = patched(bytes, patch!);
  expect(countsOf(driver, result).slice(0, 2)).toEqual([0, 0]);
  return result;
}

/** A copy of `bytes` with the patch applied, whose changes must not overlap. */
export function patched(bytes: Uint8Array, { changes, sizeBytes }: FilePatch): Uint8Array {
  const sorted = [...changes].sort((a, b) => a.fileOffset - b.fileOffset);
  for (const [index, change] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before !== undefined) {
      expect(change.fileOffset).toBeGreaterThanOrEqual(before.fileOffset + before.bytes.length);
    }
  }
  const end = changes.reduce((most, one) => Math.max(most, one.fileOffset + one.bytes.length), bytes.length);
  const whole = new Uint8Array(Math.max(end, sizeBytes ?? 0));
  whole.set(bytes);
  for (const { fileOffset, bytes: data } of changes) whole.set(data, fileOffset);
  return whole.slice(0, sizeBytes ?? end);
}

/**
 * Checks, repairs and resizes the file with bits of those spans (in bytes) turned, one after the other: each ends in an
 * answer or a Failure, and what is repaired has nothing left to repair. How many of them a check called wrong or refused.
 */
export function turnBits(
  driver: DiskDriver,
  bytes: Uint8Array,
  spans: readonly (readonly [start: number, end: number])[],
  step: number,
  capacityBytes: number,
): number {
  let wrong = 0;
  for (const [start, end] of spans) {
    for (let bit = start * 8; bit < end * 8; bit += step) {
      bytes[bit >>> 3]! ^= 1 << (bit & 7);
      if (answerOrFailure(() => reportOf(driver, bytes))?.corruptions !== 0) wrong++;
      const patch = answerOrFailure(() => repairOf(driver, bytes, 'all'));
      if (patch !== null) expect(repairOf(driver, patched(bytes, patch), 'all')).toBeNull();
      answerOrFailure(() => resizeOf(driver, bytes, capacityBytes));
      bytes[bit >>> 3]! ^= 1 << (bit & 7);
    }
  }
  return wrong;
}

function answerOrFailure<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Failure && error.code !== 'internal') return null;
    throw error;
  }
}

/** The patterns of a text option that a driver declares. */
export function acceptsUuid(driver: DiskDriver, text: string): boolean {
  const option = driver.creation!.options.find(({ name }) => name === 'uuid');
  expect(option?.type).toBe('text');
  return option?.type === 'text' && new RegExp(`^(?:${option.pattern ?? ''})$`, 'u').test(text);
}
