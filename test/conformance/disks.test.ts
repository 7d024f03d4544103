/** What holds for every disk format: loops over the registry, so that a new driver is picked up by itself. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource } from '#engine/bytes/source.ts';
import type { DiskDriver } from '#engine/disks/driver.ts';
import { diskDrivers, probeDisk } from '#engine/disks/registry.ts';
import { contentTree } from '#engine/operations/content-tree.ts';
import { convert, planConversion } from '#engine/operations/convert.ts';
import { hashImage, hashWithContent } from '#engine/operations/hash.ts';
import { inspect } from '#engine/operations/inspect.ts';
import { Failure } from '#shared/failure.ts';
import { shapeOf } from '../electron/engine/disks/image-files.ts';
import { noise, prose, writeRawDisk } from '../electron/engine/pattern.ts';
import { quietControl } from '../electron/engine/quiet-control.ts';
import { scratchFolder } from '../electron/engine/scratch.ts';
import { describeWith } from '../setup/tools.ts';
import { mapImage } from '../electron/engine/whole-map.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const drivers: readonly DiskDriver[] = diskDrivers;

/** Every way to write a disk: format and variant. */
const targets = drivers.flatMap((driver) =>
  (driver.creation?.variants ?? []).map((variant) => ({ driver, format: driver.id, variant: variant.id })),
);

/** How qemu-img calls a format where it calls it otherwise. */
const qemuNames: Readonly<Record<string, string>> = { vhd: 'vpc' };

const disks = [
  { name: 'small', sizeBytes: 1 << 20, pieces: [{ at: 0, bytes: prose(200_000, 1) }] },
  {
    name: 'odd',
    sizeBytes: (10 << 20) + 512,
    pieces: [
      { at: 65536, bytes: noise(70_000, 2) },
      { at: 3 << 20, bytes: prose(3 << 20, 3) },
      { at: (10 << 20) - 512, bytes: noise(1024, 4) },
    ],
  },
  { name: 'empty', sizeBytes: 4 << 20, pieces: [] },
  {
    name: 'huge',
    // Beyond 32 bits, and no larger: qemu-img reads all of a VHDX.
    sizeBytes: 5 * 2 ** 30,
    pieces: [
      { at: 4096, bytes: noise(5000, 5) },
      { at: 2 ** 32 + 512, bytes: prose(300_000, 6) },
      { at: 5 * 2 ** 30 - 4096, bytes: noise(4096, 7) },
    ],
  },
].map((disk) => ({ ...disk, path: writeRawDisk(at(`${disk.name}.raw`), disk.sizeBytes, disk.pieces) }));

const outputs = new Map<string, string>();
/** The disk in that format, made once. */
function image(format: string, variant: string, disk: (typeof disks)[number]): string {
  const key = `${disk.name}.${format}-${variant}`;
  let path = outputs.get(key);
  if (path === undefined) {
    path = at(`${key}.image`);
    const source = { path: disk.path, format: 'raw' };
    convert({ source, outputPath: path, target: { format, variant } }, quietControl(0));
    outputs.set(key, path);
  }
  return path;
}

const small = disks[0]!;
const odd = disks[1]!;

describe.each(targets)('$format, $variant', ({ driver, format, variant }) => {
  it('is claimed by its own driver and no other', () => {
    for (const disk of [small, odd]) {
      const source = new FileSource(image(format, variant, disk));
      expect(probeDisk(source).id).toBe(format);
      const certain = drivers.filter((other) => other.probe(source) === 'certain').map(({ id }) => id);
      expect(certain).toEqual(format === 'raw' ? [] : [format]);
      source.close();
    }
  });

  it.each(disks)('holds the $name disk: its extents tile it, its bytes are the same', (disk) => {
    const path = image(format, variant, disk);
    const map = mapImage({ path, format }, quietControl());
    let end = 0;
    for (const extent of map.extents) {
      expect(extent.start).toBe(end);
      expect(extent.length).toBeGreaterThan(0);
      end += extent.length;
    }
    expect(end).toBe(map.virtualSizeBytes);
    expect(map.virtualSizeBytes).toBe(shapeOf(driver, disk.sizeBytes, variant).capacityBytes);
    if (disk.name === 'huge') return;
    const rounded = {
      path: writeRawDisk(at('rounded.raw'), map.virtualSizeBytes, disk.pieces),
      format: 'raw',
    };
    expect(hashImage({ path, format }, quietControl())).toEqual(hashImage(rounded, quietControl()));
    const { root } = contentTree({ path, format }, quietControl());
    expect(root).toBe(contentTree(rounded, quietControl()).root);
    expect(root).toBe(hashWithContent({ path, format }, quietControl(2)).content?.root);
  });

  it('takes the room that its plan said, or less', () => {
    for (const disk of disks) {
      const source = { path: disk.path, format: 'raw' };
      const request = { source, outputPath: at('planned'), target: { format, variant } };
      const plan = planConversion(request, quietControl());
      const { blocks } = statSync(image(format, variant, disk));
      // The file system's own blocks and its records of them come on top.
      expect(blocks * 512).toBeLessThanOrEqual(plan.outputBytes + (1 << 20));
    }
  });

  it('ends in a Failure or a read wherever the file is cut off', () => {
    const path = image(format, variant, odd);
    const { size } = statSync(path);
    const cut = at('cut.image');
    copyFileSync(path, cut);
    const lengths = Array.from({ length: 20 }, (_, step) => [
      Math.floor((size * step) / 20),
      Math.max(0, size - 2 ** step),
    ]).flat();
    for (const length of lengths.sort((a, b) => b - a)) {
      truncateSync(cut, length);
      survives(cut, format);
    }
  });

  it('ends in a Failure or a read whatever bit of its metadata flips', () => {
    const path = image(format, variant, odd);
    const flipped = at('flipped.image');
    copyFileSync(path, flipped);
    const { size: length } = statSync(flipped);
    const file = openSync(flipped, 'r+');
    // The first structures bit by bit in steps, then places spread over the file and over its last kilobyte.
    const places = [
      ...Array.from({ length: 160 }, (_, index) => index * 4 + (index % 4)),
      ...Array.from({ length: 60 }, (_, index) => Math.floor((length * index) / 60)),
      ...Array.from({ length: 40 }, (_, index) => length - 1 - index * 25),
    ];
    for (const [index, place] of places.entries()) {
      if (place < 0 || place >= length) continue;
      const mask = 1 << (index % 8);
      flipBits(file, place, mask);
      survives(flipped, format);
      flipBits(file, place, mask);
    }
    closeSync(file);
    expect(readFileSync(flipped).equals(readFileSync(path))).toBe(true);
  });
});

function flipBits(file: number, place: number, mask: number): void {
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, place);
  byte[0]! ^= mask;
  writeSync(file, byte, 0, 1, place);
}

/** Everything that can be asked of a damaged file must answer or fail with words; memory stays bounded. */
function survives(path: string, format: string): void {
  for (const ask of [
    () => inspect({ path }, quietControl(), false),
    () => mapImage({ path, format }, quietControl()).extents.length,
    () => hashImage({ path, format }, quietControl(0, 64 << 20)),
  ]) {
    try {
      ask();
    } catch (error) {
      expect(error, `${path}: ${String((error as Error).stack)}`).toBeInstanceOf(Failure);
      expect((error as Failure).code, String(((error as Error).cause as Error | undefined)?.stack)).not.toBe(
        'internal',
      );
    }
  }
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(256 << 20);
}

describeWith('qemu-img', 'qemu-img agrees', () => {
  const judged = targets.filter(({ format }) => format !== 'raw');
  it.each(judged)('with every disk in $format, $variant', ({ format, variant }) => {
    const name = qemuNames[format] ?? format;
    for (const disk of disks) {
      const path = image(format, variant, disk);
      execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', name, disk.path, path]);
      if (name !== 'vpc') execFileSync('qemu-img', ['check', '-q', '-f', name, path]);
      const info = JSON.parse(
        execFileSync('qemu-img', ['info', '-f', name, '--output=json', path], { encoding: 'utf8' }),
      ) as { 'virtual-size': number };
      expect(mapImage({ path }, quietControl()).virtualSizeBytes).toBe(info['virtual-size']);
    }
  });
});
