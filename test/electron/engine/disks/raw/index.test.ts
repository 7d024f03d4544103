import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OutputFile } from '#engine/bytes/output-file.ts';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { noContent } from '#engine/disks/content-identity.ts';
import { writePlain } from '#engine/disks/placing.ts';
import { raw } from '#engine/disks/raw/index.ts';
import { noise, writeRawDisk } from '../../pattern.ts';
import { quietControl } from '../../quiet-control.ts';
import { scratchFolder } from '../../scratch.ts';
import { noReferences, shapeOf } from '../image-files.ts';

const folder = scratchFolder();

it('tiles a sparse disk with what is stored and what is a hole', () => {
  const path = writeRawDisk(join(folder, 'a.raw'), 1_000_003, [{ at: 65536, bytes: noise(4096) }]);
  const reader = raw.open(new FileSource(path), noReferences);
  const extents = [...reader.extents({ start: 0, length: reader.capacityBytes })];
  expect(extents.map(({ state, start, length }) => [state, start, length])).toEqual([
    ['zero', 0, 65536],
    ['stored', 65536, 4096],
    ['zero', 69632, 1_000_003 - 69632],
  ]);
  expect(reader.warnings.map(({ code }) => code)).toEqual(['raw.odd-size']);
  reader.close();
});

it('is never sure', () => {
  const path = writeRawDisk(join(folder, 'b.raw'), 512, []);
  const source = new FileSource(path);
  expect(raw.probe(source)).toBe('possible');
  source.close();
});

describe('the sector size', () => {
  const withHeaderAt = (...places: number[]): number => {
    const disk = Buffer.alloc(16384);
    for (const place of places) disk.write('EFI PART', place, 'latin1');
    return raw.open(new MemorySource(disk), noReferences).sectorBytes;
  };

  it('is where the GPT header says', () => {
    expect(withHeaderAt()).toBe(512);
    expect(withHeaderAt(512)).toBe(512);
    expect(withHeaderAt(4096)).toBe(4096);
    // A hybrid of both is a disk of the usual kind.
    expect(withHeaderAt(512, 4096)).toBe(512);
    expect(raw.open(new MemorySource(new Uint8Array(4100)), noReferences).sectorBytes).toBe(512);
  });

  it('decides what is an odd size', () => {
    const disk = Buffer.alloc(16384 + 512);
    disk.write('EFI PART', 4096, 'latin1');
    const reader = raw.open(new MemorySource(disk), noReferences);
    expect(reader.warnings.map(({ code }) => code)).toEqual(['raw.odd-size']);
    expect(reader.facts).toContainEqual({ label: 'Sector size', value: '4 KiB' });
  });
});

describe('writing', () => {
  const write = (name: string, variant: string): { size: number; blocks: number } => {
    const path = join(folder, name);
    const output = new OutputFile(path, false, quietControl());
    const shape = shapeOf(raw, (4 << 20) + 100, variant);
    const writer = raw.creation!.writer(output, shape);
    writePlain(writer, 1 << 20, noise(8192));
    writer.finish(noContent);
    output.commit();
    const reader = raw.open(new FileSource(path), noReferences);
    const read = new Uint8Array(8192);
    for (const extent of reader.extents({ start: 1 << 20, length: 8192 })) {
      if (extent.state !== 'stored') continue;
      extent.source.read(extent.fileOffset, read.subarray(extent.start - (1 << 20)));
    }
    reader.close();
    expect(Buffer.compare(read, noise(8192))).toBe(0);
    return statSync(path);
  };

  it('leaves holes, or sets all the room aside', () => {
    const sparse = write('sparse.raw', 'sparse');
    const full = write('full.raw', 'preallocated');
    expect([sparse.size, full.size]).toEqual([(4 << 20) + 100, (4 << 20) + 100]);
    expect(sparse.blocks * 512).toBeLessThan(1 << 20);
    expect(full.blocks * 512).toBeGreaterThanOrEqual(4 << 20);
    const allocated = (variant: string): number =>
      raw.creation!.allocatedSize!(shapeOf(raw, 4 << 20, variant), 2)!;
    expect([allocated('sparse'), allocated('preallocated')]).toEqual([8192, 4 << 20]);
  });
});
