import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileSource } from '#engine/bytes/source.ts';
import { raw } from '#engine/disks/raw/index.ts';
import { noise, writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';

const folder = scratchFolder();
const context = {
  openReference: (): never => {
    throw new Error('a raw disk names no files');
  },
};

it('tiles a sparse disk with what is stored and what is a hole', () => {
  const path = writeRawDisk(join(folder, 'a.raw'), 1_000_003, [{ at: 65536, bytes: noise(4096) }]);
  const reader = raw.open(new FileSource(path), context);
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
