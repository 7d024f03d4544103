import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { vhd } from '#engine/disks/vhd/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { expectSameBytes, outcomeOf, qemuImg, qemuSize } from '../image-files.ts';
import { sampleContents } from '../sample-contents.ts';
import { countsOf, repaired, repairOf, reportOf, turnBits, writtenBytes } from '../structure-files.ts';
import { buildVhd, sealFooter, sealHeader, utf16, type VhdParts } from './build-vhd.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;
const blockBytes = 8192;
const all = (): boolean => true;
const dynamic: VhdParts = {
  type: 3,
  currentSize: 3 * blockBytes,
  blockBytes,
  blocks: [{ present: all, data: noise(blockBytes, 1) }, null, { present: all, data: noise(blockBytes, 2) }],
};
const fixed: VhdParts = { type: 2, currentSize: 10_240, data: noise(10_240, 4) };
const built = buildVhd(dynamic);

function changed(bytes: Uint8Array, change: (bytes: Uint8Array, view: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy, new DataView(copy.buffer));
  return copy;
}

describe('a check of a VHD', () => {
  it('finds nothing in what we write', () => {
    const size = 5 * mebibyte + 512;
    const written = writtenBytes(vhd, at('d.vhd'), size, 'dynamic', sampleContents(size));
    expect(reportOf(vhd, written)).toEqual({
      format: 'vhd',
      corruptions: 0,
      leaks: 0,
      notes: 0,
      findings: [],
      allocatedUnits: 3,
      totalUnits: 3,
      unitBytes: 2 * mebibyte,
      repairable: false,
    });
    const flat = writtenBytes(vhd, at('f.vhd'), size, 'fixed', sampleContents(size));
    expect(reportOf(vhd, flat)).toMatchObject({ corruptions: 0, leaks: 0, notes: 0, allocatedUnits: null });
    for (const bytes of [written, flat]) expect(repairOf(vhd, bytes, 'all')).toBeNull();
  });

  it.each([
    ['past the end', 0x7fffff00, 1],
    ['on the header', 2, 1],
    ['on the footer', (built.body.length - 512) / 512, 2],
    ['on another block', built.blockOffsets[2]! / 512, 1],
  ] as const)('finds a block %s', (_, sector, corruptions) => {
    const bytes = changed(built.whole(), (_bytes, view) => view.setUint32(built.tableOffset, sector));
    expect(countsOf(vhd, bytes)[0]).toBe(corruptions);
    expect(reportOf(vhd, bytes).repairable).toBe(false);
    expect(repairOf(vhd, bytes, 'all')).toBeNull();
  });

  it('finds a locator that leads out of the file', () => {
    const locators = [{ code: 'W2ru', data: utf16('.\\parent.vhd', 'le') }];
    const child = buildVhd({ ...dynamic, type: 4, locators }).whole();
    expect(countsOf(vhd, child)).toEqual([0, 0, 0]);
    const header = changed(child.slice(512, 1536), (_, view) => view.setBigUint64(576 + 16, 2n ** 40n));
    const bytes = changed(child, (copy) => copy.set(sealHeader(header), 512));
    expect(() => countsOf(vhd, bytes)).not.toThrow();
    expect(reportOf(vhd, bytes).corruptions).toBeGreaterThan(0);
  });

  it('notes the old footer, a saved copy that differs, and bytes behind a fixed disk', () => {
    const whole = built.whole();
    expect(countsOf(vhd, whole.subarray(0, whole.length - 1))).toEqual([0, 0, 1]);
    const suspended = sealFooter(changed(built.footer, (bytes) => (bytes[84] = 1)));
    expect(
      countsOf(
        vhd,
        changed(whole, (bytes) => bytes.set(suspended)),
      ),
    ).toEqual([0, 0, 1]);
    expect(countsOf(vhd, buildVhd({ ...fixed, currentSize: 9728 }).whole())).toEqual([0, 0, 1]);
  });

  it('ends with the failure of a file that is none', () => {
    expect(() => reportOf(vhd, noise(4096, 1))).toThrow(/cookie/);
    expect(() => reportOf(vhd, buildVhd({ ...fixed, currentSize: 20_480 }).whole())).toThrow(/truncated/);
  });

  it('with any bit of the structures turned ends in an answer or a failure', () => {
    const bytes = built.whole();
    const spans = [
      [0, built.tableOffset + 12],
      [built.body.length, bytes.length],
    ] as const;
    expect(turnBits(vhd, bytes, spans, 7, 5 * blockBytes)).toBeGreaterThan(1000);
  });
});

describe('a repair of a VHD', () => {
  const whole = built.whole();

  it.each([
    ['gone', whole.subarray(0, built.body.length)],
    ['overwritten', whole.slice().fill(0, built.body.length)],
    ['with a wrong checksum', changed(whole, (bytes) => (bytes[built.body.length + 200]! ^= 1))],
    ['cut in two', whole.subarray(0, built.body.length + 200)],
  ])('writes the footer from its copy: %s', (_, bytes) => {
    expect(countsOf(vhd, bytes)).toEqual([1, 0, 0]);
    expect(repairOf(vhd, bytes, 'leaks')).toBeNull();
    expectSameBytes(repaired(vhd, bytes, 'all'), whole);
  });

  it('keeps what lies behind the blocks, unless it is as much as a block', () => {
    const little = new Uint8Array(Buffer.concat([built.body, noise(1000, 3)]));
    const mended = repaired(vhd, little, 'all');
    expect(countsOf(vhd, mended)).toEqual([0, 0, 0]);
    expectSameBytes(mended.subarray(0, little.length), little);
    const much = new Uint8Array(Buffer.concat([built.body, noise(20_000, 3)]));
    expect(countsOf(vhd, much)).toEqual([1, 2, 0]);
    expectSameBytes(repaired(vhd, much, 'all'), whole);
  });

  it('writes the copy from the footer', () => {
    const bytes = changed(whole, (copy) => copy.fill(0x55, 0, 300));
    expect(countsOf(vhd, bytes)).toEqual([1, 0, 0]);
    expectSameBytes(repaired(vhd, bytes, 'all'), whole);
  });

  it('believes a footer that fits its file, whatever the checksum', () => {
    const good = buildVhd(fixed).whole();
    const bytes = changed(good, (copy) => (copy[10_240 + 66]! ^= 1));
    expect(() => outcomeOf(vhd, bytes)).not.toThrow();
    expect(countsOf(vhd, bytes)).toEqual([1, 0, 0]);
    expectSameBytes(repaired(vhd, bytes, 'all'), good);
    // One that gives another size is not believed.
    const other = changed(good, (copy) => (copy[10_240 + 54]! ^= 2));
    expect(() => reportOf(vhd, other)).toThrow(/checksum/);
  });

  it('seals a header whose fields and blocks are right', () => {
    const bytes = changed(whole, (copy) => (copy[512 + 38]! ^= 1));
    expect(countsOf(vhd, bytes)).toEqual([1, 0, 0]);
    expectSameBytes(repaired(vhd, bytes, 'all'), whole);
  });

  it('cuts off room that nothing uses', () => {
    const unused = buildVhd({
      ...dynamic,
      blocks: [dynamic.blocks![0]!, dynamic.blocks![2]!, dynamic.blocks![2]!],
    });
    const bytes = changed(unused.whole(), (_, view) => view.setUint32(unused.tableOffset + 8, 0xffffffff));
    expect(countsOf(vhd, bytes)).toEqual([0, 1, 0]);
    const mended = repaired(vhd, bytes, 'leaks');
    expect(mended.length).toBe(bytes.length - 512 - blockBytes);
    expect(outcomeOf(vhd, mended)).toBe(outcomeOf(vhd, bytes));
    const inside = changed(unused.whole(), (_, view) => view.setUint32(unused.tableOffset, 0xffffffff));
    expect(countsOf(vhd, inside)).toEqual([0, 1, 0]);
    expect(repairOf(vhd, inside, 'all')).toBeNull();
  });
});

describeWith('qemu-img', 'a repaired VHD, judged by qemu-img', () => {
  it('opens with the same disk', () => {
    const size = 5 * mebibyte;
    const bytes = writtenBytes(vhd, at('q.vhd'), size, 'dynamic', sampleContents(size));
    const damaged = bytes.slice(0, bytes.length - 300);
    writeFileSync(at('r.vhd'), repaired(vhd, damaged, 'all'));
    expect(qemuSize(at('r.vhd'), 'vpc')).toBe(size);
    expect(qemuImg('compare', '-f', 'vpc', '-F', 'vpc', at('q.vhd'), at('r.vhd'))).toContain('identical');
  });
});
