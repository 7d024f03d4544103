import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource } from '#engine/bytes/source.ts';
import type { ByteSink } from '#engine/bytes/sink.ts';
import { Disk } from '#engine/disks/chain.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import {
  expectSame,
  failureOf,
  openPath,
  readPath,
  readWhole,
  shapeOfExtents,
  tiledExtents,
} from './read-disk.ts';
import { fileVariants, shapeOf, variants, writePieces, type Piece } from './write-disk.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const qemu = (...args: string[]): string => execFileSync('qemu-img', args, { encoding: 'utf8' });
const unit = 64 << 10;

const disks: { name: string; sizeBytes: number; pieces: Piece[] }[] = [
  { name: '1m', sizeBytes: 1 << 20, pieces: [{ at: 2 * unit, bytes: prose(5 * unit, 1) }] },
  {
    name: '10m-odd',
    sizeBytes: (10 << 20) + 512,
    pieces: [
      { at: 0, bytes: noise(unit, 2) },
      { at: 3 << 20, bytes: prose(20 * unit, 3) },
      { at: 10 << 20, bytes: noise(512, 4) },
    ],
  },
  { name: 'nothing', sizeBytes: 4 << 20, pieces: [] },
];

for (const disk of disks) writeRawDisk(at(`${disk.name}.raw`), disk.sizeBytes, disk.pieces);

/** Writes a file as the engine does. */
function writeFile(path: string, capacityBytes: number, variant: string, pieces: readonly Piece[]): number {
  const descriptor = openSync(path, 'w');
  const sink: ByteSink = {
    write: (fileOffset, bytes) => void writeSync(descriptor, bytes, 0, bytes.length, fileOffset),
    truncate: (sizeBytes) => ftruncateSync(descriptor, sizeBytes),
  };
  try {
    return writePieces(sink, shapeOf(capacityBytes, variant), pieces);
  } finally {
    closeSync(descriptor);
  }
}

describeWith('qemu-img', 'what qemu-img writes', () => {
  const subformats = [
    'monolithicSparse',
    'monolithicFlat',
    'twoGbMaxExtentSparse',
    'twoGbMaxExtentFlat',
    'streamOptimized',
  ];
  describe.each(subformats)('as %s', (subformat) => {
    it.each(disks)('reads as the raw disk: $name', ({ name, sizeBytes }) => {
      const path = at(`qemu-${subformat}-${name}.vmdk`);
      qemu('convert', '-f', 'raw', '-O', 'vmdk', '-o', `subformat=${subformat}`, at(`${name}.raw`), path);
      const source = new FileSource(path);
      expect(vmdk.probe(source)).toBe('certain');
      source.close();
      const reader = openPath(path);
      expect([reader.variant, reader.capacityBytes, reader.warnings]).toEqual([subformat, sizeBytes, []]);
      reader.close();
      expectSame(readPath(path), readFileSync(at(`${name}.raw`)));
    });
  });

  it('with zeroed grains reads as zeros', () => {
    const path = at('zeroed.vmdk');
    qemu('create', '-f', 'vmdk', '-o', 'zeroed_grain=on', path, '1M');
    execFileSync('qemu-io', ['-f', 'vmdk', '-c', 'write -P 7 0 256k', '-c', 'write -z 64k 128k', path]);
    const reader = openPath(path);
    expect(shapeOfExtents(tiledExtents(reader))).toEqual([
      `stored ${unit}`,
      `zero ${2 * unit}`,
      `stored ${unit}`,
      `absent ${12 * unit}`,
    ]);
    expectSame(
      readWhole(reader),
      Buffer.concat([
        Buffer.alloc(unit, 7),
        Buffer.alloc(2 * unit),
        Buffer.alloc(unit, 7),
        Buffer.alloc(12 * unit),
      ]),
    );
    reader.close();
  });

  it('in parts of 2 GiB reads across their borders, and never without one of them', () => {
    const border = 2 ** 31;
    const piece = { at: border - 100_000, bytes: prose(200_000, 6) };
    writeRawDisk(at('5g.raw'), 5 * 2 ** 30, [piece]);
    for (const subformat of ['twoGbMaxExtentSparse', 'twoGbMaxExtentFlat']) {
      const path = at(`${subformat}.vmdk`);
      qemu('convert', '-f', 'raw', '-O', 'vmdk', '-o', `subformat=${subformat}`, at('5g.raw'), path);
      const disk = Disk.open(new FileSource(path), folderGate(path), vmdk);
      expect(disk.capacityBytes).toBe(5 * 2 ** 30);
      const bytes = new Uint8Array(300_000);
      disk.read(border - 150_000, bytes);
      expectSame(bytes.subarray(50_000, 250_000), piece.bytes);
      disk.close();
      const part = at(`${subformat}-${subformat.endsWith('Flat') ? 'f' : 's'}003.vmdk`);
      // Of the sparse part, which holds nothing, the tables.
      truncateSync(part, subformat.endsWith('Flat') ? statSync(part).size - 512 : 24 * 512);
      failureOf('image.truncated', () => tiledExtents(openPath(path)));
      unlinkSync(part);
      const { details } = failureOf('image.parent-missing', () => openPath(path));
      expect(details.reference).toContain('003.vmdk');
    }
    const alone = failureOf('image.unsupported', () => openPath(at('twoGbMaxExtentSparse-s001.vmdk')));
    expect(alone.details.feature).toContain('open the descriptor');
  });

  it('over a parent shows it through', () => {
    const base = at('base.vmdk');
    qemu('convert', '-f', 'raw', '-O', 'vmdk', at('10m-odd.raw'), base);
    const child = at('child.vmdk');
    qemu('create', '-f', 'vmdk', '-b', 'base.vmdk', '-F', 'vmdk', child);
    execFileSync('qemu-io', ['-f', 'vmdk', '-c', 'write -P 9 3M 64k', child]);
    const reader = openPath(child);
    expect(reader.parent).toEqual({ name: 'base.vmdk', format: 'vmdk' });
    const facts = Object.fromEntries(reader.facts.map(({ label, value }) => [label, value]));
    reader.close();
    const parent = openPath(base);
    expect(parent.facts).toContainEqual({ label: 'Content ID', value: facts['Parent content ID'] });
    parent.close();
    const expected = readFileSync(at('10m-odd.raw'));
    expected.fill(9, 3 << 20, (3 << 20) + unit);
    const disk = Disk.open(new FileSource(child), folderGate(child), vmdk);
    const bytes = new Uint8Array(disk.capacityBytes);
    disk.read(0, bytes);
    disk.close();
    expectSame(bytes, expected);
  });

  it('is a chain that holds as long as nobody writes to a parent', () => {
    const names = ['bottom.vmdk', 'middle.vmdk', 'top.vmdk'].map(at);
    qemu('create', '-f', 'vmdk', names[0]!, '1M');
    const write = (path: string, pattern: number, kibibytes: number): unknown =>
      execFileSync('qemu-io', ['-f', 'vmdk', '-c', `write -P ${pattern} ${kibibytes}k 64k`, path]);
    write(names[0]!, 1, 0);
    qemu('create', '-f', 'vmdk', '-b', 'bottom.vmdk', '-F', 'vmdk', names[1]!);
    write(names[1]!, 2, 64);
    qemu('create', '-f', 'vmdk', '-b', 'middle.vmdk', '-F', 'vmdk', names[2]!);
    write(names[2]!, 3, 128);
    const disk = Disk.open(new FileSource(names[2]!), folderGate(names[2]!), vmdk);
    const bytes = new Uint8Array(4 * unit);
    disk.read(0, bytes);
    disk.close();
    expectSame(bytes, Buffer.concat([1, 2, 3, 0].map((pattern) => Buffer.alloc(unit, pattern))));
    write(names[0]!, 9, 512);
    const { details } = failureOf('image.parent-mismatch', () =>
      Disk.open(new FileSource(names[2]!), folderGate(names[2]!), vmdk),
    );
    expect(details).toMatchObject({ path: names[1], parent: 'bottom.vmdk' });
  });

  it('of 3 TiB with nothing in it is walked at once', () => {
    const path = at('3t-qemu.vmdk');
    qemu('create', '-f', 'vmdk', path, '3T');
    const reader = openPath(path);
    expect(shapeOfExtents(tiledExtents(reader))).toEqual([`absent ${3 * 2 ** 40}`]);
    reader.close();
  });
});

describeWith('qemu-img', 'what we write', () => {
  describe.each(variants)('as %s', (variant) => {
    it.each(disks)('is the same disk to qemu-img, and sound: $name', ({ name, sizeBytes, pieces }) => {
      const path = at(`ours-${variant}-${name}.vmdk`);
      const count = writeFile(path, sizeBytes, variant, pieces);
      qemu('compare', '-f', 'raw', '-F', 'vmdk', at(`${name}.raw`), path);
      qemu('check', '-q', '-f', 'vmdk', path);
      const info = JSON.parse(qemu('info', '-f', 'vmdk', '--output=json', path)) as {
        'virtual-size': number;
        'format-specific': { data: { 'create-type': string; cid: number; 'parent-cid': number } };
      };
      expect(info['virtual-size']).toBe(sizeBytes);
      expect(info['format-specific'].data).toMatchObject({
        'create-type': variant,
        'parent-cid': 0xffffffff,
      });
      const { bytes, exact } = vmdk.creation!.outputSize(shapeOf(sizeBytes, variant), () => count);
      if (exact) expect(statSync(path).size).toBe(bytes);
      else expect(statSync(path).size).toBeLessThanOrEqual(bytes);
      expectSame(readPath(path), readFileSync(at(`${name}.raw`)));
    });

    it('holds 3 TiB, nearly all of it empty', () => {
      const sizeBytes = 3 * 2 ** 40;
      const pieces = [
        { at: 0, bytes: prose(unit, 1) },
        { at: 2 ** 41 - unit, bytes: noise(2 * unit, 2) },
        { at: sizeBytes - unit, bytes: prose(unit, 3) },
      ];
      const path = at(`3t-${variant}.vmdk`);
      const count = writeFile(path, sizeBytes, variant, pieces);
      // Comparing all of it takes qemu-img minutes: it asks grain by grain.
      for (const { at: place, bytes } of pieces) {
        const [skip, blocks] = [place / unit, bytes.length / unit].map(String);
        const range = ['bs=65536', `skip=${skip}`, `count=${Number(skip) + Number(blocks)}`];
        qemu('dd', '-f', 'vmdk', '-O', 'raw', ...range, `if=${path}`, `of=${at('3t-part')}`);
        expectSame(readFileSync(at('3t-part')).subarray(0, bytes.length), bytes);
      }
      const reader = openPath(path);
      const extents = tiledExtents(reader).filter(({ state }) => state !== 'absent');
      expect(extents.map(({ start }) => start)).toEqual(
        variant === 'monolithicSparse'
          ? [0, 2 ** 41 - unit, sizeBytes - unit]
          : [0, 2 ** 41 - unit, 2 ** 41, sizeBytes - unit],
      );
      reader.close();
      const { allocatedSize, outputSize } = vmdk.creation!;
      const shape = shapeOf(sizeBytes, variant);
      expect(statSync(path).size).toBeLessThanOrEqual(outputSize(shape, () => count).bytes);
      expect(statSync(path).blocks * 512).toBeLessThanOrEqual(allocatedSize!(shape, count)! + 65536);
    });
  });

  it('can be written to by qemu afterwards: both copies of the tables are in order', () => {
    const path = at('written-on.vmdk');
    writeFile(path, 10 << 20, 'monolithicSparse', disks[1]!.pieces.slice(0, 2));
    execFileSync('qemu-io', ['-f', 'vmdk', '-c', 'write -P 5 1M 1M', '-c', 'write -P 6 3M 10k', path]);
    qemu('check', '-q', '-f', 'vmdk', path);
    qemu('convert', '-f', 'vmdk', '-O', 'raw', path, at('written-on.raw'));
    expectSame(readPath(path), readFileSync(at('written-on.raw')));
  });
});

describeWith(['vmdkinfo'], 'vmdkinfo', () => {
  it.each(variants)('reads what we write as %s', (variant) => {
    // It looks for the extent by the name in the descriptor.
    const path = at('disk.vmdk');
    writeFile(path, disks[1]!.sizeBytes, variant, disks[1]!.pieces);
    const told = execFileSync('vmdkinfo', [path], { encoding: 'utf8' });
    expect(told).toMatch(
      variant === 'streamOptimized' ? /Disk type:\s+Stream optimized/ : /Disk type:\s+Monolithic sparse/,
    );
    expect(told).toContain(`(${disks[1]!.sizeBytes} bytes)`);
    expect(told).toMatch(/Parent content identifier:\s+0xffffffff/);
    expect(told).toMatch(/Number of extents:\s+1/);
    const reader = openPath(path);
    const cid = reader.facts.find(({ label }) => label === 'Content ID')!.value;
    reader.close();
    expect(told).toContain(`0x${cid}`);
    copyFileSync(path, at(`${variant}-renamed.vmdk`));
    expectSame(readPath(at(`${variant}-renamed.vmdk`)), readFileSync(at('10m-odd.raw')));
  });
});

describe('the declaration', () => {
  it('names what it makes and its defaults', () => {
    expect([vmdk.id, vmdk.extensions]).toEqual(['vmdk', ['vmdk']]);
    expect(vmdk.creation!.variants.map(({ id }) => id)).toEqual([...variants, ...fileVariants]);
    expect(vmdk.creation!.options.map(({ name, default: value }) => [name, value])).toEqual([
      ['adapter_type', 'lsilogic'],
      ['hwversion', 4],
      ['toolsversion', 2147483647],
      ['preallocated', false],
      ['uuid', ''],
    ]);
    expect(vmdk.creation!.unitBytes(shapeOf(1 << 20))).toBe(unit);
  });
});
