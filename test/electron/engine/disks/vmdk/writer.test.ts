import { describe, expect, it } from 'vitest';
import { writePlain } from '#engine/disks/placing.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import { noise, prose } from '../../pattern.ts';
import { expectSame, failureOf, openBytes, readWhole, shapeOfExtents, tiledExtents } from './read-disk.ts';
import { imageOf, MemorySink, shapeOf, writePieces } from './write-disk.ts';

const unit = 64 << 10;
const capacity = (10 << 20) + 512;
const pieces = [
  { at: unit, bytes: noise(3 * unit, 1) },
  { at: 5 << 20, bytes: prose(unit, 2) },
  { at: 10 << 20, bytes: noise(512, 3) },
];
const expected = Buffer.alloc(capacity);
for (const { at, bytes } of pieces) expected.set(bytes, at);
const shape = shapeOf(capacity);

describe('a monolithicSparse image', () => {
  it('reads as what was written', () => {
    const reader = openBytes(imageOf(shape, pieces));
    expectSame(readWhole(reader), expected);
    expect(reader.variant).toBe('monolithicSparse');
    expect(shapeOfExtents(tiledExtents(reader))).toEqual([
      `absent ${unit}`,
      `stored ${3 * unit}`,
      `absent ${(5 << 20) - 4 * unit}`,
      `stored ${unit}`,
      `absent ${(5 << 20) - unit}`,
      'stored 512',
    ]);
  });

  it('has its structures where VMware and qemu have them', () => {
    const bytes = Buffer.from(imageOf(shape, pieces));
    const sectors = (at: number): number => Number(bytes.readBigUInt64LE(at));
    expect(bytes.toString('latin1', 0, 4)).toBe('KDMV');
    expect([bytes.readUInt32LE(4), bytes.readUInt32LE(8)]).toEqual([1, 3]);
    expect([sectors(12), sectors(20), bytes.readUInt32LE(44)]).toEqual([capacity / 512, 128, 512]);
    expect([sectors(28), sectors(36)]).toEqual([1, 20]);
    expect([sectors(48), sectors(56), sectors(64)]).toEqual([21, 26, 128]);
    expect(bytes.toString('latin1', 72, 77)).toBe('\0\n \r\n');
    // Both directories, their tables, and the first grain.
    expect([bytes.readUInt32LE(21 * 512), bytes.readUInt32LE(26 * 512)]).toEqual([22, 27]);
    expect([bytes.readUInt32LE(22 * 512 + 4), bytes.readUInt32LE(27 * 512 + 4)]).toEqual([128, 128]);
    expectSame(bytes.subarray(128 * 512, 128 * 512 + 3 * unit), pieces[0]!.bytes);
    expect(bytes.length % unit).toBe(0);
  });

  it.each([
    { name: 'empty', capacityBytes: 1 << 20, written: [] },
    { name: 'one sector', capacityBytes: 512, written: [{ at: 0, bytes: noise(512) }] },
    { name: 'full', capacityBytes: 1 << 20, written: [{ at: 0, bytes: noise(1 << 20) }] },
    { name: 'odd', capacityBytes: capacity, written: pieces },
    {
      name: 'several tables',
      capacityBytes: 5 << 30,
      written: [0, 1, 31, 32, 33, 64, 5119].map((mebibytes) => ({
        at: mebibytes << 20,
        bytes: noise(unit, 5),
      })),
    },
  ])('is as long as predicted, to the byte: $name', ({ capacityBytes, written }) => {
    // Above 2 GiB the shift in `at` would not do.
    const places = written.map((piece, index) => ({
      ...piece,
      at: capacityBytes > 4e9 ? [0, 1, 31, 32, 33, 64, 5119][index]! * 2 ** 20 : piece.at,
    }));
    const sink = new MemorySink();
    const shaped = shapeOf(capacityBytes);
    const count = writePieces(sink, shaped, places);
    expect(vmdk.creation!.outputSize(shaped, () => count)).toEqual({ bytes: sink.bytes.length, exact: true });
    const reader = openBytes(sink.bytes);
    expect(reader.capacityBytes).toBe(capacityBytes);
    const stored = tiledExtents(reader).filter(({ state }) => state === 'stored');
    expect(stored.reduce((sum, { length }) => sum + length, 0)).toBe(
      places.reduce((sum, { bytes }) => sum + bytes.length, 0),
    );
  });

  it('is the same however many units are given at once', () => {
    const images = [1, 2, 3, 16].map((unitsPerCall) => {
      const sink = new MemorySink();
      writePieces(sink, shape, pieces, unitsPerCall);
      return sink.bytes;
    });
    for (const image of images) expectSame(image, images[0]!);
  });

  it('writes nothing for tables without grains: they are holes', () => {
    const written: number[] = [];
    const sink = new MemorySink();
    const write = sink.write.bind(sink);
    sink.write = (fileOffset, bytes) => {
      written.push(bytes.length);
      write(fileOffset, bytes);
    };
    const terabyte = shapeOf(2 ** 37);
    writePieces(sink, terabyte, [{ at: 2 ** 36, bytes: noise(unit) }]);
    expect(written.reduce((sum, length) => sum + length, 0)).toBeLessThan(unit + 3 * 4096 * 4 + 20_000);
    const allocated = vmdk.creation!.allocatedSize!(terabyte, 1);
    expect(allocated).toBeGreaterThan(unit + 2 * 4096 * 4);
    expect(allocated).toBeLessThan(sink.bytes.length / 4);
  });

  it('holds its writer to its contract', () => {
    const write = (at: number, length: number) => (): unknown => {
      const writer = vmdk.creation!.writer(new MemorySink(), shape);
      writePlain(writer, unit, noise(unit));
      return writePlain(writer, at, noise(length));
    };
    for (const [at, length] of [
      [0, unit],
      [unit, unit],
      [2 * unit + 512, unit],
      [2 * unit, 512],
      [10 << 20, unit],
      [2 * unit, 0],
    ] as const) {
      failureOf('internal', write(at, length));
    }
    write(2 * unit, 2 * unit)();
  });

  it('says what it cannot hold', () => {
    const { creation } = vmdk;
    const choice = { variant: 'monolithicSparse', options: {} };
    expect(creation!.capacityFor(1, choice)).toBe(512);
    expect(creation!.capacityFor(capacity, choice)).toBe(capacity);
    expect(creation!.capacityFor(62 * 2 ** 40, choice)).toBe(62 * 2 ** 40);
    failureOf('image.unsupported', () => creation!.capacityFor(62 * 2 ** 40 + 1, choice));
    failureOf('image.unsupported', () => creation!.capacityFor(0, choice));
    // Two tebibytes of grains and the tables before them.
    const large = shapeOf(4 * 2 ** 40);
    expect(creation!.outputSize(large, () => 2 ** 24).exact).toBe(true);
    failureOf('image.unsupported', () => creation!.outputSize(large, () => 2 ** 25));
  });
});

describe('the descriptor of a new image', () => {
  const text = (options = {}, size = capacity): string => {
    const image = Buffer.from(imageOf(shapeOf(size, 'monolithicSparse', options), []));
    return image.toString('latin1', 512, image.indexOf(0, 512));
  };

  it('begins with what VirtualBox and VMware look for', () => {
    expect(text()).toMatch(
      /^# Disk DescriptorFile\nversion=1\nencoding="UTF-8"\nCID=[0-9a-f]{8}\nparentCID=ffffffff\n/,
    );
    expect(text()).toContain(`\nRW ${capacity / 512} SPARSE "disk.vmdk"\n`);
    expect(text()).toContain('\nddb.toolsVersion = "2147483647"\n');
  });

  it('has the controller, the geometry for it, and the hardware version', () => {
    expect(text()).toContain(
      'ddb.adapterType = "lsilogic"\nddb.geometry.cylinders = "10"\nddb.geometry.heads = "64"',
    );
    expect(text()).toContain('ddb.virtualHWVersion = "4"');
    const ide = text({ adapter_type: 'ide', hwversion: 13 });
    expect(ide).toContain(
      'ddb.adapterType = "ide"\nddb.geometry.cylinders = "20"\nddb.geometry.heads = "16"',
    );
    expect(ide).toContain('ddb.virtualHWVersion = "13"');
    expect(text({ adapter_type: 'ide' }, 64 * 2 ** 30)).toContain('cylinders = "16383"');
    // What VMware writes for disks of these sizes.
    expect(text({}, 64 * 2 ** 30)).toContain('cylinders = "8354"\nddb.geometry.heads = "255"');
    expect(text({}, 512 << 20)).toContain('cylinders = "512"\nddb.geometry.heads = "64"');
    expect(text({}, 1.5 * 2 ** 30)).toContain('cylinders = "768"\nddb.geometry.heads = "128"');
    expect(text({}, 512)).toContain('cylinders = "1"');
  });

  it('gives other content another ID, and the same content the same one', () => {
    const id = (written: typeof pieces, options = {}): string => {
      const image = Buffer.from(imageOf(shapeOf(capacity, 'monolithicSparse', options), written));
      const [, short, long] = /CID=(\w{8})\n[^]*longContentID = "(\w{32})"/.exec(
        image.toString('latin1', 512, 10752),
      )!;
      expect(long!.endsWith(short!)).toBe(true);
      return short!;
    };
    const ids = [
      id(pieces),
      id([]),
      id(pieces.slice(1)),
      id([{ at: 0, bytes: pieces[0]!.bytes }, ...pieces.slice(1)]),
      id([{ at: unit, bytes: noise(3 * unit, 7) }, ...pieces.slice(1)]),
      id(pieces, { adapter_type: 'ide' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(id(pieces)).toBe(ids[0]);
  });
});
