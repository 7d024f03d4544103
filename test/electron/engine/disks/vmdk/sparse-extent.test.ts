import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../../../../setup/tools.ts';
import { scratchFolder } from '../../scratch.ts';
import { cowExtent, separate, seSparseExtent } from './image-files.ts';
import { expectSame, openPath, readPath } from './read-disk.ts';
import { descriptorText, grainOf, sparseImage, type SparseImageShape } from './sparse-image.ts';

const folder = scratchFolder();

/** The bytes of a VMDK as qemu-img has them. */
function asQemuReads(path: string): Uint8Array {
  execFileSync('qemu-img', ['convert', '-f', 'vmdk', '-O', 'raw', path, `${path}.raw`]);
  return readFileSync(`${path}.raw`);
}

describeWith('qemu-img', 'extents built from the specification', () => {
  const grains = { 0: grainOf(1), 1: grainOf(2), 7: grainOf(3), 31: grainOf(4) };
  const shapes: Readonly<Record<string, SparseImageShape>> = {
    'plain grains': {},
    'a footer': { grainsAre: 'marked', footer: true, version: 3 },
    'a footer, and tables left out': { grainsAre: 'marked', footer: true, omitEmptyTables: true, version: 3 },
    'compressed grains and redundant tables': { grainsAre: 'marked', redundant: true, version: 3 },
    'zeroed grains': { grains: { ...grains, 3: 'zero' }, zeroedFlag: true, version: 2, redundant: true },
    'a last grain that is cut': { capacity: 4000, grainsAre: 'marked', cutLastGrain: true },
    'one table marker': { grainsAre: 'marked', footer: true, oneTableMarker: true, version: 3 },
    'small grains': { grainSize: 8, grains: { 0: grainOf(1, 8), 511: grainOf(2, 8) } },
  };
  it.each(Object.keys(shapes))('with %s are the same disk to qemu-img', (title) => {
    const shape = { capacity: 4096, numGTEsPerGT: 16, grains, ...shapes[title] };
    const path = join(folder, `${title.replaceAll(/\W/g, '-')}.vmdk`);
    writeFileSync(path, sparseImage({ ...shape, descriptor: descriptorText(shape.capacity) }).bytes);
    expectSame(readPath(path), asQemuReads(path));
  });

  const cow = cowExtent(50_000, 1, { 0: grainOf(1, 1), 4999: grainOf(2, 1), 49_999: grainOf(3, 1) });
  const seSparse = seSparseExtent(50_000, {
    0: grainOf(1, 8),
    2: 'zero',
    3: 'unmapped',
    5000: grainOf(2, 8),
  });
  it.each([
    ['vmfsSparse', 'VMFSSPARSE', cow],
    ['seSparse', 'SESPARSE', seSparse],
  ])('as %s are the same disk to qemu-img', (createType, type, extent) => {
    const path = join(folder, `${createType}.vmdk`);
    writeFileSync(join(folder, `${createType}-delta.vmdk`), extent);
    writeFileSync(path, separate(createType, [`RW 50000 ${type} "${createType}-delta.vmdk"`]));
    const reader = openPath(path);
    expect([reader.variant, reader.capacityBytes]).toEqual([createType, 50_000 * 512]);
    reader.close();
    expectSame(readPath(path), asQemuReads(path));
  });
});
