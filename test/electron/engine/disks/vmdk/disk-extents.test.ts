import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '#engine/bytes/source.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import type { FileReference } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { noise, writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { cowExtent, separate } from './image-files.ts';
import {
  bytesIn,
  countingSource,
  expectMalformed,
  expectSame,
  failureOf,
  filesOf,
  openBytes,
  openPath,
  readWhole,
  shapeOfExtents,
  tiledExtents,
} from './read-disk.ts';
import { descriptorText, grainOf, sparseImage } from './sparse-image.ts';

const folder = scratchFolder();
const flat = noise(1 << 20, 1);
const part = sparseImage({ descriptor: null, grains: { 0: grainOf(1), 15: grainOf(2) } }).bytes;
const partBytes = bytesIn(sparseImage({ grains: { 0: grainOf(1), 15: grainOf(2) } }).bytes);

describe('extents', () => {
  it('of every kind make one disk, in the order of the descriptor', () => {
    const files = { 'f.vmdk': flat, 's.vmdk': part, 'c.vmdk': cowExtent(100, 1, { 7: grainOf(3, 1) }) };
    const image = separate('custom', [
      'RW 63 FLAT "f.vmdk" 0',
      'RW 2048 SPARSE "s.vmdk"',
      'NOACCESS 1000 ZERO',
      'RDONLY 10 FLAT "f.vmdk" 2038',
      'RW 100 VMFSSPARSE "c.vmdk"',
      'RW 20 VMFS "f.vmdk" 100',
    ]);
    const expected = Buffer.concat([
      flat.subarray(0, 63 * 512),
      partBytes,
      Buffer.alloc(1000 * 512),
      flat.subarray(2038 * 512, 2048 * 512),
      Buffer.alloc(7 * 512),
      grainOf(3, 1),
      Buffer.alloc(92 * 512),
      flat.subarray(100 * 512, 120 * 512),
    ]);
    const reader = openBytes(image, filesOf(files));
    expect(reader.variant).toBe('custom');
    expect(reader.capacityBytes).toBe(expected.length);
    expectSame(readWhole(reader), expected);
    expect(reader.facts).toContainEqual({ label: 'Extents', value: '6' });
  });

  it('of zeros count towards the size, first, last and alone', () => {
    const image = separate('custom', ['RW 100 ZERO', 'RW 8 FLAT "f" 0', 'RW 4000000000 ZERO']);
    const reader = openBytes(image, filesOf({ f: flat }));
    expect(reader.capacityBytes).toBe(4000000108 * 512);
    expect(shapeOfExtents(tiledExtents(reader))).toEqual(['zero 51200', 'stored 4096', 'zero 2048000000000']);
    expect(openBytes(separate('custom', ['RW 9 ZERO'])).capacityBytes).toBe(9 * 512);
  });

  it('are opened through the context alone, each file once, with what it should be', () => {
    const asked: FileReference[] = [];
    const sources: ReturnType<typeof countingSource>[] = [];
    const open = (reference: FileReference): ByteSource => {
      asked.push(reference);
      const source = countingSource(reference.name === 'f' ? flat : part);
      sources.push(source);
      return source;
    };
    const lines = ['RW 8 FLAT "f" 0', 'RW 2048 SPARSE "s"', 'RW 8 FLAT "f" 8', 'RW 5 ZERO'];
    const own = countingSource(separate('custom', lines));
    const reader = vmdk.open(own, { openReference: open });
    expect(asked).toEqual([
      { name: 'f', format: 'raw' },
      { name: 's', format: 'vmdk' },
    ]);
    expect(sources.map(({ closed }) => closed)).toEqual([0, 0]);
    reader.close();
    expect([own, ...sources].map(({ closed }) => closed)).toEqual([1, 1, 1]);
  });

  it('are all closed again when one of them cannot be opened', () => {
    const own = countingSource(separate('custom', ['RW 8 FLAT "f" 0', 'RW 8 FLAT "gone" 0']));
    const first = countingSource(flat);
    const context = {
      openReference: ({ name }: FileReference): ByteSource => {
        if (name === 'f') return first;
        throw new Failure('image.parent-missing', { path: 'here', reference: name });
      },
    };
    const { details } = failureOf('image.parent-missing', () => vmdk.open(own, context));
    expect(details.reference).toBe('gone');
    expect([own.closed, first.closed]).toEqual([1, 1]);
  });

  it('that lead away from the folder are denied by its gate', () => {
    for (const name of [
      '/dev/zero',
      '../outside.vmdk',
      'json:{"driver":"null-co"}',
      'nbd://host/x',
      '\\\\.\\PhysicalDrive0',
    ]) {
      const path = join(folder, 'leads-away.vmdk');
      writeFileSync(path, separate('monolithicFlat', [`RW 8 FLAT "${name}" 0`]));
      failureOf('reference.denied', () => openPath(path));
    }
  });

  it('that are flat must be as long as the descriptor says', () => {
    const image = (line: string): Buffer => separate('monolithicFlat', [line]);
    const open = (line: string) => (): unknown => openBytes(image(line), filesOf({ f: flat }));
    expect(openBytes(image('RW 2048 FLAT "f" 0'), filesOf({ f: flat })).capacityBytes).toBe(1 << 20);
    expect(openBytes(image('RW 2040 FLAT "f" 8'), filesOf({ f: flat })).capacityBytes).toBe(2040 * 512);
    for (const line of ['RW 2049 FLAT "f" 0', 'RW 2048 FLAT "f" 1', 'RW 1 FLAT "f" 17592186044415']) {
      failureOf('image.truncated', open(line));
    }
    failureOf('image.truncated', () =>
      openBytes(image('RW 2048 VMFS "f"'), filesOf({ f: flat.subarray(1) })),
    );
  });

  it('that are flat show the holes of their file as zeros', () => {
    const data = noise(1 << 20, 4);
    writeRawDisk(join(folder, 'holes-flat.vmdk'), 8 << 20, [{ at: 4 << 20, bytes: data }]);
    writeFileSync(
      join(folder, 'holes.vmdk'),
      separate('monolithicFlat', ['RW 16000 FLAT "holes-flat.vmdk" 384']),
    );
    const reader = openPath(join(folder, 'holes.vmdk'));
    const extents = tiledExtents(reader);
    const bytes = readWhole(reader);
    reader.close();
    expectSame(bytes.subarray((4 << 20) - 384 * 512, (5 << 20) - 384 * 512), data);
    const stored = extents.filter(({ state }) => state === 'stored');
    // Where the system cannot tell holes, all of it is data.
    if (extents.length > 1) expect(stored.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2 << 20);
    expect(stored[0]).toMatchObject({ fileOffset: stored[0]!.start + 384 * 512 });
  });

  it('that are sparse must be as large as their own header says, or less by the rest of a grain', () => {
    const open = (sectors: number) => (): unknown =>
      openBytes(separate('twoGbMaxExtentSparse', [`RW ${sectors} SPARSE "s"`]), filesOf({ s: part }));
    expect((open(2048)() as { capacityBytes: number }).capacityBytes).toBe(2048 * 512);
    expect((open(2048 - 127)() as { capacityBytes: number }).capacityBytes).toBe(1921 * 512);
    for (const sectors of [2049, 2048 - 128, 1, 4096, 4000])
      expectMalformed('extent description', 'size', open(sectors));
  });

  it('follow one another where the descriptor says, whatever their own size is rounded to', () => {
    const image = separate('twoGbMaxExtentSparse', ['RW 2000 SPARSE "s"', 'RW 2048 SPARSE "s"']);
    const bytes = bytesIn(image, filesOf({ s: part }));
    expectSame(bytes, Buffer.concat([partBytes.subarray(0, 2000 * 512), partBytes]));
    // Only what is rounded may differ.
    const odd = sparseImage({ capacity: 2040, descriptor: null }).bytes;
    const less = separate('twoGbMaxExtentSparse', ['RW 2000 SPARSE "s"']);
    expectMalformed('extent description', 'size', () => openBytes(less, filesOf({ s: odd })));
  });

  it.each([
    ['SPARSE', 'is text', Buffer.from('hello, this is no extent')],
    ['SPARSE', 'is empty', Buffer.alloc(0)],
    ['VMFSSPARSE', 'is raw', flat],
  ])('that are %s are refused when the file %s', (type, _, bytes) => {
    const image = separate('custom', [`RW 8 ${type} "x"`]);
    expectMalformed('sparse extent', 'magic', () => openBytes(image, filesOf({ x: bytes })));
  });

  it('that Platter cannot read are refused by name', () => {
    const open = (line: string) => (): unknown => openBytes(separate('custom', [line]), filesOf({ f: flat }));
    failureOf('image.unsupported', open('RW 8 VMFSRDM "f"'));
    failureOf('image.unsupported', open('RW 8 VMFSRAW "f"'));
    failureOf('image.unsupported', open('NOACCESS 8 FLAT "f" 0'));
    const nested = sparseImage({ capacity: 0, descriptor: descriptorText(8) }).bytes;
    failureOf('image.unsupported', () =>
      openBytes(separate('custom', ['RW 8 SPARSE "n"']), filesOf({ n: nested })),
    );
  });

  it('cannot be larger together than numbers are exact', () => {
    const line = `RW ${2 ** 43} ZERO`;
    expectMalformed('extent description', 'size', () => openBytes(separate('custom', [line, line])));
  });
});
