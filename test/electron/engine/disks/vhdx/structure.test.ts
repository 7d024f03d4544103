import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import type { DiskReader } from '#engine/disks/driver.ts';
import { vhdx } from '#engine/disks/vhdx/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { expectSameBytes, hashOf, noReferences, outcomeOf, qemuImg } from '../image-files.ts';
import { sampleContents } from '../sample-contents.ts';
import {
  countsOf,
  patched,
  repaired,
  repairOf,
  reportOf,
  turnBits,
  writtenBytes,
} from '../structure-files.ts';
import {
  buildVhdx,
  builtLogOffset,
  metadataOffset,
  tableOffset,
  type Entry,
  type VhdxParts,
} from './build-vhdx.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;
const data = noise(mebibyte, 1);
const plain: VhdxParts = {
  capacityBytes: 3 * mebibyte - 512,
  blocks: [{ state: 6, data }, { state: 0 }, { state: 6, data: noise(mebibyte, 2) }],
};
const open = (bytes: Uint8Array): DiskReader => vhdx.open(new MemorySource(bytes), noReferences);
const withEntry = (index: number, value: bigint, parts = plain): Uint8Array => {
  const bytes = buildVhdx(parts);
  new DataView(bytes.buffer).setBigUint64(tableOffset + index * 8, value, true);
  return bytes;
};
const damaged = (bytes: Uint8Array, ...offsets: number[]): Uint8Array => {
  const copy = bytes.slice();
  for (const offset of offsets) copy[offset + 100]! ^= 1;
  return copy;
};

describe('a check of a VHDX', () => {
  it.each(['dynamic', 'fixed'])('finds nothing in what we write: %s', (variant) => {
    const size = 5 * mebibyte;
    const bytes = writtenBytes(vhdx, at('w.vhdx'), size, variant, sampleContents(size));
    expect(reportOf(vhdx, bytes)).toEqual({
      format: 'vhdx',
      corruptions: 0,
      leaks: 0,
      notes: 0,
      findings: [],
      allocatedUnits: 3,
      totalUnits: 3,
      unitBytes: 2 * mebibyte,
      repairable: false,
    });
    expect(repairOf(vhdx, bytes, 'all')).toBeNull();
  });

  it.each([
    ['in a state that does not exist', 4n],
    ['partially present without a parent', BigInt(5 * mebibyte) | 7n],
    ['past the end', (1n << 50n) | 6n],
    ['in the log', BigInt(builtLogOffset) | 6n],
    ['used twice', BigInt(6 * mebibyte) | 6n],
  ])('finds a block %s', (_, value) => {
    const report = reportOf(vhdx, withEntry(0, value));
    expect([report.corruptions, report.repairable]).toEqual([1, false]);
    expect(report.findings[0]!.fileOffset).toBeGreaterThanOrEqual(tableOffset);
    expect(repairOf(vhdx, withEntry(0, value), 'all')).toBeNull();
  });

  it('notes a log that was opened only', () => {
    const logGuid = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';
    expect(countsOf(vhdx, buildVhdx({ ...plain, logGuid }))).toEqual([0, 0, 1]);
  });

  it('finds room that nothing uses, but not what is kept for a block', () => {
    const place = BigInt(5 * mebibyte);
    expect(countsOf(vhdx, withEntry(0, 0n))).toEqual([0, 1, 0]);
    expect(repairOf(vhdx, withEntry(0, 0n), 'all')).toBeNull();
    for (const state of [0n, 1n, 2n, 3n]) {
      expect(countsOf(vhdx, withEntry(0, place | state))).toEqual([0, 0, 0]);
    }
    const end = withEntry(2, 0n);
    expect(countsOf(vhdx, end)).toEqual([0, 1, 0]);
    const mended = repaired(vhdx, end, 'leaks');
    expect(mended.length).toBe(end.length - mebibyte);
    expect(outcomeOf(vhdx, mended)).toBe(outcomeOf(vhdx, end));
  });

  it('ends with the failure of a file that is past mending', () => {
    expect(() => reportOf(vhdx, damaged(buildVhdx(plain), 65536, 131072))).toThrow(
      /neither of the two headers/,
    );
    expect(() => reportOf(vhdx, damaged(buildVhdx(plain), 192 * 1024, 256 * 1024))).toThrow(/region tables/);
  });

  it('with bits of the structures turned ends in an answer or a failure', () => {
    const spans = [
      [65536, 65536 + 96],
      [192 * 1024, 192 * 1024 + 96],
      [tableOffset, tableOffset + 32],
      [metadataOffset, metadataOffset + 192],
      [metadataOffset + 65536, metadataOffset + 65584],
    ] as const;
    expect(turnBits(vhdx, buildVhdx(plain), spans, 17, 5 * mebibyte)).toBeGreaterThan(50);
  });
});

describe('a repair of a VHDX', () => {
  it.each([
    ['first header', 65536],
    ['second header', 131072],
    ['first region table', 192 * 1024],
    ['second region table', 256 * 1024],
  ])('writes the %s from the other one', (_, offset) => {
    const bytes = damaged(buildVhdx(plain), offset);
    expect(countsOf(vhdx, bytes)).toEqual([1, 0, 0]);
    expect(repairOf(vhdx, bytes, 'leaks')).toBeNull();
    const mended = repaired(vhdx, bytes, 'all');
    expect(countsOf(vhdx, mended)).toEqual([0, 0, 0]);
    expect(outcomeOf(vhdx, mended)).toBe(outcomeOf(vhdx, bytes));
    // Children go on to know it.
    expect(open(mended).identity).toBe(open(bytes).identity);
  });

  it('leaves a valid header at every step', () => {
    const bytes = damaged(buildVhdx(plain), 192 * 1024);
    const patch = repairOf(vhdx, bytes, 'all')!;
    for (let step = 0; step <= patch.changes.length; step++) {
      const half = patched(bytes, { ...patch, changes: patch.changes.slice(0, step) });
      expect(outcomeOf(vhdx, half)).toBe(outcomeOf(vhdx, bytes));
    }
  });
});

const logGuid = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';

/** The log says that block 1 is there, writes into block 0 and makes zeros of a part of it. */
function dirty(change: Partial<Entry> = {}, parts: Partial<VhdxParts> = {}): Uint8Array {
  const clean: VhdxParts = {
    capacityBytes: 2 * mebibyte,
    blocks: [
      { state: 6, data },
      { state: 6, data: noise(mebibyte, 8) },
    ],
  };
  const table = buildVhdx(clean).slice(tableOffset, tableOffset + 4096);
  const first = builtLogOffset + mebibyte;
  const descriptors = [
    { fileOffset: tableOffset, content: table },
    { fileOffset: first + 4096, content: 8192 },
    { fileOffset: first + 8192, content: noise(4096, 78) },
  ];
  const entries = [{ sequenceNumber: 3, position: 0, tail: 0, descriptors, ...change }];
  const bytes = buildVhdx({ ...clean, logGuid, entries, ...parts });
  bytes.fill(0, tableOffset + 8, tableOffset + 16);
  return bytes;
}

describe('a repair of a VHDX whose log is in use', () => {
  it('carries the log out into the file, and empties it', () => {
    const bytes = dirty();
    expect(countsOf(vhdx, bytes)).toEqual([1, 0, 0]);
    expect(repairOf(vhdx, bytes, 'leaks')).toBeNull();
    const mended = repaired(vhdx, bytes, 'all');
    expect(countsOf(vhdx, mended)).toEqual([0, 0, 0]);
    expect(open(mended).warnings).toEqual([]);
    expect(hashOf([open(mended)])).toBe(hashOf([open(bytes)]));
    expect(open(mended).identity).toBe(open(bytes).identity);
  });

  it('can be stopped at any step: the log is emptied last', () => {
    const bytes = dirty();
    const whole = hashOf([open(bytes)]);
    const patch = repairOf(vhdx, bytes, 'all')!;
    for (let step = 0; step < patch.changes.length; step++) {
      const half = patched(bytes, { ...patch, changes: patch.changes.slice(0, step) });
      expect(hashOf([open(half)])).toBe(whole);
    }
  });

  it('makes the file as long as the log says', () => {
    const length = dirty().length;
    const bytes = dirty({ lastFileOffset: length + 2 * mebibyte });
    const mended = patched(bytes, repairOf(vhdx, bytes, 'all')!);
    expect(mended.length).toBeGreaterThanOrEqual(length);
    expect(hashOf([open(mended)])).toBe(hashOf([open(bytes)]));
    expect(countsOf(vhdx, mended)).toEqual([0, 0, 0]);
  });

  it('refuses a log that writes over the headers', () => {
    const descriptors = [{ fileOffset: 65536, content: noise(4096, 1) }];
    expect(() => repairOf(vhdx, dirty({ descriptors }), 'all')).toThrow(/where the headers are/);
  });

  it('writes zeros without taking room for them', () => {
    const descriptors = [{ fileOffset: builtLogOffset + mebibyte, content: 2 * mebibyte }];
    const bytes = dirty({ descriptors });
    new DataView(bytes.buffer).setBigUint64(
      tableOffset + 8,
      BigInt(builtLogOffset + 2 * mebibyte) | 6n,
      true,
    );
    const mended = repaired(vhdx, bytes, 'all');
    expectSameBytes(mended.subarray(-2 * mebibyte), new Uint8Array(2 * mebibyte));
  });
});

describeWith('qemu-img', 'a repaired VHDX, judged by qemu-img', () => {
  it('is clean and holds what qemu-img makes of the log itself', () => {
    const bytes = dirty();
    writeFileSync(at('ours.vhdx'), repaired(vhdx, bytes, 'all'));
    writeFileSync(at('theirs.vhdx'), bytes);
    qemuImg('check', '-r', 'all', '-f', 'vhdx', at('theirs.vhdx'));
    expect(qemuImg('check', '-f', 'vhdx', at('ours.vhdx'))).toContain('No errors were found');
    expect(qemuImg('compare', '-f', 'vhdx', '-F', 'vhdx', at('ours.vhdx'), at('theirs.vhdx'))).toContain(
      'identical',
    );
  });
});
