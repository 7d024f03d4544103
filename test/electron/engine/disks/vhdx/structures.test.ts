import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import type { DiskReader, OpenContext } from '#engine/disks/driver.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { vhdx } from '#engine/disks/vhdx/index.ts';
import { LogOverlay, type LoggedWrite } from '#engine/disks/vhdx/log-overlay.ts';
import { Failure } from '#shared/failure.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import {
  expectSameBytes,
  extentsOf,
  failureCode,
  hashFile,
  hashOf,
  noReferences,
  outcomeOf,
  qemuImg,
  readChain,
} from '../vdi/image-files.ts';
import {
  buildVhdx,
  builtLogOffset,
  guid,
  metadataOffset,
  reseal,
  tableOffset,
  type Entry,
  type VhdxParts,
} from './build-vhdx.ts';

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
      { state: 6, data },
      { state: 6, data },
    ];
    const reader = open(buildVhdx({ capacityBytes: 6 * mebibyte, blocks }));
    expect(states(reader)).toEqual(['zero', 'absent', 'zero', 'stored']);
    expectSameBytes(readChain([reader], 5 * mebibyte, mebibyte), data);
    expectSameBytes(readChain([reader], 0, 4 * mebibyte), new Uint8Array(4 * mebibyte));
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
    const parent = { ...child.parent, parent_linkage: '{00000000-0000-0000-0000-000000000001}' };
    const reader = open(buildVhdx({ ...child, parent }), gate);
    expect(codes(reader)).toEqual(['vhdx.wrong-parent']);
    expect(() => reader.extents({ start: 0, length: 512 })).toThrow(/parent_linkage/);
    const second = { ...parent, parent_linkage2: `{${linkage}}` };
    expect(open(buildVhdx({ ...child, parent: second }), gate).warnings).toEqual([]);
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

const logGuid = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';
/** The second block of the disk is in the file, and only the log says so. */
const dirty = (change: Partial<VhdxParts> = {}): Uint8Array => {
  const clean = buildVhdx({
    capacityBytes: 2 * mebibyte,
    blocks: [
      { state: 6, data },
      { state: 6, data: noise(mebibyte, 8) },
    ],
  });
  const table = clean.slice(tableOffset, tableOffset + 4096);
  const entries: Entry[] = [
    {
      sequenceNumber: 3,
      position: 0,
      tail: 0,
      descriptors: [{ fileOffset: tableOffset, content: noise(4096, 77) }],
    },
    {
      sequenceNumber: 4,
      position: 8192,
      tail: 0,
      descriptors: [
        { fileOffset: tableOffset, content: table },
        { fileOffset: builtLogOffset + mebibyte + 4096, content: 8192 },
        { fileOffset: builtLogOffset + mebibyte + 8192, content: noise(4096, 78) },
      ],
    },
  ];
  const bytes = buildVhdx({
    capacityBytes: 2 * mebibyte,
    blocks: [
      { state: 6, data },
      { state: 6, data: noise(mebibyte, 8) },
    ],
    logGuid,
    entries,
    ...change,
  });
  bytes.fill(0, tableOffset + 8, tableOffset + 16);
  return bytes;
};
const replayed = Buffer.concat([data, noise(mebibyte, 8)]);
replayed.fill(0, 4096, 4096 + 8192);
replayed.set(noise(4096, 78), 8192);

describe('a log in use', () => {
  it('is replayed before anything is read, and the file is left as it is', () => {
    const bytes = dirty();
    const before = bytes.slice();
    const reader = open(bytes);
    expect(codes(reader)).toEqual(['vhdx.log-replayed']);
    expectSameBytes(readChain([reader], 0, 2 * mebibyte), new Uint8Array(replayed));
    // Reads that cut the sectors of the log.
    expectSameBytes(readChain([reader], 4000, 5000), new Uint8Array(replayed.subarray(4000, 9000)));
    expectSameBytes(bytes, before);
  });

  it('goes round the end of the log', () => {
    const content = buildVhdx({ capacityBytes: 2 * mebibyte, blocks: [{ state: 6, data }, { state: 6 }] });
    const table = content.slice(tableOffset, tableOffset + 4096);
    const start = mebibyte - 4096;
    const entries = [
      {
        sequenceNumber: 7,
        position: start,
        tail: start,
        descriptors: [{ fileOffset: tableOffset, content: noise(4096, 1) }],
      },
      {
        sequenceNumber: 8,
        position: 4096,
        tail: start,
        descriptors: [{ fileOffset: tableOffset, content: table }],
      },
    ];
    const reader = open(dirty({ entries }));
    expect(codes(reader)).toEqual(['vhdx.log-replayed']);
    expectSameBytes(readChain([reader], mebibyte, mebibyte), noise(mebibyte, 8));
  });

  it('only the newest sequence counts, from its tail on', () => {
    const content = buildVhdx({ capacityBytes: 2 * mebibyte, blocks: [{ state: 6, data }, { state: 6 }] });
    const table = content.slice(tableOffset, tableOffset + 4096);
    const wrong = [{ fileOffset: tableOffset, content: noise(4096, 1) }];
    const zeros = [{ fileOffset: builtLogOffset + mebibyte, content: 4096 }];
    const entries = [
      // An older sequence, one that was carried out already, the one that counts, and another log's.
      { sequenceNumber: 90, position: 65536, tail: 65536, descriptors: wrong },
      { sequenceNumber: 99, position: 0, tail: 0, descriptors: zeros },
      {
        sequenceNumber: 100,
        position: 4096,
        tail: 4096,
        descriptors: [{ fileOffset: tableOffset, content: table }],
      },
      {
        sequenceNumber: 500,
        position: 131072,
        tail: 131072,
        descriptors: wrong,
        guid: '00000000-0000-0000-0000-000000000009',
      },
    ];
    const reader = open(dirty({ entries }));
    // The zeros of entry 99 lie before the tail.
    expectSameBytes(readChain([reader], 0, 4096), data.subarray(0, 4096));
    expectSameBytes(readChain([reader], mebibyte, mebibyte), noise(mebibyte, 8));
  });

  it('that makes the file longer reads as zeros there', () => {
    const bytes = buildVhdx({ capacityBytes: 2 * mebibyte, blocks: [{ state: 6, data }, { state: 0 }] });
    const table = bytes.slice(tableOffset, tableOffset + 4096);
    new DataView(table.buffer).setBigUint64(8, BigInt(bytes.length) | 6n, true);
    const entry = {
      sequenceNumber: 1,
      position: 0,
      tail: 0,
      descriptors: [{ fileOffset: tableOffset, content: table }],
      lastFileOffset: bytes.length + mebibyte,
    };
    const parts = {
      capacityBytes: 2 * mebibyte,
      blocks: [{ state: 6, data }, { state: 0 }],
      logGuid,
      entries: [entry],
    };
    const reader = open(buildVhdx(parts));
    expect(states(reader)).toEqual(['stored']);
    expectSameBytes(readChain([reader], mebibyte, mebibyte), new Uint8Array(mebibyte));
    const short = { ...parts, entries: [{ ...entry, lastFileOffset: bytes.length }] };
    expect(failureCode(outcomeOf(vhdx, buildVhdx(short)))).toBe('image.truncated');
  });

  it('with nothing in it yet changes nothing', () => {
    expect(codes(open(buildVhdx({ ...plain, logGuid })))).toEqual([]);
  });

  it.each([
    [
      'all entries damaged',
      dirty(),
      (bytes: Uint8Array) =>
        bytes
          .fill(0xff, builtLogOffset + 2000, builtLogOffset + 2001)
          .fill(0xff, builtLogOffset + 8192 + 3000, builtLogOffset + 8192 + 3001),
      'image.malformed',
    ],
    [
      'a tail that is nowhere',
      dirty({ entries: [{ sequenceNumber: 1, position: 0, tail: 40960, descriptors: [] }] }),
      null,
      'image.malformed',
    ],
    [
      'a file shorter than the log relies on',
      dirty({
        entries: [{ sequenceNumber: 1, position: 0, tail: 0, descriptors: [], flushedFileOffset: 2 ** 40 }],
      }),
      null,
      'image.truncated',
    ],
    [
      'a write that is not aligned',
      dirty({
        entries: [
          {
            sequenceNumber: 1,
            position: 0,
            tail: 0,
            descriptors: [{ fileOffset: 100, content: noise(4096, 1) }],
          },
        ],
      }),
      null,
      'image.malformed',
    ],
    [
      'zeros of an odd length',
      dirty({
        entries: [
          { sequenceNumber: 1, position: 0, tail: 0, descriptors: [{ fileOffset: 0, content: 100 }] },
        ],
      }),
      null,
      'image.malformed',
    ],
    [
      'zeros over all of the file',
      dirty({
        entries: [
          { sequenceNumber: 1, position: 0, tail: 0, descriptors: [{ fileOffset: 0, content: 2 ** 50 }] },
        ],
      }),
      null,
      'image.malformed',
    ],
  ] as const)('%s', (_, bytes, damage, code) => {
    damage?.(bytes);
    expect(failureCode(outcomeOf(vhdx, bytes))).toBe(code);
  });

  it('whose descriptors are many, and overlap, is replayed in time', () => {
    const count = 20_000;
    const descriptors = Array.from({ length: count }, (_, index) => ({
      fileOffset: builtLogOffset + mebibyte + 4096 * (index % 200),
      content: 4096 * (1 + (index % 50)),
    }));
    const table = buildVhdx({ capacityBytes: 2 * mebibyte, blocks: [{ state: 6, data }, { state: 6 }] });
    descriptors.push({
      fileOffset: tableOffset,
      content: table.slice(tableOffset, tableOffset + 4096) as never,
    });
    const reader = open(dirty({ entries: [{ sequenceNumber: 1, position: 0, tail: 0, descriptors }] }));
    const expected = data.slice().fill(0, 0, 4096 * 249);
    expectSameBytes(readChain([reader], 0, mebibyte), expected);
  });

  it('laid over a file gives each byte of the last write', () => {
    const file = noise(40_960, 1);
    const model = file.slice();
    const writes: LoggedWrite[] = Array.from({ length: 300 }, (_, index) => {
      const start = 4096 * ((index * 7) % 10);
      if (index % 3 !== 0) return { start, length: 4096, data: noise(4096, index + 2) };
      return { start, length: Math.min(4096 * (1 + (index % 4)), file.length - start), data: null };
    });
    for (const count of [1, 2, 3, 5, 30, 299, 300]) {
      model.set(file);
      for (const { start, length, data: content } of writes.slice(0, count)) {
        model.set(content ?? new Uint8Array(length), start);
      }
      const overlay = new LogOverlay(new MemorySource(file), writes.slice(0, count), 0);
      for (const [start, length] of [
        [0, 40_960],
        [100, 9000],
        [4096, 4096],
        [40_959, 1],
      ] as const) {
        const into = new Uint8Array(length);
        overlay.read(start, into);
        expectSameBytes(into, model.subarray(start, start + length));
      }
    }
  });
});

describeWith('qemu-img', 'a log in use, judged by qemu-img', () => {
  it('gives what qemu-img writes when it replays it', () => {
    const [image, copy, raw] = ['d.vhdx', 'copy.vhdx', 'd.raw'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(image, dirty());
    copyFileSync(image, copy);
    qemuImg('check', '-r', 'all', '-f', 'vhdx', copy);
    qemuImg('convert', '-f', 'vhdx', '-O', 'raw', copy, raw);
    expect(hashOf([open(dirty())])).toBe(hashFile(raw));
  });
});

describe('hostile VHDX files', () => {
  const patch = (change: (bytes: Uint8Array, view: DataView) => void): Uint8Array => {
    const bytes = buildVhdx(plain);
    change(bytes, new DataView(bytes.buffer));
    for (const offset of [65536, 131072]) reseal(bytes, offset, 4096);
    for (const offset of [192 * 1024, 256 * 1024]) reseal(bytes, offset, 65536);
    return bytes;
  };
  const u32 = (offset: number, value: number) => patch((_, view) => view.setUint32(offset, value, true));
  const header = (offset: number, value: number): Uint8Array =>
    patch((_, view) => {
      for (const at of [65536, 131072]) view.setUint32(at + offset, value, true);
    });
  const region = (offset: number, value: number): Uint8Array =>
    patch((_, view) => {
      for (const at of [192 * 1024, 256 * 1024]) view.setUint32(at + offset, value, true);
    });
  const item = (offset: number, value: number): Uint8Array => u32(metadataOffset + 65536 + offset, value);
  const entry = (index: number, value: bigint): Uint8Array =>
    patch((_, view) => view.setBigUint64(tableOffset + index * 8, value, true));
  const unknown = 'deadbeef-0000-4000-8000-000000000000';
  const extra = (required: number, fileOffset = 8 * mebibyte): Uint8Array => {
    const extraRegions = [{ guid: unknown, fileOffset, length: mebibyte, required }];
    return new Uint8Array(
      Buffer.concat([buildVhdx({ ...plain, extraRegions }), new Uint8Array(2 * mebibyte)]),
    );
  };
  const extraItem = (flags: number): Uint8Array =>
    buildVhdx({ ...plain, extraItems: [{ guid: unknown, flags, bytes: new Uint8Array(4) }] });
  const log = (bytes: number): Uint8Array => {
    const small = buildVhdx({ ...plain, logGuid });
    for (const at of [65536, 131072]) {
      new DataView(small.buffer).setUint32(at + 68, bytes, true);
      reseal(small, at, 4096);
    }
    return small;
  };

  it.each([
    ['version 2', header(66, 2), 'image.unsupported'],
    ['a log of version 1', header(64, 0x00010001), 'image.unsupported'],
    ['a log at an odd place', header(72, builtLogOffset + 4096), 'image.malformed'],
    ['a log of an odd length', header(68, 4096), 'image.malformed'],
    ['a log past the end', log(0xfff00000), 'image.truncated'],
    [
      'both headers with one number',
      patch((bytes, view) => {
        view.setBigUint64(65544, 6n, true);
        bytes[65536 + 40]! ^= 1;
      }),
      'image.malformed',
    ],
    [
      'both headers damaged',
      buildVhdx(plain).fill(1, 66000, 66001).fill(1, 132000, 132001),
      'image.malformed',
    ],
    ['2³² regions', region(8, 0xffffffff), 'image.malformed'],
    ['no regions', region(8, 0), 'image.malformed'],
    ['a region twice', region(16 + 32, 0x2dc27766), 'image.unsupported'],
    ['a region past the end', region(16 + 20, 1), 'image.truncated'],
    ['a region at an odd place', region(16 + 16, tableOffset + 4096), 'image.malformed'],
    ['a region of an odd length', region(16 + 24, 4096), 'image.malformed'],
    ['a region in the header section', region(16 + 16, 0), 'image.malformed'],
    ['regions in each other', region(16 + 16, metadataOffset), 'image.malformed'],
    ['a region in the log', region(16 + 16, builtLogOffset), 'image.malformed'],
    ['an unknown region that is required', extra(1), 'image.unsupported'],
    ['metadata without a signature', u32(metadataOffset, 0), 'image.malformed'],
    ['65,535 metadata items', u32(metadataOffset + 8, 0xffff0000), 'image.malformed'],
    ['a metadata item past its region', u32(metadataOffset + 32 + 16, 0xfffffff0), 'image.malformed'],
    ['a metadata item in the table', u32(metadataOffset + 32 + 16, 64), 'image.malformed'],
    ['a metadata item of 4 GiB', u32(metadataOffset + 32 + 20, 0xffffffff), 'image.malformed'],
    ['a metadata item of no length', u32(metadataOffset + 32 + 20, 0), 'image.malformed'],
    ['an unknown item that is required', extraItem(4), 'image.unsupported'],
    ['blocks of no size', item(0, 0), 'image.malformed'],
    ['blocks of an odd size', item(0, 3 * mebibyte), 'image.malformed'],
    ['blocks of 512 MiB', item(0, 512 * mebibyte), 'image.malformed'],
    ['a disk of 2⁶² bytes', item(12, 0x40000000), 'image.malformed'],
    ['a disk of odd size', item(8, 1000), 'image.malformed'],
    ['a disk larger than its table', item(12, 0x2000), 'image.malformed'],
    ['sectors of 1000 bytes', item(32, 1000), 'image.malformed'],
    ['a state that does not exist', entry(0, 4n), 'image.malformed'],
    ['a partial block without a parent', entry(0, BigInt(5 * mebibyte) | 7n), 'image.malformed'],
    ['a block past the end', entry(0, (1n << 50n) | 6n), 'image.truncated'],
    ['a block at 2⁶³', entry(0, (1n << 63n) | 6n), 'image.truncated'],
    ['a block in the header section', entry(0, 6n), 'image.malformed'],
    ['a block in the table', entry(0, BigInt(tableOffset) | 6n), 'image.malformed'],
    ['a block in the log', entry(0, BigInt(builtLogOffset) | 6n), 'image.malformed'],
    ['a block used twice', entry(0, BigInt(6 * mebibyte) | 6n), 'image.malformed'],
  ])('%s', (_, bytes, code) => {
    expect(failureCode(outcomeOf(vhdx, bytes))).toBe(code);
  });

  it.each(
    Object.entries({
      parameters: 'caa16737-fa36-4d43-b3b6-33f0aa44e76b',
      size: '2fa54224-cd1b-4876-b211-5dbed83bf4b8',
      sector: '8141bf1d-a96f-4709-ba47-f233a8faab5f',
    }),
  )('without the metadata item %s', (_, omitItem) => {
    expect(failureCode(outcomeOf(vhdx, buildVhdx({ ...plain, omitItem })))).toBe('image.malformed');
  });

  it('what is unknown and not required is passed over', () => {
    for (const bytes of [extra(0), extraItem(1), extraItem(0)]) {
      expectSameBytes(readChain([open(bytes)], 0, mebibyte), data);
    }
  });

  it('a log of 128 MiB in use', () => {
    const bytes = new Uint8Array(140 * mebibyte);
    bytes.set(log(128 * mebibyte));
    expect(failureCode(outcomeOf(vhdx, bytes))).toBe('image.unsupported');
  });

  it('entries in each other end in time', () => {
    const bytes = buildVhdx({ ...plain, logGuid });
    const view = new DataView(bytes.buffer);
    for (let at = builtLogOffset; at < builtLogOffset + mebibyte; at += 4096) {
      bytes.set(Buffer.from('loge'), at);
      view.setUint32(at + 8, mebibyte, true);
      bytes.set(guid(logGuid), at + 32);
    }
    expect(failureCode(outcomeOf(vhdx, bytes))).toBe('image.unsupported');
  });

  it('cut at any length', () => {
    const bytes = buildVhdx(plain);
    // The last sector is no part of the disk.
    for (let length = 0; length < bytes.length - 512; length += 77_777) {
      const outcome = outcomeOf(vhdx, bytes.subarray(0, length));
      expect(failureCode(outcome)).toBe('image.truncated');
    }
  });

  it('with bits of the structures turned: a failure, or a disk that can be told', () => {
    const bytes = buildVhdx(plain);
    const mapOf = (): string => {
      try {
        const extents = extentsOf(open(bytes)).map((extent) => ({ ...extent, source: null }));
        return JSON.stringify(extents);
      } catch (error) {
        if (error instanceof Failure && error.code !== 'internal') return 'failure';
        throw error;
      }
    };
    const whole = mapOf();
    const checked = [
      [0, 520],
      [65536, 65536 + 96],
      [131072, 131072 + 96],
      [192 * 1024, 192 * 1024 + 96],
    ] as const;
    for (const [start, end] of checked) {
      for (let bit = start * 8; bit < end * 8; bit += 5) {
        bytes[bit >>> 3]! ^= 1 << (bit & 7);
        expect(['failure', whole]).toContain(mapOf());
        bytes[bit >>> 3]! ^= 1 << (bit & 7);
      }
    }
    // No checksum covers these: a smaller disk, a block that is zeros, another identity are what they say.
    const unchecked = [
      [metadataOffset, metadataOffset + 192],
      [metadataOffset + 65536, metadataOffset + 65584],
      [tableOffset, tableOffset + 32],
    ] as const;
    let failures = 0;
    for (const [start, end] of unchecked) {
      for (let bit = start * 8; bit < end * 8; bit++) {
        bytes[bit >>> 3]! ^= 1 << (bit & 7);
        if (mapOf() === 'failure') failures++;
        bytes[bit >>> 3]! ^= 1 << (bit & 7);
      }
    }
    expect(failures).toBeGreaterThan(500);
    expect(mapOf()).toBe(whole);
  });
});

describe('probing', () => {
  it('goes by the signature alone', () => {
    expect(vhdx.probe(new MemorySource(buildVhdx(plain)))).toBe('certain');
    expect(vhdx.probe(new MemorySource(new Uint8Array(7)))).toBe('no');
    expect(vhdx.probe(new MemorySource(noise(4096, 5)))).toBe('no');
  });
});
