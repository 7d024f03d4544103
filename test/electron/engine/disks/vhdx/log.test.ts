import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import type { DiskReader, OpenContext } from '#engine/disks/driver.ts';
import { vhdx } from '#engine/disks/vhdx/index.ts';
import { LogOverlay, type LoggedWrite } from '#engine/disks/vhdx/log-overlay.ts';
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
} from '../image-files.ts';
import { buildVhdx, builtLogOffset, tableOffset, type Entry, type VhdxParts } from './build-vhdx.ts';

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
