import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import type { OpenContext } from '#engine/disks/driver.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import type { RepairScope, StructureReport } from '#shared/domain/structure.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../../pattern.ts';
import { quietControl } from '../../quiet-control.ts';
import { scratchFolder } from '../../scratch.ts';
import { cowExtent, separate, seSparseExtent, seSparsePlaces } from './image-files.ts';
import { applyPatch } from './patching.ts';
import { alone, bytesIn, expectSame, failureOf, filesOf } from './read-disk.ts';
import { grainOf, patched, sparseImage } from './sparse-image.ts';
import { imageOf, MemoryOutput, shapeOf, writePieces } from './write-disk.ts';

const check = (image: Uint8Array, context: OpenContext = alone): StructureReport =>
  vmdk.structure!.check(new MemorySource(image, 'image.vmdk'), context, quietControl());
const repaired = (image: Uint8Array, scope: RepairScope = 'all'): Uint8Array | null => {
  const source = new MemorySource(image, 'image.vmdk');
  const patch = vmdk.structure!.repair!(source, alone, quietControl(), scope);
  return patch === null ? null : applyPatch(image, patch);
};
const counts = ({ corruptions, leaks, notes, repairable }: StructureReport): unknown[] => [
  corruptions,
  leaks,
  notes,
  repairable,
];
const sound = [0, 0, 0, false];
const sector = 512;

/** Four tables of 16 grains of 4 KiB, in two copies. */
const grains = Object.fromEntries([0, 1, 5, 17, 40, 63].map((grain) => [grain, grainOf(grain + 1, 8)]));
const plain = sparseImage({ capacity: 512, grainSize: 8, numGTEsPerGT: 16, redundant: true, grains });
const right = bytesIn(plain.bytes);

/** Damages the plain image, and expects it to be found, mended, and read as before. */
function expectMended(found: number, change: (bytes: Buffer) => void): void {
  const image = patched(plain.bytes, change);
  const report = check(image);
  expect(counts(report), JSON.stringify(report.findings)).toEqual([found, 0, 0, true]);
  const mended = repaired(image)!;
  expect(counts(check(mended))).toEqual(sound);
  expectSame(bytesIn(mended), right);
  expect(repaired(image, 'leaks')).toBeNull();
}

describe('the check', () => {
  it('finds nothing in what is right, and counts grains', () => {
    expect(check(plain.bytes)).toEqual({
      format: 'vmdk',
      corruptions: 0,
      leaks: 0,
      notes: 0,
      findings: [],
      allocatedUnits: 6,
      totalUnits: 64,
      unitBytes: 4096,
      repairable: false,
    });
    expect(repaired(plain.bytes)).toBeNull();
    const pieces = [
      { at: 0, bytes: prose(65536) },
      { at: 3 << 20, bytes: noise(3 * 65536) },
    ];
    for (const variant of ['monolithicSparse', 'streamOptimized']) {
      const report = check(imageOf(shapeOf((10 << 20) + 512, variant), pieces));
      expect(counts(report)).toEqual(sound);
      expect([report.allocatedUnits, report.totalUnits, report.unitBytes]).toEqual([4, 161, 65536]);
    }
    const odd = { capacity: 512, grainSize: 8, numGTEsPerGT: 16, grains };
    expect(counts(check(sparseImage({ ...odd, grainsAre: 'marked', footer: true }).bytes))).toEqual(sound);
    expect(counts(check(sparseImage({ ...odd, grainsAre: 'sized', redundant: true }).bytes))).toEqual(sound);
    expect(counts(check(sparseImage({ ...odd, descriptor: null }).bytes))).toEqual(sound);
  });

  it('finds grains beyond the end of the file', () => {
    const report = check(plain.bytes.subarray(0, plain.bytes.length - 512));
    expect(counts(report)).toEqual([1, 0, 0, false]);
    expect(report.findings[0]!.message).toContain('beyond the end of the file');
    expect(repaired(plain.bytes.subarray(0, plain.bytes.length - 512))).toBeNull();
  });

  it('finds grains in the same place, and grains where tables are', () => {
    const both = (entry: number, value: number): Buffer =>
      patched(plain.bytes, (bytes) => {
        for (const table of [plain.tables[0]!, plain.redundantTables[0]!]) {
          bytes.writeUInt32LE(value, table * sector + entry * 4);
        }
      });
    const twice = check(both(2, plain.grainSectors.get(1)!));
    expect([twice.corruptions, twice.repairable]).toEqual([1, false]);
    expect(twice.findings[0]).toMatchObject({
      kind: 'corruption',
      fileOffset: plain.grainSectors.get(1)! * sector,
    });
    expect(check(both(2, plain.grainSectors.get(1)! + 4)).corruptions).toBeGreaterThan(0);
    expect(check(both(2, plain.tables[2]!)).corruptions).toBeGreaterThan(0);
    expect(check(both(2, plain.gd)).corruptions).toBeGreaterThan(0);
    expect(repaired(both(2, plain.grainSectors.get(1)!))).toBeNull();
  });

  it('finds damaged markers of deflated grains', () => {
    const stream = sparseImage({
      grains: { 0: grainOf(1), 3: grainOf(2) },
      grainsAre: 'marked',
      footer: true,
    });
    const at = stream.grainSectors.get(3)! * sector;
    for (const [offset, value] of [
      [0, 7],
      [8, 0],
      [8, 0x7fffffff],
    ] as const) {
      const report = check(patched(stream.bytes, (bytes) => bytes.writeUInt32LE(value, at + offset)));
      expect(counts(report)).toEqual([1, 0, 0, false]);
    }
    const unmarked = patched(stream.bytes, (bytes) =>
      bytes.fill(0, (stream.tables[0]! - 1) * sector, stream.tables[0]! * sector),
    );
    expect(counts(check(unmarked))).toEqual([1, 0, 0, false]);
    expect(repaired(unmarked)).toBeNull();
  });

  it('tells of a disk that was not closed', () => {
    const report = check(patched(plain.bytes, (bytes) => void (bytes[72] = 1)));
    expect(counts(report)).toEqual([0, 0, 1, false]);
  });
});

describe('the repair', () => {
  it('takes table entries from the copy that can be right', () => {
    const [first, last] = [plain.tables[0]! * sector, plain.redundantTables[3]! * sector];
    expectMended(1, (bytes) => bytes.writeUInt32LE(0, first + 4));
    expectMended(1, (bytes) => bytes.writeUInt32LE(0, last + 15 * 4));
    expectMended(1, (bytes) => bytes.writeUInt32LE(0xfffffff0, first));
    expectMended(1, (bytes) => bytes.writeUInt32LE(plain.grainSectors.get(0)!, first + 4));
    expectMended(1, (bytes) => bytes.writeUInt32LE(plain.gd, last + 15 * 4));
    expectMended(2, (bytes) => {
      bytes.writeUInt32LE(plain.grainSectors.get(17)! + 3, first + 5 * 4);
      bytes.writeUInt32LE(0x80000000, last + 15 * 4);
    });
    expectMended(4, (bytes) => void bytes.fill(0xff, first, first + 12).fill(0xff, last, last + 4));
  });

  it('finds tables again that a directory has lost', () => {
    const primary = plain.gd * sector;
    const redundant = plain.rgd * sector;
    for (const directory of [primary, redundant]) {
      for (const value of [0, 0x00ffffff, 1, plain.gd, plain.rgd]) {
        expectMended(1, (bytes) => bytes.writeUInt32LE(value, directory + 4));
      }
    }
    expectMended(1, (bytes) => bytes.writeUInt32LE(plain.tables[0]!, primary + 4));
    // Into a grain: what is there is no table.
    expectMended(1, (bytes) => bytes.writeUInt32LE(plain.grainSectors.get(40)!, primary + 4));
    expectMended(4, (bytes) => void bytes.fill(0, primary, primary + 16));
    expectMended(2, (bytes) => {
      bytes.writeUInt32LE(0, primary);
      bytes.writeUInt32LE(0, redundant + 12);
    });
  });

  it('uses the directory that is left when the header has lost one', () => {
    expectMended(1, (bytes) => bytes.writeBigUInt64LE(0x7ffffn, 48));
    expectMended(1, (bytes) => bytes.writeBigUInt64LE(0x7ffffn, 56));
  });

  it('leaves alone what it cannot know', () => {
    const lost = patched(plain.bytes, (bytes) => {
      bytes.writeUInt32LE(0, plain.gd * sector + 4);
      bytes.writeUInt32LE(0x00ffffff, plain.rgd * sector + 4);
    });
    expect(counts(check(lost))).toEqual([2, 0, 0, false]);
    expect(repaired(lost)).toBeNull();
    // Both places are free, so that both could be meant.
    const free = plain.bytes.length / sector;
    const two = patched(Buffer.concat([plain.bytes, Buffer.alloc(16 * sector)]), (bytes) => {
      bytes.writeUInt32LE(free, plain.tables[0]! * sector + 8);
      bytes.writeUInt32LE(free + 8, plain.redundantTables[0]! * sector + 8);
    });
    expect(check(two)).toMatchObject({ corruptions: 1, repairable: false });
    expect(repaired(two)).toBeNull();
  });

  it('gives back what nothing uses at the end of the file', () => {
    const longer = Buffer.concat([plain.bytes, Buffer.alloc(3 * 4096 + 100, 7)]);
    const report = check(longer);
    expect(counts(report)).toEqual([0, 3, 0, true]);
    expectSame(repaired(longer, 'leaks')!.subarray(0, plain.bytes.length), plain.bytes);
    expect(counts(check(repaired(longer, 'leaks')!))).toEqual(sound);
    const damaged = patched(longer, (bytes) => bytes.writeUInt32LE(0, plain.tables[0]! * sector));
    expect(repaired(damaged, 'leaks')).toBeNull();
    expect(counts(check(repaired(damaged)!))).toEqual(sound);
    // In the middle nothing can be given back.
    const hole = patched(plain.bytes, (bytes) => {
      for (const table of [plain.tables[0]!, plain.redundantTables[0]!])
        bytes.writeUInt32LE(0, table * sector);
    });
    expect(counts(check(hole))).toEqual([0, 1, 0, false]);
    expect(repaired(hole)).toBeNull();
  });

  it('never makes an image worse, whatever byte of its tables is wrong', () => {
    const tablesEnd = plain.tables.at(-1)! + 1;
    for (let at = plain.rgd * sector; at < tablesEnd * sector; at += 3) {
      const image = patched(plain.bytes, (bytes) => void (bytes[at]! ^= 1 << (at % 8)));
      const report = check(image);
      const mended = repaired(image);
      if (report.corruptions === 0) expectSame(bytesIn(image), right);
      else if (report.repairable) {
        expect(counts(check(mended!))).toEqual(sound);
        expectSame(bytesIn(mended!), right);
      }
    }
  });
});

describe('a disk of several files', () => {
  const output = new MemoryOutput('disk.vmdk');
  writePieces(output, shapeOf(3 * 2 ** 30, 'twoGbMaxExtentSparse'), [
    { at: 0, bytes: prose(65536) },
    { at: 2 ** 31, bytes: noise(65536) },
  ]);
  const files = Object.fromEntries([...output.siblings].map(([name, sink]) => [name, sink.bytes.slice()]));

  it('is checked as a whole, and each part by itself', () => {
    const report = check(output.bytes, filesOf(files));
    expect(counts(report)).toEqual(sound);
    expect([report.allocatedUnits, report.totalUnits, report.unitBytes]).toEqual([2, 49152, 65536]);
    expect(counts(check(files['disk-s002.vmdk']!))).toEqual(sound);
  });

  it('is told which part is missing or damaged; the part is mended by itself', () => {
    const { 'disk-s002.vmdk': second, ...first } = files;
    const missing = check(output.bytes, filesOf(first));
    expect(counts(missing)).toEqual([1, 0, 0, false]);
    expect(missing.findings[0]!.message).toBe('The extent disk-s002.vmdk is missing.');
    const damaged = patched(second!, (bytes) => bytes.writeUInt32LE(0, sector));
    const report = check(output.bytes, filesOf({ ...first, 'disk-s002.vmdk': damaged }));
    expect(counts(report)).toEqual([1, 0, 0, false]);
    expect(report.findings[0]!.message).toContain('disk-s002.vmdk: ');
    expect(counts(check(damaged))).toEqual([1, 0, 0, true]);
    expectSame(repaired(damaged)!, second!);
    for (const bytes of [Buffer.alloc(4096), second!.subarray(0, 512), files['disk-s001.vmdk']!]) {
      expect(check(output.bytes, filesOf({ ...first, 'disk-s002.vmdk': bytes })).corruptions).toBeGreaterThan(
        0,
      );
    }
  });

  it('has flat extents that must be long enough, and may have extents without a file', () => {
    const text = separate('custom', ['RW 8 FLAT "a-flat.vmdk" 4', 'RW 8 ZERO', 'NOACCESS 8 FLAT "b" 0']);
    expect(counts(check(text, filesOf({ 'a-flat.vmdk': Buffer.alloc(12 * 512) })))).toEqual([0, 0, 1, false]);
    expect(counts(check(text, filesOf({ 'a-flat.vmdk': Buffer.alloc(12 * 512 - 1) })))).toEqual([
      1,
      0,
      1,
      false,
    ]);
    failureOf('reference.denied', () => check(text));
  });

  it('may have ESX server and space-efficient extents', () => {
    const cow = cowExtent(4096 * 8, 1, { 0: grainOf(1, 1), 4097: grainOf(2, 1) });
    const report = check(separate('vmfsSparse', ['RW 32768 VMFSSPARSE "x"']), filesOf({ x: cow }));
    expect(counts(report)).toEqual(sound);
    expect([report.allocatedUnits, report.unitBytes]).toEqual([2, 512]);
    expect(check(cow.subarray(0, cow.length - 1)).corruptions).toBe(1);
    const se = seSparseExtent(65536, { 0: grainOf(1, 8), 5: 'zero', 9: grainOf(2, 8) });
    expect(check(se).allocatedUnits).toBe(2);
    const twice = patched(se, (bytes) => {
      const entries = seSparsePlaces.tables * sector;
      bytes.copy(bytes, entries + 9 * 8, entries, entries + 8);
    });
    expect(counts(check(twice))).toEqual([1, 0, 0, false]);
  });
});

describeWith('qemu-img', 'what qemu-img makes', () => {
  const folder = scratchFolder();
  const at = (name: string): string => join(folder, name);
  const checkFile = (path: string): StructureReport => {
    const file = new FileSource(path);
    try {
      return vmdk.structure!.check(file, folderGate(path), quietControl());
    } finally {
      file.close();
    }
  };

  it.each([
    'monolithicSparse',
    'monolithicFlat',
    'twoGbMaxExtentSparse',
    'twoGbMaxExtentFlat',
    'streamOptimized',
  ])('is sound: %s', (subformat) => {
    const raw = writeRawDisk(at('disk.raw'), (10 << 20) + 512, [
      { at: 0, bytes: noise(65536) },
      { at: 3 << 20, bytes: prose(300_000) },
    ]);
    const path = at(`${subformat}.vmdk`);
    const options = ['-o', `subformat=${subformat}`];
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'vmdk', ...options, raw, path]);
    expect(counts(checkFile(path))).toEqual(sound);
  });

  it('is sound after writing and zeroing, and its lost entries come back', () => {
    const path = at('written.vmdk');
    execFileSync('qemu-img', ['create', '-q', '-f', 'vmdk', '-o', 'zeroed_grain=on', path, '100M']);
    const io = [
      '-f',
      'vmdk',
      '-c',
      'write -P 7 0 256k',
      '-c',
      'write -z 64k 128k',
      '-c',
      'write -P 9 70M 1M',
    ];
    execFileSync('qemu-io', [...io, path]);
    const report = checkFile(path);
    // The two grains that became zeros are still in the file.
    expect([report.corruptions, report.leaks]).toEqual([0, 2]);
    const bytes = readFileSync(path);
    const before = bytesIn(bytes);
    const directory = Number(bytes.readBigUInt64LE(56)) * sector;
    const table = bytes.readUInt32LE(directory + 2 * 4) * sector;
    // The grains of 70 MiB and after, and one of the zeros.
    bytes.fill(0, table + 96 * 4, table + 100 * 4);
    bytes.writeUInt32LE(0, bytes.readUInt32LE(directory) * sector + 4);
    expect(check(bytes)).toMatchObject({ corruptions: 5, repairable: true });
    expectSame(bytesIn(repaired(bytes)!), before);
    expect(check(repaired(bytes)!).corruptions).toBe(0);
  });
});

describeWith('qemu-img', 'what was mended', () => {
  it('is sound to qemu-img, which the damaged one is not', () => {
    const folder = scratchFolder();
    const image = imageOf(shapeOf(10 << 20), [{ at: 0, bytes: noise(65536) }]);
    const damaged = patched(image, (bytes) => bytes.writeUInt32LE(0x00ffffff, 27 * sector));
    const [bad, good] = [join(folder, 'bad.vmdk'), join(folder, 'good.vmdk')];
    writeFileSync(bad, damaged);
    writeFileSync(good, repaired(damaged)!);
    expect(() => execFileSync('qemu-img', ['check', '-f', 'vmdk', bad], { stdio: 'pipe' })).toThrow();
    execFileSync('qemu-img', ['check', '-q', '-f', 'vmdk', good]);
    expectSame(repaired(damaged)!, image);
  });
});
