import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import type { EncodedExtent } from '#engine/disks/driver.ts';
import { noise } from '../../pattern.ts';
import {
  alone,
  bytesIn,
  countingSource,
  expectMalformed,
  expectSame,
  failureOf,
  readWhole,
  tiledExtents,
} from './read-disk.ts';
import { descriptorText, grainOf, patched, sparseImage } from './sparse-image.ts';

const grain = 64 << 10;
const grains = { 0: grainOf(1), 3: grainOf(2), 15: grainOf(3) };
const image = sparseImage({ grains, grainsAre: 'marked', version: 3 });
const at = (number: number): number => image.grainSectors.get(number)! * 512;

describe('decoding grains', () => {
  it('takes each from one read', () => {
    const counted = countingSource(image.bytes);
    const reader = vmdk.open(counted, alone);
    const encoded = tiledExtents(reader).filter(
      (extent): extent is EncodedExtent => extent.state === 'encoded',
    );
    counted.reads.length = 0;
    const unit = new Uint8Array(grain);
    for (const [index, extent] of encoded.entries()) {
      reader.decode!(extent, unit);
      expectSame(unit, Object.values(grains)[index]!);
    }
    expect(counted.reads.map(({ start }) => start)).toEqual([at(0), at(3), at(15)]);
  });

  it('takes data that is longer than its grain', () => {
    const bytes = noise(grain, 9);
    const loose = sparseImage({ grains: { 2: bytes, 4: bytes }, grainsAre: 'marked' });
    // What follows the stream counts towards the size, as far as a reader can tell.
    const data = Buffer.concat([deflateSync(bytes), Buffer.alloc(30_000)]);
    const padded = patched(Buffer.concat([loose.bytes, Buffer.alloc(1 << 17)]), (copy) => {
      const start = loose.grainSectors.get(4)! * 512;
      copy.writeUInt32LE(data.length, start + 8);
      data.copy(copy, start + 12);
    });
    const whole = bytesIn(padded);
    expectSame(whole.subarray(2 * grain, 3 * grain), bytes);
    expectSame(whole.subarray(4 * grain, 5 * grain), bytes);
  });

  it('takes grains without markers, that have only their size before them', () => {
    const sized = sparseImage({ grains, grainsAre: 'sized' });
    expectSame(bytesIn(sized.bytes), bytesIn(image.bytes));
    expectMalformed('grain', 'data', () =>
      bytesIn(patched(sized.bytes, (bytes) => (bytes[sized.grainSectors.get(3)! * 512 + 40]! ^= 1))),
    );
  });

  it('takes a last grain that is deflated whole, or as far as the disk goes', () => {
    const capacity = 128 + 5;
    const last = grainOf(2);
    for (const cutLastGrain of [true, false]) {
      const cut = sparseImage({
        capacity,
        grains: { 0: grainOf(1), 1: last },
        grainsAre: 'marked',
        cutLastGrain,
      });
      const whole = bytesIn(cut.bytes);
      expectSame(whole.subarray(grain), last.subarray(0, 5 * 512));
      const reader = vmdk.open(countingSource(cut.bytes), alone);
      const extent = tiledExtents(reader).at(-1) as EncodedExtent;
      expect(extent).toMatchObject({ length: 5 * 512, unit: { start: grain, length: grain } });
      const unit = new Uint8Array(grain).fill(0xee);
      reader.decode!(extent, unit);
      const rest = unit.subarray(5 * 512);
      expectSame(rest, cutLastGrain ? new Uint8Array(rest.length) : last.subarray(5 * 512));
    }
  });

  it('refuses any other grain that is short, and one that is long', () => {
    for (const length of [grain - 1, grain - 512, 100, grain + 1, grain * 4]) {
      const odd = sparseImage({ grains: { 3: grainOf(2, 512).subarray(0, length) }, grainsAre: 'marked' });
      expectMalformed('grain', 'data', () => bytesIn(odd.bytes));
    }
    const short = sparseImage({
      capacity: 133,
      grains: { 1: grainOf(2).subarray(0, 4 * 512) },
      grainsAre: 'marked',
    });
    expectMalformed('grain', 'data', () => bytesIn(short.bytes));
  });

  it.each([
    ['for another place', 'lba', (bytes: Buffer) => bytes.writeUInt32LE(128, at(3))],
    ['for a place far away', 'lba', (bytes: Buffer) => bytes.writeUInt32LE(1, at(3) + 4)],
    ['of no size', 'size', (bytes: Buffer) => bytes.writeUInt32LE(0, at(3) + 8)],
    ['that claims 4 GiB', 'size', (bytes: Buffer) => bytes.writeUInt32LE(0xffffffff, at(3) + 8)],
    ['that claims 2 GiB', 'size', (bytes: Buffer) => bytes.writeUInt32LE(0x80000000, at(3) + 8)],
    ['that reaches into the next', 'size', (bytes: Buffer) => bytes.writeUInt32LE(at(15) - at(3), at(3) + 8)],
  ])('refuses a grain %s', (_, field, change) => {
    const memory = process.memoryUsage().arrayBuffers;
    expectMalformed('GrainMarker', field, () => bytesIn(patched(image.bytes, change)));
    expect(process.memoryUsage().arrayBuffers - memory).toBeLessThan(64 << 20);
  });

  it('refuses damaged data, wherever the damage is', () => {
    for (const offset of [12, 13, 20, 200, 400]) {
      expectMalformed('grain', 'data', () =>
        bytesIn(patched(image.bytes, (bytes) => (bytes[at(3) + offset]! ^= 0x20))),
      );
    }
  });

  it('refuses two grains in the same place', () => {
    const twice = patched(image.bytes, (bytes) =>
      bytes.writeUInt32LE(image.grainSectors.get(3)!, image.tables[0]! * 512 + 4),
    );
    expectMalformed('GrainMarker', 'lba', () => bytesIn(twice));
  });

  it('says that the file is cut off where it is', () => {
    const size = image.bytes.readUInt32LE(at(15) + 8);
    expect(bytesIn(image.bytes.subarray(0, at(15) + 12 + size)).length).toBe(1 << 20);
    for (const end of [at(15) + 12 + size - 1, at(15) + 12, at(15) + 3, at(15)]) {
      failureOf('image.truncated', () => bytesIn(image.bytes.subarray(0, end)));
    }
  });

  it('keeps its own place in a disk of several extents', () => {
    const part = sparseImage({ grains, grainsAre: 'marked', descriptor: null });
    const text = descriptorText(2048, 'custom').replace(
      'RW 2048 SPARSE "image.vmdk"',
      'RW 2048 SPARSE "a"\nRW 2048 SPARSE "b"',
    );
    const reader = vmdk.open(countingSource(Buffer.from(text)), {
      openReference: () => countingSource(part.bytes),
    });
    const whole = readWhole(reader);
    expect(whole.length).toBe(2 << 20);
    expectSame(whole.subarray(1 << 20), bytesIn(image.bytes));
  });
});
