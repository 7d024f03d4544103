import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OutputFile } from '#engine/bytes/output-file.ts';
import { FileSource } from '#engine/bytes/source.ts';
import type { OpenContext } from '#engine/disks/driver.ts';
import { extentFiles, extentNames } from '#engine/disks/vmdk/extent-files.ts';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../../pattern.ts';
import { quietControl } from '../../quiet-control.ts';
import { scratchFolder } from '../../scratch.ts';
import { expectSame, failureOf, openPath, readPath, readSpan, readWhole, tiledExtents } from './read-disk.ts';
import { fileVariants, MemoryOutput, MemorySink, shapeOf, writePieces, type Piece } from './write-disk.ts';

const folder = scratchFolder();
const at = (...names: string[]): string => join(folder, ...names);
const unit = 64 << 10;
const extentBytes = 2047 * 2 ** 20;

function write(
  path: string,
  capacityBytes: number,
  variant: string,
  pieces: readonly Piece[],
  options: OptionValues = {},
  unitsPerCall = 1,
): number {
  const output = new OutputFile(path, false, quietControl());
  const count = writePieces(output, shapeOf(capacityBytes, variant, options), pieces, unitsPerCall);
  output.sync();
  output.commit();
  return count;
}

/** A folder of its own for each disk, and what is in it. */
function inFolder(name: string): string {
  mkdirSync(at(name));
  return at(name, 'disk.vmdk');
}

const odd = {
  sizeBytes: (10 << 20) + 512,
  pieces: [
    { at: 0, bytes: noise(unit, 2) },
    { at: 3 << 20, bytes: prose(20 * unit, 3) },
    { at: 10 << 20, bytes: noise(512, 4) },
  ],
};
const across = {
  sizeBytes: 5 * 2 ** 30,
  pieces: [
    { at: 0, bytes: prose(unit, 5) },
    { at: extentBytes - 2 * unit, bytes: noise(4 * unit, 6) },
    { at: 5 * 2 ** 30 - unit, bytes: prose(unit, 7) },
  ],
};

describe('the files of a disk', () => {
  it('are named and cut as VMware does it', () => {
    const names = (variant: string, capacityBytes: number, name = 'disk.vmdk'): string[] => {
      const shape = shapeOf(capacityBytes, variant);
      return extentNames(shape, name, extentFiles(shape).length);
    };
    expect(names('monolithicFlat', 2 ** 42)).toEqual(['disk-flat.vmdk']);
    expect(names('twoGbMaxExtentSparse', 2 ** 32)).toEqual([
      'disk-s001.vmdk',
      'disk-s002.vmdk',
      'disk-s003.vmdk',
    ]);
    expect(names('twoGbMaxExtentFlat', 1 << 20, 'my.disk.img')).toEqual(['my.disk-f001.vmdk']);
    expect(names('twoGbMaxExtentFlat', 1 << 20, '.hidden')).toEqual(['.hidden-f001.vmdk']);
    expect(names('twoGbMaxExtentSparse', 2 ** 41).at(-1)).toBe('disk-s1025.vmdk');
    expect(extentFiles(shapeOf(2 ** 32, 'twoGbMaxExtentFlat')).map((length) => length / 512)).toEqual([
      4192256, 4192256, 4096,
    ]);
  });

  it('are refused where they could not be read again', () => {
    for (const name of ['a"b.vmdk', 'a\nb.vmdk', 'nbd:b.vmdk']) {
      failureOf('input.invalid', () => extentNames(shapeOf(512, 'monolithicFlat'), name, 1));
    }
    const choice = { variant: 'twoGbMaxExtentSparse', options: {} };
    expect(vmdk.creation!.capacityFor(4096 * extentBytes, choice)).toBe(4096 * extentBytes);
    failureOf('image.unsupported', () => vmdk.creation!.capacityFor(4096 * extentBytes + 1, choice));
    const flat = { variant: 'streamOptimized', options: { preallocated: true } };
    failureOf('input.invalid', () => vmdk.creation!.capacityFor(1 << 20, flat));
  });

  it('cannot be written where there is one file only', () => {
    for (const variant of fileVariants) {
      failureOf('image.unsupported', () => vmdk.creation!.writer(new MemorySink(), shapeOf(512, variant)));
    }
  });
});

describe.each(fileVariants)('%s', (variant) => {
  it('reads as what was written', () => {
    const path = inFolder(variant);
    const count = write(path, odd.sizeBytes, variant, odd.pieces);
    const expected = Buffer.alloc(odd.sizeBytes);
    for (const piece of odd.pieces) expected.set(piece.bytes, piece.at);
    expectSame(readPath(path), expected);
    const reader = openPath(path);
    expect([reader.variant, reader.warnings]).toEqual([variant, []]);
    expect(reader.identity).toMatch(/^[0-9a-f]{8}$/);
    reader.close();
    const files = readdirSync(at(variant)).map((name) => statSync(at(variant, name)));
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    const { outputSize, allocatedSize } = vmdk.creation!;
    const promised = outputSize(shapeOf(odd.sizeBytes, variant), () => count);
    expect(promised.exact).toBe(true);
    expect(Math.abs(promised.bytes - bytes)).toBeLessThan(4096);
    const blocks = files.reduce((sum, file) => sum + file.blocks * 512, 0);
    expect(blocks).toBeLessThanOrEqual(allocatedSize!(shapeOf(odd.sizeBytes, variant), count)! + 65536);
  });

  it('is the same however many units are given at once, over the borders of files too', () => {
    const outputs = [1, 3, 16].map((unitsPerCall) => {
      const output = new MemoryOutput('disk.vmdk');
      const pieces = odd.pieces;
      writePieces(output, shapeOf(odd.sizeBytes, variant), pieces, unitsPerCall);
      return output;
    });
    for (const output of outputs) {
      expectSame(output.bytes, outputs[0]!.bytes);
      for (const [name, sibling] of output.siblings) {
        expectSame(sibling.bytes, outputs[0]!.siblings.get(name)!.bytes);
      }
    }
    const path = inFolder(`across-${variant}`);
    write(path, across.sizeBytes, variant, across.pieces, {}, 1000);
    const reader = openPath(path);
    expect(reader.capacityBytes).toBe(across.sizeBytes);
    for (const piece of across.pieces) {
      const span = { start: piece.at, length: piece.bytes.length };
      expectSame(readSpan(reader, span), piece.bytes);
    }
    const stored = tiledExtents(reader).filter(({ state }) => state === 'stored');
    expect(stored.reduce((sum, { length }) => sum + length, 0)).toBe(6 * unit);
    reader.close();
  });

  it('can be read back before its files have their names', () => {
    const path = inFolder(`unnamed-${variant}`);
    const output = new OutputFile(path, false, quietControl());
    writePieces(output, shapeOf(odd.sizeBytes, variant), odd.pieces);
    const context: OpenContext = {
      openReference: ({ name }) => output.openSibling(name) ?? expect.fail(`there is no ${name}`),
    };
    const reader = vmdk.open(new FileSource(output.partialPath), context);
    const expected = Buffer.alloc(odd.sizeBytes);
    for (const piece of odd.pieces) expected.set(piece.bytes, piece.at);
    expectSame(readWhole(reader), expected);
    reader.close();
    output.discard();
    expect(readdirSync(at(`unnamed-${variant}`))).toEqual([]);
  });

  it('does not begin where one of its names is taken', () => {
    const path = inFolder(`taken-${variant}`);
    const [name] = extentNames(shapeOf(512, variant), 'disk.vmdk', 1);
    writeFileSync(at(`taken-${variant}`, name!), 'precious');
    const control = quietControl();
    const output = new OutputFile(path, false, control);
    failureOf('io.exists', () => vmdk.creation!.writer(output, shapeOf(odd.sizeBytes, variant)));
    output.discard();
    expect(control.partials.size).toBe(0);
    expect(readdirSync(at(`taken-${variant}`))).toEqual([name]);
  });
});

it('takes its room at once when it is told to', () => {
  const path = inFolder('preallocated');
  const options = { preallocated: true };
  write(path, 1 << 20, 'monolithicFlat', odd.pieces.slice(0, 1), options);
  expect(statSync(at('preallocated', 'disk-flat.vmdk')).blocks * 512).toBeGreaterThanOrEqual(1 << 20);
  expectSame(readPath(path).subarray(0, unit), odd.pieces[0]!.bytes);
  const shape = shapeOf(1 << 20, 'monolithicFlat', options);
  expect(vmdk.creation!.allocatedSize!(shape, 0)).toBeGreaterThanOrEqual(1 << 20);
});

it('has the UUID, the controller and the Tools version that were asked for', () => {
  const uuid = '9AFA1DD0-d966-4279-a762-b7fbb0136308';
  const output = new MemoryOutput('ä disk.vmdk');
  const options = { uuid, adapter_type: 'ide', toolsversion: 12352, hwversion: 19 };
  writePieces(output, shapeOf(64 << 20, 'monolithicFlat', options), []);
  const text = Buffer.from(output.bytes).toString();
  expect(text).toContain('RW 131072 FLAT "ä disk-flat.vmdk" 0\n');
  expect(text).toContain('ddb.uuid = "9a fa 1d d0 d9 66 42 79-a7 62 b7 fb b0 13 63 08"\n');
  expect(text).toContain('ddb.uuid.image = "9afa1dd0-d966-4279-a762-b7fbb0136308"\n');
  expect(text).toContain('ddb.toolsVersion = "12352"\n');
  expect(text).toContain('ddb.virtualHWVersion = "19"\n');
  const derived = new MemoryOutput('disk.vmdk');
  writePieces(derived, shapeOf(64 << 20, 'monolithicFlat'), []);
  expect(Buffer.from(derived.bytes).toString()).toMatch(
    /ddb\.uuid = "60 00 c2 9[\da-f](?: [\da-f]{2}){4}-[\da-f]{2}(?: [\da-f]{2}){7}"\nddb\.uuid\.image = "[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}"\n/,
  );
});

describeWith('qemu-img', 'to qemu-img', () => {
  const qemu = (...args: string[]): string => execFileSync('qemu-img', args, { encoding: 'utf8' });

  it.each(fileVariants)('%s is the same disk, and sound', (variant) => {
    const raw = writeRawDisk(at(`${variant}.raw`), odd.sizeBytes, odd.pieces);
    const path = inFolder(`qemu-${variant}`);
    write(path, odd.sizeBytes, variant, odd.pieces);
    qemu('compare', '-f', 'raw', '-F', 'vmdk', raw, path);
    qemu('check', '-q', '-f', 'vmdk', path);
    const info = JSON.parse(qemu('info', '-f', 'vmdk', '--output=json', path)) as {
      'virtual-size': number;
      'format-specific': { data: { 'create-type': string; extents: { filename: string }[] } };
    };
    expect(info['virtual-size']).toBe(odd.sizeBytes);
    expect(info['format-specific'].data['create-type']).toBe(variant);
    expect(info['format-specific'].data.extents[0]!.filename).toMatch(/disk-(?:flat|s001|f001)\.vmdk$/);
  });

  it.each(fileVariants)('%s over several files has everything in its place', (variant) => {
    const path = inFolder(`parts-${variant}`);
    write(path, across.sizeBytes, variant, across.pieces);
    qemu('check', '-q', '-f', 'vmdk', path);
    for (const { at: place, bytes } of across.pieces) {
      const [skip, blocks] = [place / unit, bytes.length / unit];
      const range = ['bs=65536', `skip=${skip}`, `count=${skip + blocks}`, `if=${path}`, `of=${at('part')}`];
      qemu('dd', '-f', 'vmdk', '-O', 'raw', ...range);
      expectSame(readFileSync(at('part')).subarray(0, bytes.length), bytes);
    }
  });
});

describeWith(['vmdkinfo'], 'to vmdkinfo', () => {
  it.each(fileVariants)('%s has all its extents', (variant) => {
    const path = inFolder(`vmdkinfo-${variant}`);
    write(path, across.sizeBytes, variant, across.pieces);
    const told = execFileSync('vmdkinfo', [path], { encoding: 'utf8' });
    expect(told).toContain(`(${across.sizeBytes} bytes)`);
    expect(told).toMatch(new RegExp(`Number of extents:\\s+${variant === 'monolithicFlat' ? 1 : 3}`));
  });
});
