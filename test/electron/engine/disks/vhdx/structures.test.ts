import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { Disk } from '#engine/disks/chain.ts';
import type { DiskReader, OpenContext } from '#engine/disks/driver.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { vhdx } from '#engine/disks/vhdx/index.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import {
  expectSameBytes,
  extentsOf,
  failureCode,
  noReferences,
  outcomeOf,
  readChain,
} from '../image-files.ts';
import { buildVhdx, reseal, tableOffset, type VhdxParts } from './build-vhdx.ts';

const folder = scratchFolder();
const mebibyte = 1 << 20;
const open = (bytes: Uint8Array, context: OpenContext = noReferences): DiskReader =>
  vhdx.open(new MemorySource(bytes), context);
const codes = (reader: DiskReader): string[] => reader.warnings.map(({ code }) => code);
const states = (reader: DiskReader): string[] => extentsOf(reader).map(({ state }) => state);

const data = noise(mebibyte, 1);
const plain: VhdxParts = {
  capacityBytes: 3 * mebibyte - 512,
  blocks: [{ state: 6, data }, { state: 0 }, { state: 6, data: noise(mebibyte, 2) }],
};

describe('blocks', () => {
  it('in every state that a disk without a parent has', () => {
    const blocks = [
      { state: 1 },
      { state: 0 },
      { state: 2 },
      { state: 3 },
      { state: 5 },
      { state: 6, data },
      { state: 6, data },
    ];
    const reader = open(buildVhdx({ capacityBytes: 7 * mebibyte, blocks }));
    expect(states(reader)).toEqual(['zero', 'absent', 'zero', 'stored']);
    expectSameBytes(readChain([reader], 6 * mebibyte, mebibyte), data);
    expectSameBytes(readChain([reader], 0, 5 * mebibyte), new Uint8Array(5 * mebibyte));
  });

  it.each([
    [mebibyte, 512],
    [mebibyte, 4096],
    [8 * mebibyte, 4096],
  ])('of %i bytes, sectors of %i', (blockBytes, sectorBytes) => {
    const bytes = noise(blockBytes, 3);
    const blocks = [{ state: 0 }, { state: 6, data: bytes }];
    const reader = open(buildVhdx({ capacityBytes: 2 * blockBytes, blockBytes, sectorBytes, blocks }));
    expect(reader.sectorBytes).toBe(sectorBytes);
    expectSameBytes(readChain([reader], blockBytes, blockBytes), bytes);
  });

  it('lie behind the entries of sector bitmaps', () => {
    // With blocks of 64 MiB and sectors of 512 bytes every 64th entry and one is a sector bitmap's.
    const [blockBytes, ratio] = [64 * mebibyte, 64];
    const bytes = buildVhdx({
      capacityBytes: 66 * blockBytes,
      blockBytes,
      blocks: Array(66).fill({ state: 0 }),
    });
    const view = new DataView(bytes.buffer);
    view.setBigUint64(tableOffset + ratio * 8, 2n, true);
    view.setBigUint64(tableOffset + (ratio + 2) * 8, 2n, true);
    const reader = open(bytes);
    expect(extentsOf(reader).map(({ state, start }) => [state, start / blockBytes])).toEqual([
      ['absent', 0],
      ['zero', 65],
    ]);
  });

  it('marked as left allocated make a fixed disk', () => {
    expect(open(buildVhdx({ ...plain, flags: 1 })).variant).toBe('fixed');
    expect(open(buildVhdx(plain)).variant).toBe('dynamic');
  });
});

describe('headers', () => {
  const damaged = (offset: number): Uint8Array => {
    const bytes = buildVhdx(plain);
    bytes[offset + 100]! ^= 1;
    return bytes;
  };

  it('of which one is damaged: the other counts', () => {
    for (const offset of [65536, 131072]) {
      const reader = open(damaged(offset));
      expect(codes(reader)).toEqual(['vhdx.header-damaged']);
      expectSameBytes(readChain([reader], 0, mebibyte), data);
    }
  });

  it('the newer one counts, wherever it is', () => {
    const bytes = buildVhdx(plain);
    for (const [offset, number, digit] of [
      [65536, 9n, 0xaa],
      [131072, 8n, 0xbb],
    ] as const) {
      new DataView(bytes.buffer).setBigUint64(offset + 8, number, true);
      bytes.fill(digit, offset + 32, offset + 48);
      reseal(bytes, offset, 4096);
    }
    const value = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa';
    expect(open(bytes).facts).toContainEqual({ label: 'Data write GUID', value });
  });

  it('either region table will do', () => {
    for (const offset of [192 * 1024, 256 * 1024]) {
      expectSameBytes(readChain([open(damaged(offset))], 0, mebibyte), data);
    }
    const both = damaged(192 * 1024);
    both[256 * 1024 + 5]! ^= 1;
    expect(failureCode(outcomeOf(vhdx, both))).toBe('image.malformed');
  });
});

describe('a differencing disk', () => {
  const linkage = '12345678-9abc-def0-1234-56789abcdef0';
  const parentBytes = buildVhdx({
    capacityBytes: 2 * mebibyte,
    blocks: [
      { state: 6, data },
      { state: 6, data: noise(mebibyte, 7) },
    ],
    dataWriteGuid: linkage,
  });
  const child: VhdxParts = {
    capacityBytes: 4 * mebibyte,
    blocks: [
      { state: 7, data: noise(mebibyte, 5), present: (sector) => sector % 3 === 0 || sector > 2000 },
      { state: 0 },
      { state: 2 },
      { state: 6, data: noise(mebibyte, 6) },
    ],
    parent: {
      parent_linkage: `{${linkage.toUpperCase()}}`,
      relative_path: '.\\parent.vhdx',
      absolute_win32_path: 'C:\\disks\\parent.vhdx',
    },
  };
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'parent.vhdx'), parentBytes);
  const gate = folderGate(join(folder, 'child.avhdx'));

  it.each([512, 4096])('has its own sectors of %i bytes and those of its parent', (sectorBytes) => {
    const present = (sector: number): boolean => sector % 3 === 0 || sector > 200;
    const blocks = [{ state: 7, data: noise(mebibyte, 5), present }, ...child.blocks.slice(1)];
    const reader = open(buildVhdx({ ...child, sectorBytes, blocks }), gate);
    expect([reader.variant, reader.parent]).toEqual([
      'differencing',
      { name: './parent.vhdx', format: 'vhdx' },
    ]);
    expect(reader.warnings).toEqual([]);
    const parent = vhdx.open(gate.openReference(reader.parent!), gate);
    const own = noise(mebibyte, 5);
    const expected = own.map((byte, index) =>
      present(Math.floor(index / sectorBytes)) ? byte : data[index]!,
    );
    expectSameBytes(readChain([reader, parent], 0, mebibyte), expected);
    expectSameBytes(readChain([reader, parent], 700, 5000), expected.subarray(700, 5700));
    expectSameBytes(readChain([reader, parent], mebibyte, mebibyte), noise(mebibyte, 7));
    expectSameBytes(readChain([reader, parent], 2 * mebibyte, mebibyte), new Uint8Array(mebibyte));
    expectSameBytes(readChain([reader, parent], 3 * mebibyte, mebibyte), noise(mebibyte, 6));
    parent.close();
  });

  it('refuses to be read over a parent that was written since', () => {
    const openOver = (parent: VhdxParts['parent']): Disk => {
      writeFileSync(join(folder, 'child.avhdx'), buildVhdx({ ...child, ...(parent && { parent }) }));
      return Disk.open(new FileSource(join(folder, 'child.avhdx')), gate);
    };
    const other = { ...child.parent, parent_linkage: '{00000000-0000-0000-0000-000000000001}' };
    expect(() => openOver(other)).toThrow(/image\.parent-mismatch.*12345678-9abc/);
    for (const parent of [child.parent, { ...other, parent_linkage2: `{${linkage}}` }]) {
      const disk = openOver(parent);
      expect(disk.layers.map(({ reader }) => reader.identity)).toEqual([expect.any(String), linkage]);
      disk.close();
    }
  });

  it('can be looked at without its parent', () => {
    const elsewhere = folderGate(join(folder, 'empty', 'child.avhdx'));
    const { warnings, parent } = open(buildVhdx(child), elsewhere);
    expect(warnings).toEqual([]);
    expect(() => elsewhere.openReference(parent!)).toThrow(/image\.parent-missing/);
  });

  it('opens no parent outside its folder', () => {
    for (const path of ['..\\..\\etc\\passwd', '\\\\?\\Volume{1}\\a.vhdx', 'C:\\a.vhdx']) {
      const parent = { ...child.parent, relative_path: path };
      expect(() => gate.openReference(open(buildVhdx({ ...child, parent }), gate).parent!)).toThrow(/denied/);
    }
  });

  it.each([
    ['no linkage', { parent: { relative_path: 'a' } }, 'image.malformed'],
    ['no name', { parent: { parent_linkage: 'a' } }, 'image.malformed'],
    ['no locator', { flags: 2, parent: undefined }, 'image.malformed'],
    ['a foreign locator', { locatorType: linkage }, 'image.unsupported'],
  ])('is refused with %s', (_, change, code) => {
    const { parent: _parent, ...rest } = { ...child, ...change };
    const parts = _parent === undefined ? rest : { ...rest, parent: _parent };
    expect(failureCode(outcomeOf(vhdx, buildVhdx(parts)))).toBe(code);
  });

  it('is refused with partial blocks that no bitmap describes', () => {
    const bytes = buildVhdx(child);
    // 8192 blocks of 1 MiB to a bitmap.
    bytes.fill(0, tableOffset + 4096 * 8, tableOffset + 4096 * 8 + 8);
    const partialOnly = buildVhdx({
      ...plain,
      blocks: [{ state: 7, present: () => true }, { state: 0 }, { state: 0 }],
    });
    expect(failureCode(outcomeOf(vhdx, bytes))).toBe('image.malformed');
    expect(failureCode(outcomeOf(vhdx, partialOnly))).toBe('image.malformed');
  });
});

describe('probing', () => {
  it('goes by the signature alone', () => {
    expect(vhdx.probe(new MemorySource(buildVhdx(plain)))).toBe('certain');
    expect(vhdx.probe(new MemorySource(new Uint8Array(7)))).toBe('no');
    expect(vhdx.probe(new MemorySource(noise(4096, 5)))).toBe('no');
  });
});
