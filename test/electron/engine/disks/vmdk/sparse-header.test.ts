import { describe, expect, it } from 'vitest';
import { expectMalformed, failureOf, openBytes } from './read-disk.ts';
import { grainOf, patched, sparseImage } from './sparse-image.ts';

const grains = { 0: grainOf(1), 5: grainOf(2) };
const plain = sparseImage({ grains, redundant: true });
const stream = sparseImage({ grains, grainsAre: 'marked', footer: true, version: 3 });

const open = (image: Uint8Array) => (): unknown => openBytes(image);
const header = 'SparseExtentHeader';

describe('a hosted sparse header', () => {
  it.each([1, 2, 3])('may be of version %i', (version) => {
    expect(openBytes(patched(plain.bytes, (bytes) => bytes.writeUInt32LE(version, 4))).capacityBytes).toBe(
      1 << 20,
    );
  });

  it('of a version from the future is refused by name', () => {
    const { details } = failureOf(
      'image.unsupported',
      open(patched(plain.bytes, (bytes) => bytes.writeUInt32LE(4, 4))),
    );
    expect(details.feature).toContain('version 4');
  });

  it.each([
    ['version', 'no version at all', (bytes: Buffer) => bytes.writeUInt32LE(0, 4)],
    ['singleEndLineChar', 'a transfer in text mode', (bytes: Buffer) => (bytes[73] = 0x0d)],
    ['nonEndLineChar', 'a character lost', (bytes: Buffer) => (bytes[74] = 0)],
    ['doubleEndLineChar1', 'CR taken away', (bytes: Buffer) => (bytes[75] = 0x0a)],
    ['doubleEndLineChar2', 'LF taken away', (bytes: Buffer) => (bytes[76] = 0)],
    ['compressAlgorithm', 'compressed without a flag', (bytes: Buffer) => bytes.writeUInt16LE(1, 77)],
    ['compressAlgorithm', 'flagged without an algorithm', (bytes: Buffer) => bytes.writeUInt32LE(0x10003, 8)],
    ['grainSize', 'no grains', (bytes: Buffer) => bytes.writeBigUInt64LE(0n, 20)],
    ['grainSize', 'no power of two', (bytes: Buffer) => bytes.writeBigUInt64LE(129n, 20)],
    ['grainSize', 'huge grains', (bytes: Buffer) => bytes.writeBigUInt64LE(1n << 16n, 20)],
    ['grainSize', 'absurd grains', (bytes: Buffer) => bytes.writeBigUInt64LE(1n << 63n, 20)],
    ['numGTEsPerGT', 'no entries', (bytes: Buffer) => bytes.writeUInt32LE(0, 44)],
    ['numGTEsPerGT', 'no power of two', (bytes: Buffer) => bytes.writeUInt32LE(511, 44)],
    ['numGTEsPerGT', 'absurd tables', (bytes: Buffer) => bytes.writeUInt32LE(0x80000000, 44)],
    ['capacity', 'beyond exact numbers', (bytes: Buffer) => bytes.writeBigUInt64LE(1n << 60n, 12)],
    ['capacity', 'beyond any disk', (bytes: Buffer) => bytes.writeBigUInt64LE((1n << 53n) - 1n, 12)],
    ['capacity', 'more tables than any disk has', (bytes: Buffer) => bytes.writeBigUInt64LE(1n << 42n, 12)],
    ['descriptorSize', 'a descriptor of no length', (bytes: Buffer) => bytes.writeBigUInt64LE(0n, 36)],
    ['descriptorSize', 'a descriptor of 32 MiB', (bytes: Buffer) => bytes.writeBigUInt64LE(65536n, 36)],
    ['descriptorOffset', 'a descriptor elsewhere', (bytes: Buffer) => bytes.writeBigUInt64LE(60n, 28)],
  ])('is refused at %s: %s', (field, _, change) => {
    expectMalformed(header, field, open(patched(plain.bytes, change as (bytes: Buffer) => void)));
  });

  it('without newline detection is not held to it', () => {
    const image = patched(plain.bytes, (bytes) => {
      bytes.writeUInt32LE(2, 8);
      bytes.fill(0, 73, 77);
    });
    expect(openBytes(image).capacityBytes).toBe(1 << 20);
  });

  it.each([
    ['flags that a reader must know', (bytes: Buffer) => bytes.writeUInt32LE(0x80003, 8)],
    ['the highest flag', (bytes: Buffer) => bytes.writeUInt32LE(0x80000003, 8)],
    ['markers without compression', (bytes: Buffer) => bytes.writeUInt32LE(0x20003, 8)],
    ['another compression', (bytes: Buffer) => bytes.writeUInt16LE(7, 77)],
  ])('with %s is refused as unsupported', (_, change) => {
    failureOf('image.unsupported', open(patched(plain.bytes, change)));
  });

  it('with flags that do not matter to a reader is read', () => {
    expect(openBytes(patched(plain.bytes, (bytes) => bytes.writeUInt32LE(0x0103, 8))).capacityBytes).toBe(
      1 << 20,
    );
  });

  it('says in a warning when the disk was not closed cleanly', () => {
    expect(openBytes(plain.bytes).warnings).toEqual([]);
    expect(openBytes(patched(plain.bytes, (bytes) => (bytes[72] = 1))).warnings).toMatchObject([
      { code: 'vmdk.unclean' },
    ]);
  });

  it.each([4, 100, 511])('that ends after %i bytes is cut off', (length) => {
    failureOf(length < 8 ? 'image.malformed' : 'image.truncated', open(plain.bytes.subarray(0, length)));
  });
});

describe('a footer', () => {
  const size = stream.bytes.length;

  it('is where the truth is: the header may say anything else', () => {
    const image = patched(stream.bytes, (bytes) => {
      bytes.writeBigUInt64LE(0n, 12);
      bytes.writeBigUInt64LE(9n, 20);
      bytes.writeUInt32LE(77, 44);
    });
    expect(openBytes(image).capacityBytes).toBe(1 << 20);
  });

  it('is found without the end-of-stream marker, and before padding', () => {
    expect(openBytes(stream.bytes.subarray(0, size - 512)).capacityBytes).toBe(1 << 20);
    for (const padding of [512, 4096, 65536 + 100, 1 << 19]) {
      expect(openBytes(Buffer.concat([stream.bytes, Buffer.alloc(padding)])).capacityBytes).toBe(1 << 20);
    }
  });

  it.each([
    ['is cut off', stream.bytes.subarray(0, size - 1024)],
    ['is cut off in the middle', stream.bytes.subarray(0, size - 700)],
    ['was never written', stream.bytes.subarray(0, 64 * 512)],
    ['has no marker', patched(stream.bytes, (bytes) => bytes.writeUInt32LE(2, size - 1536 + 12))],
    ['has a marker with a size', patched(stream.bytes, (bytes) => bytes.writeUInt32LE(5, size - 1536 + 8))],
    ['is no header', patched(stream.bytes, (bytes) => bytes.write('KDMW', size - 1024))],
    ['is far before the end', Buffer.concat([stream.bytes, Buffer.alloc(3 << 20)])],
    ['is followed by something', Buffer.concat([stream.bytes, Buffer.alloc(512, 7)])],
    [
      'says that the truth is elsewhere',
      patched(stream.bytes, (bytes) => bytes.fill(0xff, size - 968, size - 960)),
    ],
  ])('that %s is refused', (_, image) => {
    expectMalformed(header, 'gdOffset', open(image));
  });

  it('is checked like a header, and the failure says that it is in the footer', () => {
    const image = patched(stream.bytes, (bytes) => bytes.writeBigUInt64LE(3n, size - 1024 + 20));
    const { details } = failureOf('image.malformed', open(image));
    expect(details).toMatchObject({ field: 'grainSize', fileOffset: size - 1024 + 20 });
  });
});
