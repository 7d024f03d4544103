// Zstandard with reused handles and by node:zlib's public way: the same frames, the same answers.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflateDamaged, inflateTooLong } from '#engine/disks/compression/inflate.ts';
import {
  contentBytesOf,
  plainCompressor,
  plainDecompress,
  reusedCompressor,
  reusedDecompress,
  windowBytesOf,
  zstdCompressor,
  zstdInto,
} from '#engine/disks/compression/zstd.ts';
import { noise, prose } from '../../pattern.ts';

const plain = Buffer.concat([prose(40_000, 3), noise(20_000, 4), new Uint8Array(5536)]);
const encoded = zstdCompressSync(plain);

/** Of a frame that is one segment, without a dictionary: after the magic number and the descriptor. */
const contentSizeAt = 5;

it('a frame says how much it holds, in one, two or four bytes', () => {
  for (const size of [0, 1, 255, 256, 65_791, 65_792, 2 ** 24 + 5]) {
    expect(contentBytesOf(zstdCompressSync(new Uint8Array(size)))).toBe(size);
  }
  const silent = zstdCompressSync(plain, { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } });
  expect(contentBytesOf(silent)).toBeNull();
  expect(contentBytesOf(noise(100))).toBeNull();
  expect(contentBytesOf(encoded.subarray(0, 4))).toBeNull();
});

it('the fast way of node:zlib is in use', () => {
  expect(reusedDecompress()).not.toBeNull();
  expect(reusedCompressor()).not.toBeNull();
});

describe.each([
  ['zstdInto', zstdInto],
  ['reusedDecompress', reusedDecompress()!],
  ['plainDecompress', plainDecompress],
])('%s', (_name, decompress) => {
  it('fills the buffer, shared memory too, whatever follows the frame', () => {
    for (const tail of [new Uint8Array(0), noise(500), encoded]) {
      const into = new Uint8Array(new SharedArrayBuffer(plain.length));
      expect(decompress(Buffer.concat([encoded, tail]), into)).toBe(plain.length);
      expect(Buffer.compare(into.slice(), plain)).toBe(0);
    }
  });

  it('tells how much there is when that is less, and refuses more', () => {
    expect(decompress(encoded, new Uint8Array(plain.length + 100))).toBe(plain.length);
    expect(decompress(encoded, new Uint8Array(plain.length - 1))).toBe(inflateTooLong);
    expect(decompress(zstdCompressSync(Buffer.alloc(50 << 20)), new Uint8Array(1 << 16))).toBe(
      inflateTooLong,
    );
  });

  it('refuses windows of more than 8 MiB, the first time and later', () => {
    const start = Buffer.alloc(40 << 20, 'platter');
    const wide = zstdCompressSync(start, { params: { [constants.ZSTD_c_windowLog]: 25 } });
    expect(windowBytesOf(wide)).toBe(2 ** 25);
    expect(windowBytesOf(noise(10))).toBe(0);
    for (let round = 0; round < 3; round++) {
      expect(decompress(wide, new Uint8Array(65536))).toBe(inflateDamaged);
      expect(decompress(encoded, new Uint8Array(plain.length))).toBe(plain.length);
    }
  });

  it('refuses a frame that holds something else than it says', () => {
    for (const difference of [-1, 1]) {
      const lying = Buffer.from(encoded);
      lying.writeUInt16LE(plain.length - 256 + difference, contentSizeAt);
      const into = new Uint8Array(plain.length + difference);
      expect(contentBytesOf(lying)).toBe(into.length);
      expect(decompress(lying, into)).toBeLessThan(0);
      expect(decompress(encoded, new Uint8Array(plain.length))).toBe(plain.length);
    }
  });

  it('refuses or shortens what is damaged or cut off, and goes on with the next', () => {
    expect(decompress(encoded.subarray(0, 2000), new Uint8Array(plain.length))).toBeLessThan(plain.length);
    expect(decompress(noise(500), new Uint8Array(100))).toBe(inflateDamaged);
    expect(decompress(encoded, new Uint8Array(plain.length))).toBe(plain.length);
  });
});

describe.each([
  ['zstdCompressor', zstdCompressor()],
  ['reusedCompressor', reusedCompressor()!],
  ['plainCompressor', plainCompressor],
])('%s', (_name, { compress }) => {
  it('makes the frames that the public way makes, and says when they do not fit', () => {
    const into = new Uint8Array(new SharedArrayBuffer(80_000));
    for (const unit of [plain, noise(65536, 2), new Uint8Array(65536), plain]) {
      const length = compress(unit, into);
      const frame = Buffer.from(into.slice(0, length));
      expect(frame.equals(zstdCompressSync(unit))).toBe(true);
      expect(Buffer.compare(zstdDecompressSync(frame), unit)).toBe(0);
    }
    expect(compress(noise(65536), new Uint8Array(60_000))).toBe(-1);
    const length = compress(plain, into);
    expect(Buffer.from(into.slice(0, length)).equals(encoded)).toBe(true);
  });
});
