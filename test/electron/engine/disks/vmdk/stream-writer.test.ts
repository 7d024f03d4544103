import { describe, expect, it } from 'vitest';
import { writeEncoded } from '../write-encoded.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import { noise, prose } from '../../pattern.ts';
import { expectSame, failureOf, openBytes, readWhole, tiledExtents } from './read-disk.ts';
import { imageOf, MemorySink, shapeOf, writePieces } from './write-disk.ts';

const unit = 64 << 10;
const capacity = (100 << 20) + 512;
const pieces = [
  { at: unit, bytes: noise(2 * unit, 1) },
  { at: 5 << 20, bytes: prose(unit, 2) },
  { at: 70 << 20, bytes: prose(3 * unit, 3) },
  { at: 100 << 20, bytes: noise(512, 4) },
];
const shape = shapeOf(capacity, 'streamOptimized');
const image = Buffer.from(imageOf(shape, pieces));

/** Goes from marker to marker, as a reader does that cannot seek; what it finds, in words. */
function markers(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 128 * 512; at < bytes.length;) {
    const value = Number(bytes.readBigUInt64LE(at));
    const size = bytes.readUInt32LE(at + 8);
    if (size > 0) {
      found.push(`grain ${value / 128}`);
      const end = at + 12 + size;
      at = Math.ceil(end / 512) * 512;
      expect(bytes.subarray(end, at).every((byte) => byte === 0)).toBe(true);
      continue;
    }
    const type = bytes.readUInt32LE(at + 12);
    found.push(['end', 'table', 'directory', 'footer'][type]! + (type === 0 ? '' : ` of ${value}`));
    at += 512 + value * 512;
  }
  return found;
}

describe('a streamOptimized image', () => {
  it('reads as what was written', () => {
    const reader = openBytes(image);
    const expected = Buffer.alloc(capacity);
    for (const { at, bytes } of pieces) expected.set(bytes, at);
    expectSame(readWhole(reader), expected);
    expect(reader).toMatchObject({ variant: 'streamOptimized', capacityBytes: capacity, warnings: [] });
    const states = tiledExtents(reader).map(({ state }) => state);
    expect(states.filter((state) => state === 'encoded')).toHaveLength(7);
  });

  it('can be read from front to back: grains ascend, each table follows its grains, then directory, footer and end', () => {
    expect(markers(image)).toEqual([
      'grain 1',
      'grain 2',
      'grain 80',
      'table of 4',
      'grain 1120',
      'grain 1121',
      'grain 1122',
      'table of 4',
      'grain 1600',
      'table of 4',
      'directory of 1',
      'footer of 1',
      'end',
    ]);
  });

  it('has a header that points to the footer, and a footer like VMware writes it', () => {
    const footer = image.length - 1024;
    for (const at of [0, footer]) {
      expect(image.toString('latin1', at, at + 4)).toBe('KDMV');
      expect([image.readUInt32LE(at + 4), image.readUInt32LE(at + 8)]).toEqual([3, 0x30001]);
      expect(Number(image.readBigUInt64LE(at + 12))).toBe(capacity / 512);
      expect(Number(image.readBigUInt64LE(at + 64))).toBe(128);
      expect(image.readUInt16LE(at + 77)).toBe(1);
    }
    expect(image.readBigUInt64LE(56)).toBe(0xffffffffffffffffn);
    const directory = Number(image.readBigUInt64LE(footer + 56)) * 512;
    expect(directory).toBe(footer - 1024);
    // A table without grains is not there: the directory says 0.
    const tables = [0, 1, 2, 3].map((index) => image.readUInt32LE(directory + index * 4));
    expect(tables.map((sector) => sector > 0)).toEqual([true, false, true, true]);
    expect(image.subarray(-512).every((byte) => byte === 0)).toBe(true);
  });

  it('holds every grain whole, the last one too', () => {
    const last = tiledExtents(openBytes(image)).at(-1)!;
    expect(last).toMatchObject({ state: 'encoded', length: 512, unit: { start: 100 << 20, length: unit } });
    const reader = openBytes(image);
    const bytes = new Uint8Array(unit).fill(1);
    if (last.state === 'encoded') reader.decode!(last, bytes);
    expectSame(bytes, Buffer.concat([noise(512, 4), Buffer.alloc(unit - 512)]));
  });

  it.each([
    { name: 'empty', capacityBytes: 1 << 20, written: [] },
    { name: 'one sector', capacityBytes: 512, written: [{ at: 0, bytes: noise(512) }] },
    { name: 'incompressible', capacityBytes: 4 << 20, written: [{ at: 0, bytes: noise(4 << 20) }] },
    { name: 'prose', capacityBytes: capacity, written: pieces },
  ])('is no longer than predicted: $name', ({ capacityBytes, written }) => {
    const sink = new MemorySink();
    const shaped = shapeOf(capacityBytes, 'streamOptimized');
    const count = writePieces(sink, shaped, written);
    const { bytes, exact } = vmdk.creation!.outputSize(shaped, () => count);
    expect(exact).toBe(false);
    expect(sink.bytes.length).toBeLessThanOrEqual(bytes);
    expect(sink.bytes.length % 512).toBe(0);
    const reader = openBytes(sink.bytes);
    const expected = Buffer.alloc(capacityBytes);
    for (const piece of written) expected.set(piece.bytes, piece.at);
    expectSame(readWhole(reader), expected);
  });

  it('is the same every time, and tells other content by its ID', () => {
    expectSame(imageOf(shape, pieces), image);
    const id = (bytes: Uint8Array): string =>
      /CID=(\w{8})/.exec(Buffer.from(bytes).toString('latin1', 512, 1024))![1]!;
    const other = imageOf(shape, [{ at: unit, bytes: noise(2 * unit, 9) }, ...pieces.slice(1)]);
    expect(id(other)).not.toBe(id(image));
  });

  it('never declines to encode, and never takes a plain unit', () => {
    const encoder = vmdk.creation!.encoder!(shape)!;
    const into = new Uint8Array(encoder.maximumBytes);
    for (const unitBytes of [noise(unit, 3), new Uint8Array(unit), noise(512, 4)]) {
      expect(encoder.encode(unitBytes, into)).toBeGreaterThan(0);
    }
    expect(vmdk.creation!.encoder!(shapeOf(capacity))).toBeNull();
    const writer = vmdk.creation!.writer(new MemorySink(), shape);
    failureOf('internal', () => writeEncoded(writer, 0, noise(unit), true));
    failureOf('internal', () => encoder.encode(noise(unit), new Uint8Array(100)));
  });

  it('holds its writer to its contract', () => {
    const writer = vmdk.creation!.writer(new MemorySink(), shape);
    writeEncoded(writer, unit, noise(100), false);
    for (const at of [0, unit, 2 * unit + 512, 101 << 20]) {
      failureOf('internal', () => writeEncoded(writer, at, noise(100), false));
    }
  });
});
