import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import type { DiskReader, OpenContext } from '#engine/disks/driver.ts';
import { vhdx } from '#engine/disks/vhdx/index.ts';
import { Failure } from '#shared/failure.ts';
import { noise } from '../../pattern.ts';
import {
  expectSameBytes,
  extentsOf,
  failureCode,
  noReferences,
  outcomeOf,
  readChain,
} from '../image-files.ts';
import {
  buildVhdx,
  builtLogOffset,
  guid,
  metadataOffset,
  reseal,
  tableOffset,
  zeroGuid,
  type VhdxParts,
} from './build-vhdx.ts';

const mebibyte = 1 << 20;
const open = (bytes: Uint8Array, context: OpenContext = noReferences): DiskReader =>
  vhdx.open(new MemorySource(bytes), context);

const data = noise(mebibyte, 1);
const plain: VhdxParts = {
  capacityBytes: 3 * mebibyte - 512,
  blocks: [{ state: 6, data }, { state: 0 }, { state: 6, data: noise(mebibyte, 2) }],
};

const logGuid = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';

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

  const logVersion = (version: number, guid: string): Uint8Array => {
    const file = buildVhdx({ ...plain, logGuid: guid });
    for (const at of [65536, 131072]) {
      new DataView(file.buffer).setUint16(at + 64, version, true);
      reseal(file, at, 4096);
    }
    return file;
  };

  it('of a log that is empty the version does not matter', () => {
    expect(outcomeOf(vhdx, logVersion(1, zeroGuid))).toBe(outcomeOf(vhdx, buildVhdx(plain)));
  });

  it.each([
    ['version 2', header(66, 2), 'image.unsupported'],
    ['a log in use of version 1', logVersion(1, logGuid), 'image.unsupported'],
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
