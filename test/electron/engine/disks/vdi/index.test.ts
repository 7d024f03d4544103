import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { vdi } from '#engine/disks/vdi/index.ts';
import { Failure } from '#shared/failure.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise, writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import {
  expectSameBytes,
  extentsOf,
  failureCode,
  hashFile,
  hashOf,
  noReferences,
  outcomeOf,
  qemuImg,
  qemuSize,
  readChain,
  shapeOf,
  withReader,
  writeImage,
  type Piece,
} from '../image-files.ts';
import { sampleContents } from '../sample-contents.ts';
import { buildVdi } from './build-vdi.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;

const sizes = [mebibyte, 10 * mebibyte + 512, 300 * mebibyte, 3 * 2 ** 40];
const small = 64 * mebibyte;

describeWith('qemu-img', 'VDI files of qemu-img', () => {
  const kinds = ['static=off', 'static=on', 'preallocation=falloc', 'preallocation=full'];
  const cases = sizes.flatMap((size) => kinds.map((kind) => ({ size, kind })));
  // A preallocated file of terabytes has no room here.
  it.each(cases.filter(({ size, kind }) => size <= small || kind === 'static=off'))(
    'reads $size bytes made with $kind',
    ({ size, kind }) => {
      const raw = writeRawDisk(at('in.raw'), size, sampleContents(size));
      qemuImg('convert', '-f', 'raw', '-O', 'vdi', '-o', kind, raw, at('q.vdi'));
      withReader(vdi, at('q.vdi'), (reader) => {
        expect(reader.capacityBytes).toBe(size);
        expect(reader.variant).toBe(kind === 'static=on' ? 'static' : 'dynamic');
        expect(reader.warnings).toEqual([]);
        extentsOf(reader);
        if (size <= small) expect(hashOf([reader])).toBe(hashFile(raw));
        for (const { at: start, bytes } of sampleContents(size)) {
          expectSameBytes(readChain([reader], start, bytes.length), bytes);
        }
      });
    },
  );
});

describe('VDI files written', () => {
  it.each(sizes.flatMap((size) => ['dynamic', 'static'].map((variant) => ({ size, variant }))))(
    'read back: $variant, $size bytes',
    ({ size, variant }) => {
      const shape = shapeOf(vdi, size, variant);
      expect(shape.capacityBytes).toBe(size);
      writeImage(vdi, at('w.vdi'), shape, sampleContents(size));
      withReader(vdi, at('w.vdi'), (reader) => {
        expect([reader.capacityBytes, reader.variant, reader.warnings]).toEqual([size, variant, []]);
        const stored = extentsOf(reader).filter(({ state }) => state === 'stored');
        if (variant === 'static') expect(stored).toMatchObject([{ start: 0, length: size }]);
        for (const { at: start, bytes } of sampleContents(size)) {
          expectSameBytes(readChain([reader], start, bytes.length), bytes);
        }
        if (size <= small) {
          expect(hashOf([reader])).toBe(hashFile(writeRawDisk(at('w.raw'), size, sampleContents(size))));
        }
      });
    },
  );

  it('round sizes up to sectors, and are never empty', () => {
    expect(vdi.creation!.capacityFor(1_000_003, { variant: '', options: {} })).toBe(1_000_448);
    expect(vdi.creation!.capacityFor(0, { variant: '', options: {} })).toBe(512);
    expect(() => vdi.creation!.capacityFor(2 ** 50, { variant: '', options: {} })).toThrow(Failure);
  });

  it('are the same for the same content, and have UUIDs of their own for another', () => {
    const shape = shapeOf(vdi, 10 * mebibyte, 'dynamic');
    const write = (name: string, pieces: Piece[]): Uint8Array => {
      writeImage(vdi, at(name), shape, pieces);
      return readFileSync(at(name));
    };
    const first = write('a.vdi', sampleContents(5 * mebibyte));
    const pieces = sampleContents(5 * mebibyte);
    pieces[1]!.bytes[17]! ^= 1;
    expectSameBytes(write('b.vdi', sampleContents(5 * mebibyte)), first);
    const other = write('c.vdi', pieces);
    const uuids = [first, other].flatMap((bytes) => [bytes.subarray(392, 408), bytes.subarray(408, 424)]);
    expect(new Set(uuids.map((uuid) => Buffer.from(uuid).toString('hex'))).size).toBe(4);
  });
});

describeWith('qemu-img', 'VDI files written, judged by qemu-img', () => {
  // qemu-img takes long to walk the blocks of a static disk of terabytes.
  const cases = sizes.flatMap((size) => ['dynamic', 'static'].map((variant) => ({ size, variant })));
  it.each(cases.filter(({ size, variant }) => size < 2 ** 40 || variant === 'dynamic'))(
    'hold the same disk: $variant, $size bytes',
    ({ size, variant }) => {
      const raw = writeRawDisk(at('j.raw'), size, sampleContents(size));
      writeImage(vdi, at('j.vdi'), shapeOf(vdi, size, variant), sampleContents(size));
      expect(qemuImg('check', '-f', 'vdi', at('j.vdi'))).toContain('No errors were found');
      expect(qemuSize(at('j.vdi'), 'vdi')).toBe(size);
      expect(qemuImg('compare', '-f', 'raw', '-F', 'vdi', raw, at('j.vdi'))).toContain('identical');
    },
  );
});

describe('VDI files that qemu-img cannot make', () => {
  const blocks = [noise(mebibyte, 1), noise(mebibyte, 2)];

  it.each(['1.1', '0.1', '0.2'] as const)('header version %s', (version) => {
    const bytes = buildVdi({ version, map: [1, -1, 0, -2], blocks });
    const reader = vdi.open(new MemorySource(bytes), noReferences);
    expect(extentsOf(reader).map(({ state }) => state)).toEqual(['stored', 'absent', 'stored', 'zero']);
    expect(reader.facts).toContainEqual({ label: 'Version', value: version });
    expectSameBytes(readChain([reader], 2 * mebibyte, mebibyte), blocks[0]!);
    expectSameBytes(readChain([reader], 0, mebibyte), blocks[1]!);
    expectSameBytes(readChain([reader], 3 * mebibyte, mebibyte), new Uint8Array(mebibyte));
  });

  it.each([512, 4096, 65536, 4 * mebibyte])('blocks of %i bytes with extra data', (blockBytes) => {
    const parts = [noise(blockBytes, 1), noise(blockBytes, 2), noise(blockBytes, 3)];
    for (const blockExtraBytes of [0, 512]) {
      const bytes = buildVdi({ map: [0, 1, -1, 2], blocks: parts, blockBytes, blockExtraBytes });
      const reader = vdi.open(new MemorySource(bytes), noReferences);
      expectSameBytes(
        readChain([reader], 0, 2 * blockBytes),
        new Uint8Array(Buffer.concat(parts.slice(0, 2))),
      );
      expectSameBytes(readChain([reader], 3 * blockBytes, blockBytes), parts[2]!);
      expect(extentsOf(reader)).toHaveLength(blockExtraBytes === 0 ? 3 : 4);
    }
  });

  it('a differencing image shows its parent where it has nothing', () => {
    const parentUuid = '00112233-4455-6677-8899-aabbccddeeff';
    const child = vdi.open(
      new MemorySource(buildVdi({ map: [-1, 0, -2, -1], blocks: [blocks[0]!], parentUuid })),
      noReferences,
    );
    const parent = vdi.open(
      new MemorySource(buildVdi({ map: [0, 1, 2, -1], blocks: [...blocks, noise(mebibyte, 3)] })),
      noReferences,
    );
    expect(child.variant).toBe('differencing');
    expect(child.parent).toEqual({ name: `{${parentUuid}}`, format: 'vdi' });
    expect(child.facts).toContainEqual({ label: 'Parent UUID', value: parentUuid });
    expectSameBytes(
      readChain([child, parent], 0, 4 * mebibyte),
      new Uint8Array(Buffer.concat([blocks[0]!, blocks[0]!, new Uint8Array(2 * mebibyte)])),
    );
  });

  it('a disk that ends within its last block, stored only that far', () => {
    const capacityBytes = mebibyte + 512;
    const bytes = buildVdi({ map: [0, 1], blocks: [blocks[0]!, blocks[1]!.subarray(0, 512)], capacityBytes });
    const reader = vdi.open(new MemorySource(bytes), noReferences);
    expectSameBytes(readChain([reader], mebibyte, 512), blocks[1]!.subarray(0, 512));
    expect(failureCode(outcomeOf(vdi, bytes.subarray(0, bytes.length - 1)))).toBe('image.truncated');
  });

  it('warns of a wrong count of blocks, and shows the comment', () => {
    const bytes = buildVdi({ map: [0, -1], blocks: [blocks[0]!], allocatedBlocks: 2, comment: 'Köln' });
    const reader = vdi.open(new MemorySource(bytes), noReferences);
    expect(reader.warnings.map(({ code }) => code)).toEqual(['vdi.allocated-count']);
    expect(reader.facts).toContainEqual({ label: 'Comment', value: 'Köln' });
  });
});

describe('hostile VDI files', () => {
  const good = { map: [0, 1, -1], blocks: [noise(4096, 1), noise(4096, 2)], blockBytes: 4096 };
  const patched = (offset: number, value: number): Uint8Array => {
    const bytes = buildVdi(good);
    new DataView(bytes.buffer).setUint32(offset, value, true);
    return bytes;
  };
  const mapOffset = 512;
  it.each([
    ['version 2.0', 68, 0x00020000, 'image.unsupported', ''],
    ['version 1.2', 68, 0x00010002, 'image.unsupported', ''],
    ['an undo image', 76, 3, 'image.unsupported', ''],
    ['an unknown type', 76, 9, 'image.malformed', 'u32Type'],
    ['a header that is too short', 72, 100, 'image.malformed', 'cbHeader'],
    ['a map in the header', 340, 100, 'image.malformed', 'offBlocks'],
    ['data in the map', 344, 516, 'image.malformed', 'offData'],
    ['blocks of no size', 376, 0, 'image.malformed', 'cbBlock'],
    ['blocks of an odd size', 376, 4095, 'image.malformed', 'cbBlock'],
    ['extra data of an odd size', 380, 3, 'image.malformed', 'cbBlockExtra'],
    ['too few blocks', 384, 2, 'image.malformed', 'cbDisk'],
    ['2³² blocks', 384, 0xffffffff, 'image.malformed', 'offData'],
    ['a huge disk', 372, 0x7fffffff, 'image.malformed', 'cbDisk'],
    ['a base image with a parent', 424, 1, 'image.malformed', 'uuidLinkage'],
    ['a differencing image without one', 76, 4, 'image.malformed', 'uuidLinkage'],
    ['a block used twice', mapOffset + 4, 0, 'image.malformed', 'block 1'],
    ['a block past the number of blocks', mapOffset, 0xfffffffd, 'image.malformed', 'block 0'],
    ['a block past the end of the file', mapOffset + 8, 2, 'image.truncated', ''],
  ] as const)('%s', (_, offset, value, code, field) => {
    const failure = outcomeOf(vdi, patched(offset, value));
    expect(failureCode(failure)).toBe(code);
    if (field !== '') expect((failure as Failure).details).toMatchObject({ format: 'vdi', field });
  });

  it('a map of 2²⁹ blocks that the file does not have room for', () => {
    const bytes = patched(384, 2 ** 29);
    new DataView(bytes.buffer).setUint32(344, 0xfffff000, true);
    expect(failureCode(outcomeOf(vdi, bytes))).toBe('image.unsupported');
    new DataView(bytes.buffer).setUint32(384, 2 ** 28, true);
    expect(failureCode(outcomeOf(vdi, bytes))).toBe('image.truncated');
  });

  it('cut at any length', () => {
    const bytes = buildVdi(good);
    const whole = outcomeOf(vdi, bytes);
    for (let length = 0; length < bytes.length; length += length < 600 ? 1 : 97) {
      expect(failureCode(outcomeOf(vdi, bytes.subarray(0, length)))).toBe('image.truncated');
    }
    expect(typeof whole).toBe('string');
  });

  it('with any bit of the header and the map turned', () => {
    const bytes = buildVdi(good);
    const whole = outcomeOf(vdi, bytes) as string;
    let failures = 0;
    for (let bit = 64 * 8; bit < (mapOffset + 12) * 8; bit++) {
      bytes[bit >>> 3]! ^= 1 << (bit & 7);
      const outcome = outcomeOf(vdi, bytes);
      bytes[bit >>> 3]! ^= 1 << (bit & 7);
      if (outcome instanceof Failure) failures++;
      // In the map every other value is wrong, or one more way to say that there is nothing.
      else if (bit >= mapOffset * 8) expect(outcome).toBe(whole);
    }
    expect(failures).toBeGreaterThan(200);
    expect(outcomeOf(vdi, bytes)).toEqual(whole);
  });
});

describe('probing', () => {
  it('goes by the signature alone', () => {
    const bytes = buildVdi({ map: [0], blocks: [noise(mebibyte, 1)] });
    expect(vdi.probe(new MemorySource(bytes))).toBe('certain');
    expect(vdi.probe(new MemorySource(bytes.subarray(0, 71)))).toBe('no');
    expect(vdi.probe(new MemorySource(noise(4096, 5)))).toBe('no');
    writeFileSync(at('named.vdi'), noise(4096, 6));
    expect(vdi.probe(new MemorySource(readFileSync(at('named.vdi'))))).toBe('no');
  });
});
