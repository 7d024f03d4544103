import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { vhdx } from '#engine/disks/vhdx/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { expectSameBytes, noReferences, qemuImg, qemuSize, readChain, shapeOf } from '../image-files.ts';
import { sampleContents } from '../sample-contents.ts';
import { acceptsUuid, reportOf, resized, resizeOf, writtenBytes } from '../structure-files.ts';
import { buildVhdx, tableOffset, type VhdxParts } from './build-vhdx.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;
const data = noise(mebibyte, 1);
const parts: VhdxParts = {
  capacityBytes: 3 * mebibyte - 4096,
  blocks: [{ state: 6, data }, { state: 0 }, { state: 6, data: noise(mebibyte, 2) }],
};
const bytes = buildVhdx(parts);
const read = (file: Uint8Array, start: number, length: number): Uint8Array =>
  readChain([vhdx.open(new MemorySource(file), noReferences)], start, length);

describe('another size for a VHDX', () => {
  it('grows where the table has room, shows no old bytes, and is another disk for its children', () => {
    const size = 100 * 2 ** 30;
    const dusty = bytes.slice();
    // Behind the last entry a table may hold anything.
    dusty.fill(0x77, tableOffset + 24, tableOffset + 4096);
    const larger = resized(vhdx, dusty, size);
    expect(larger.length).toBe(bytes.length);
    expect(reportOf(vhdx, larger)).toMatchObject({ totalUnits: size / mebibyte, allocatedUnits: 2 });
    expectSameBytes(read(larger, 0, parts.capacityBytes), read(bytes, 0, parts.capacityBytes));
    expectSameBytes(read(larger, parts.capacityBytes, mebibyte), new Uint8Array(mebibyte));
    const identities = [bytes, larger].map(
      (file) => vhdx.open(new MemorySource(file), noReferences).identity,
    );
    expect(new Set(identities).size).toBe(2);
    expect(resizeOf(vhdx, bytes, 300 * 2 ** 30)).toBeNull();
  });

  it('gives a fixed disk all its blocks', () => {
    const larger = resized(vhdx, buildVhdx({ ...parts, flags: 1 }), 7 * mebibyte);
    expect(reportOf(vhdx, larger)).toMatchObject({ allocatedUnits: 6, totalUnits: 7 });
    expectSameBytes(read(larger, 3 * mebibyte, 4 * mebibyte), new Uint8Array(4 * mebibyte));
  });

  it('lengthens a last block that was stored only as far as the disk went', () => {
    const larger = resized(vhdx, bytes.slice(0, bytes.length - 4096), 3 * mebibyte);
    expect(larger.length).toBe(bytes.length);
    expectSameBytes(read(larger, 3 * mebibyte - 4096, 4096), new Uint8Array(4096));
  });

  it('shrinks where only zeros are behind, and drops the last blocks of the file', () => {
    const zeros = new Uint8Array(mebibyte);
    const old = buildVhdx({
      ...parts,
      blocks: [{ state: 6, data }, { state: 2 }, { state: 6, data: zeros }],
    });
    const smaller = resized(vhdx, old, mebibyte);
    expect(smaller.length).toBe(old.length - mebibyte);
    expectSameBytes(read(smaller, 0, mebibyte), data);
    const first = buildVhdx({ ...parts, blocks: [{ state: 2 }, { state: 6, data: zeros }, { state: 0 }] });
    expect(resized(vhdx, first, mebibyte).length).toBe(first.length - mebibyte);
    expect(() => resizeOf(vhdx, bytes, mebibyte)).toThrow(/input\.invalid/);
  });

  it('needs whole sectors of its own size, and no more than there can be', () => {
    const large = buildVhdx({ ...parts, sectorBytes: 4096 });
    expect(() => resizeOf(vhdx, large, 5 * mebibyte + 512)).toThrow(/sectors of 4096/);
    expect(resizeOf(vhdx, bytes, 5 * mebibyte + 512)).not.toBeNull();
    expect(() => resizeOf(vhdx, bytes, 65 * 2 ** 40)).toThrow(/image\.unsupported/);
  });

  it('takes a copy on a parent, or when something is wrong', () => {
    const parent = { parent_linkage: '{12345678-9abc-def0-1234-56789abcdef0}', relative_path: 'a.vhdx' };
    const damaged = bytes.slice();
    damaged[65536 + 100]! ^= 1;
    for (const file of [buildVhdx({ ...parts, parent }), damaged]) {
      expect(resizeOf(vhdx, file, 5 * mebibyte)).toBeNull();
    }
  });
});

const variants = ['dynamic', 'fixed'].flatMap((variant) =>
  ['512', '4096'].map((sector) => ({ variant, sector })),
);

describeWith(
  ['qemu-img', 'vhdiinfo'],
  'VHDX of another size and sector, judged by qemu-img and vhdiinfo',
  () => {
    it.each(variants)('$variant, sectors of $sector bytes', ({ variant, sector }) => {
      const old = 5 * mebibyte + 4096;
      const options = { logical_sector_size: sector, block_size: mebibyte };
      const file = writtenBytes(vhdx, at('r.vhdx'), old, variant, sampleContents(old), options);
      const reader = vhdx.open(new MemorySource(file), noReferences);
      expect([reader.sectorBytes, reader.capacityBytes]).toEqual([Number(sector), old]);
      writeFileSync(at('r.raw'), readChain([reader], 0, old));
      for (const [name, size] of [
        ['r.vhdx', old],
        ['s.vhdx', 20 * mebibyte],
      ] as const) {
        writeFileSync(at(name), size === old ? file : resized(vhdx, file, size));
        const text = execFileSync('vhdiinfo', [at(name)], { encoding: 'utf8' });
        expect(text).toMatch(new RegExp(`Media size\\s*: .*\\b${size}\\b`));
        // qemu opens no VHDX with sectors of 4096 bytes.
        if (sector === '4096') continue;
        expect(qemuImg('check', '-f', 'vhdx', at(name))).toContain('No errors were found');
        expect(qemuSize(at(name), 'vhdx')).toBe(size);
        expect(qemuImg('compare', '-f', 'raw', '-F', 'vhdx', at('r.raw'), at(name))).toContain('identical');
      }
    });
  },
);

describe('options of a VHDX to be written', () => {
  it('round the size to sectors of their size', () => {
    const sizeFor = (sector: string): number =>
      shapeOf(vhdx, 1_000_003, 'dynamic', { logical_sector_size: sector }).capacityBytes;
    expect([sizeFor('512'), sizeFor('4096')]).toEqual([1_000_448, 1_003_520]);
  });

  it('give the page 83 data', () => {
    const uuid = '01234567-89ab-cdef-0123-456789abcdef';
    const file = writtenBytes(vhdx, at('u.vhdx'), mebibyte, 'dynamic', [], { uuid });
    const { facts } = vhdx.open(new MemorySource(file), noReferences);
    expect(facts).toContainEqual({ label: 'Virtual disk ID', value: uuid });
    expect(acceptsUuid(vhdx, uuid)).toBe(true);
  });
});
