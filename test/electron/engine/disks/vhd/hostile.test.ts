import { describe, expect, it } from 'vitest';
import { vhd } from '#engine/disks/vhd/index.ts';
import { Failure } from '#shared/failure.ts';
import { noise } from '../../pattern.ts';
import { failureCode, outcomeOf } from '../image-files.ts';
import { buildVhd, sealFooter, sealHeader, type VhdParts } from './build-vhd.ts';

const blockBytes = 8192;
const all = (): boolean => true;

const dynamic: VhdParts = {
  type: 3,
  currentSize: 3 * blockBytes,
  blockBytes,
  blocks: [{ present: all, data: noise(blockBytes, 1) }, null, { present: all, data: noise(blockBytes, 2) }],
};
const fixed: VhdParts = { type: 2, currentSize: 10_240, data: noise(10_240, 4) };

describe('hostile VHDs', () => {
  const built = buildVhd(dynamic);

  it.each([
    ['version 2', 12, 4, 0x00020000, 'image.unsupported', ''],
    ['an unknown type', 60, 4, 5, 'image.malformed', 'diskType'],
    ['a header past the end', 16, 8, 2 ** 40, 'image.malformed', 'dataOffset'],
    ['a header at the last byte', 16, 8, built.body.length + 511, 'image.truncated', ''],
    ['a header in the data', 16, 8, built.blockOffsets[0]!, 'image.malformed', 'cookie'],
    ['a disk larger than its table', 48, 8, 4 * blockBytes, 'image.malformed', 'maxTableEntries'],
    ['a disk of 2⁶² bytes', 48, 8, 2 ** 62, 'image.malformed', 'currentSize'],
  ] as const)('footer with %s', (_, offset, size, value, code, field) => {
    const footer = built.footer.slice();
    const view = new DataView(footer.buffer);
    if (size === 4) view.setUint32(offset, value);
    else view.setBigUint64(offset, BigInt(value));
    const outcome = outcomeOf(vhd, new Uint8Array(Buffer.concat([built.body, sealFooter(footer)])));
    expect(failureCode(outcome)).toBe(code);
    if (field !== '') expect((outcome as Failure).details).toMatchObject({ field });
  });

  it.each([
    ['no cookie', 0, 0, 'image.malformed', 'cookie'],
    ['version 3', 24, 0x00030000, 'image.unsupported', ''],
    ['blocks of no size', 32, 0, 'image.malformed', 'blockSize'],
    ['blocks of an odd size', 32, 5000, 'image.malformed', 'blockSize'],
    ['blocks of 256 bytes', 32, 256, 'image.malformed', 'blockSize'],
    ['blocks of 2 GiB', 32, 2 ** 31, 'image.truncated', ''],
    ['a table past the end', 20, 0x7ffffff0, 'image.truncated', ''],
    ['a table at 2⁶³', 16, 0x80000000, 'image.malformed', 'tableOffset'],
    ['a table of no entries', 28, 0, 'image.malformed', 'maxTableEntries'],
  ] as const)('header with %s', (_, offset, value, code, field) => {
    const bytes = built.whole();
    const header = bytes.slice(512, 1536);
    new DataView(header.buffer).setUint32(offset, value);
    bytes.set(sealHeader(header), 512);
    const outcome = outcomeOf(vhd, bytes);
    expect(failureCode(outcome)).toBe(code);
    if (field !== '')
      expect((outcome as Failure).details).toMatchObject({ structure: 'dynamic disk header', field });
  });

  it.each([
    ['past the end', 0x7fffffff, 'image.truncated'],
    ['on the footer’s copy', 0, 'image.malformed'],
    ['on the header', 2, 'image.malformed'],
    ['on the table itself', 3, 'image.malformed'],
    ['on another block', built.blockOffsets[2]! / 512, 'image.malformed'],
    ['half on another block', built.blockOffsets[2]! / 512 - 1, 'image.malformed'],
  ] as const)('a block %s', (_, sector, code) => {
    const bytes = built.whole();
    new DataView(bytes.buffer).setUint32(built.tableOffset, sector);
    expect(failureCode(outcomeOf(vhd, bytes))).toBe(code);
  });

  it('a table for more blocks than anyone has', () => {
    const footer = built.footer.slice();
    new DataView(footer.buffer).setBigUint64(48, 2n ** 34n);
    const bytes = new Uint8Array(Buffer.concat([built.body, sealFooter(footer)]));
    const header = bytes.slice(512, 1536);
    new DataView(header.buffer).setUint32(28, 0xffffffff);
    new DataView(header.buffer).setUint32(32, 512);
    bytes.set(sealHeader(header), 512);
    expect(failureCode(outcomeOf(vhd, bytes))).toBe('image.unsupported');
  });

  it('a fixed disk that ends early', () => {
    const parts = { ...fixed, currentSize: 10_240 + 512 };
    expect(failureCode(outcomeOf(vhd, buildVhd(parts).whole()))).toBe('image.truncated');
  });

  it('cut at any length: a failure, or the same disk by the copy of the footer', () => {
    const bytes = built.whole();
    const whole = outcomeOf(vhd, bytes);
    for (let length = 0; length < bytes.length; length += 61) {
      const outcome = outcomeOf(vhd, bytes.subarray(0, length));
      if (length < built.body.length) expect(outcome).toBeInstanceOf(Failure);
      else expect(outcome).toBe(whole);
    }
  });

  it('with any bit of the structures turned: a failure, or the same disk', () => {
    const bytes = built.whole();
    const whole = outcomeOf(vhd, bytes);
    const metadata = [
      [0, built.tableOffset + 12],
      [built.body.length, bytes.length],
    ] as const;
    let failures = 0;
    for (const [start, end] of metadata) {
      for (let bit = start * 8; bit < end * 8; bit++) {
        bytes[bit >>> 3]! ^= 1 << (bit & 7);
        const outcome = outcomeOf(vhd, bytes);
        bytes[bit >>> 3]! ^= 1 << (bit & 7);
        if (outcome instanceof Failure) failures++;
        else expect(outcome).toBe(whole);
      }
    }
    // Every one in the dynamic header and the table; the two footers stand in for each other.
    expect(failures).toBe((1024 + 12) * 8);
  });
});
