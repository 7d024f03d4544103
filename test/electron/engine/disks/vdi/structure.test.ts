import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { vdi } from '#engine/disks/vdi/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { expectSameBytes, noReferences, outcomeOf, qemuImg, qemuSize, readChain } from '../image-files.ts';
import { sampleContents } from '../sample-contents.ts';
import {
  acceptsUuid,
  countsOf,
  repaired,
  repairOf,
  reportOf,
  resized,
  resizeOf,
  turnBits,
  writtenBytes,
} from '../structure-files.ts';
import { buildVdi } from './build-vdi.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;
const blockBytes = 4096;
const blocks = [noise(blockBytes, 1), noise(blockBytes, 2)];
const good = { map: [1, -1, 0, -2], blocks, blockBytes };
const mapOffset = 512;
const dataOffset = 1024;

function withEntry(block: number, entry: number): Uint8Array {
  const bytes = buildVdi(good);
  new DataView(bytes.buffer).setUint32(mapOffset + block * 4, entry, true);
  return bytes;
}

describe('a check of a VDI', () => {
  it.each(['dynamic', 'static'])('finds nothing in what we write: %s', (variant) => {
    const bytes = writtenBytes(vdi, at('w.vdi'), 5 * mebibyte + 512, variant, sampleContents(5 * mebibyte));
    const allocatedUnits = variant === 'static' ? 6 : 3;
    expect(reportOf(vdi, bytes)).toEqual({
      format: 'vdi',
      corruptions: 0,
      leaks: 0,
      notes: 0,
      findings: [],
      allocatedUnits,
      totalUnits: 6,
      unitBytes: mebibyte,
      repairable: false,
    });
    expect(repairOf(vdi, bytes, 'all')).toBeNull();
  });

  it('counts every entry that cannot be, with its place', () => {
    const twice = reportOf(vdi, withEntry(1, 0));
    expect([twice.corruptions, twice.repairable]).toEqual([1, false]);
    // The entry of block 2 comes second.
    expect(twice.findings[0]).toMatchObject({ kind: 'corruption', fileOffset: mapOffset + 8 });
    expect(countsOf(vdi, withEntry(1, 4))).toEqual([1, 0, 0]);
    expect(countsOf(vdi, withEntry(1, 3))[0]).toBeGreaterThan(0);
    const cut = buildVdi(good);
    expect(countsOf(vdi, cut.subarray(0, cut.length - 1))).toEqual([1, 0, 0]);
  });

  it('lists the first hundred of many findings', () => {
    const map = Array.from({ length: 500 }, () => 0);
    const report = reportOf(vdi, buildVdi({ map, blocks: [blocks[0]!], blockBytes }));
    expect([report.corruptions, report.findings.length]).toEqual([500, 100]);
  });

  it('mends nothing where data would be lost', () => {
    for (const bytes of [withEntry(1, 0), withEntry(1, 4)]) expect(repairOf(vdi, bytes, 'all')).toBeNull();
  });

  it('finds room that nothing uses: the end of it can be cut off, holes cannot', () => {
    const spare = buildVdi({ ...good, blocks: [...blocks, ...blocks], allocatedBlocks: 4 });
    expect(countsOf(vdi, spare)).toEqual([0, 2, 0]);
    const whole = outcomeOf(vdi, spare);
    const mended = repaired(vdi, spare, 'leaks');
    expectSameBytes(mended, buildVdi(good));
    expect(outcomeOf(vdi, mended)).toBe(whole);
    const hole = buildVdi({ ...good, map: [1, -1, -1, -1], allocatedBlocks: 2 });
    expect(countsOf(vdi, hole)).toEqual([0, 1, 0]);
    expect(repairOf(vdi, hole, 'all')).toBeNull();
  });

  it('puts the count of blocks right', () => {
    for (const version of ['1.1', '0.1'] as const) {
      for (const allocatedBlocks of [1, 3]) {
        const bytes = buildVdi({ ...good, version, allocatedBlocks });
        expect(countsOf(vdi, bytes)).toEqual([1, 0, 0]);
        expect(repairOf(vdi, bytes, 'leaks')).toBeNull();
        expectSameBytes(repaired(vdi, bytes, 'all'), buildVdi({ ...good, version }));
      }
    }
  });

  it('refuses a file whose header cannot be right', () => {
    const bytes = buildVdi(good);
    bytes[377] = 3;
    expect(() => reportOf(vdi, bytes)).toThrow(/cbBlock/);
  });

  it('with any bit of the header and the map turned ends in an answer or a failure', () => {
    const spans = [[64, mapOffset + 16]] as const;
    expect(turnBits(vdi, buildVdi(good), spans, 3, 10 * blockBytes)).toBeGreaterThan(200);
  });
});

describeWith('qemu-img', 'a repaired VDI, judged by qemu-img', () => {
  it('is corrupt before and clean after', () => {
    const bytes = writtenBytes(vdi, at('q.vdi'), 5 * mebibyte, 'dynamic', sampleContents(5 * mebibyte));
    new DataView(bytes.buffer).setUint32(388, 1, true);
    writeFileSync(at('q.vdi'), bytes);
    expect(() => qemuImg('check', '-f', 'vdi', at('q.vdi'))).toThrow();
    writeFileSync(at('q.vdi'), repaired(vdi, bytes, 'all'));
    expect(qemuImg('check', '-f', 'vdi', at('q.vdi'))).toContain('No errors were found');
  });
});

describe('another size for a VDI', () => {
  const read = (bytes: Uint8Array, start: number, length: number): Uint8Array =>
    readChain([vdi.open(new MemorySource(bytes), noReferences)], start, length);

  it('grows where the map has room before the data, and shows no old bytes', () => {
    // 124 entries fit between the map and the data.
    const capacityBytes = 4 * blockBytes - 1024;
    const bytes = buildVdi({ ...good, map: [-1, -1, 0, 1], capacityBytes });
    const larger = resized(vdi, bytes, 100 * blockBytes);
    expectSameBytes(read(larger, 0, capacityBytes), read(bytes, 0, capacityBytes));
    expectSameBytes(read(larger, capacityBytes, 50_000), new Uint8Array(50_000));
    expect(larger.length).toBe(bytes.length);
    expect(resizeOf(vdi, bytes, 129 * blockBytes)).toBeNull();
  });

  it('lengthens a last block that was stored only as far as the disk went', () => {
    const bytes = buildVdi({ ...good, map: [0, 1], capacityBytes: blockBytes + 512 });
    const short = bytes.slice(0, dataOffset + blockBytes + 512);
    const larger = resized(vdi, short, 2 * blockBytes);
    expectSameBytes(read(larger, blockBytes, 512), blocks[1]!.subarray(0, 512));
    expectSameBytes(read(larger, blockBytes + 512, 512), new Uint8Array(512));
  });

  it('gives a static disk all its blocks', () => {
    const bytes = buildVdi({ ...good, map: [0, 1], type: 2 });
    const spoiled = new Uint8Array(Buffer.concat([bytes, noise(1000, 5)]));
    const larger = resized(vdi, spoiled, 10 * blockBytes);
    expect(reportOf(vdi, larger)).toMatchObject({ allocatedUnits: 10, totalUnits: 10 });
    expectSameBytes(read(larger, 2 * blockBytes, 8 * blockBytes), new Uint8Array(8 * blockBytes));
    expectSameBytes(read(larger, blockBytes, blockBytes), blocks[1]!);
  });

  it('shrinks where only zeros are behind, and drops the last blocks of the file', () => {
    const zeros = new Uint8Array(blockBytes);
    const kept = blocks[0]!.slice().fill(0, blockBytes - 512);
    const bytes = buildVdi({ map: [0, -1, -2, 1], blocks: [kept, zeros], blockBytes });
    const smaller = resized(vdi, bytes, blockBytes - 512);
    expectSameBytes(read(smaller, 0, blockBytes - 512), kept.subarray(0, blockBytes - 512));
    expect(smaller.length).toBe(bytes.length - blockBytes);
    // The block that goes is not the last: it takes a copy.
    const swapped = buildVdi({ map: [1, -1, -2, 0], blocks: [zeros, blocks[0]!], blockBytes });
    expect(resizeOf(vdi, swapped, blockBytes)).toBeNull();
    expect(() => resizeOf(vdi, buildVdi(good), blockBytes)).toThrow(/input\.invalid.*8192/);
  });

  it('needs whole sectors, and no parent', () => {
    for (const size of [0, 1000, -512, 2 ** 60]) {
      expect(() => resizeOf(vdi, buildVdi(good), size)).toThrow(/input\.invalid/);
    }
    const parentUuid = '00112233-4455-6677-8899-aabbccddeeff';
    expect(resizeOf(vdi, buildVdi({ ...good, parentUuid }), 8 * blockBytes)).toBeNull();
  });
});

describeWith('qemu-img', 'a VDI of another size, judged by qemu-img', () => {
  it.each(['dynamic', 'static'])('%s', (variant) => {
    const old = 5 * mebibyte + 512;
    const bytes = writtenBytes(vdi, at('r.vdi'), old, variant, sampleContents(old));
    writeFileSync(at('r.raw'), readChain([vdi.open(new MemorySource(bytes), noReferences)], 0, old));
    const size = 9 * mebibyte + 1024;
    writeFileSync(at('r.vdi'), resized(vdi, bytes, size));
    expect(qemuImg('check', '-f', 'vdi', at('r.vdi'))).toContain('No errors were found');
    expect(qemuSize(at('r.vdi'), 'vdi')).toBe(size);
    expect(qemuImg('compare', '-f', 'raw', '-F', 'vdi', at('r.raw'), at('r.vdi'))).toContain('identical');
  });
});

describe('the UUID of a VDI', () => {
  it('is the one that is given, and never none', () => {
    const uuid = '{01234567-89AB-CDEF-0123-456789ABCDEF}';
    const bytes = writtenBytes(vdi, at('u.vdi'), mebibyte, 'dynamic', [], { uuid });
    const reader = vdi.open(new MemorySource(bytes), noReferences);
    expect(reader.identity).toBe('01234567-89ab-cdef-0123-456789abcdef');
    for (const text of [uuid, uuid.slice(1, -1)]) expect(acceptsUuid(vdi, text)).toBe(true);
    for (const text of ['x', '00000000-0000-0000-0000-000000000000', uuid.slice(0, -3)]) {
      expect(acceptsUuid(vdi, text)).toBe(false);
    }
  });
});
