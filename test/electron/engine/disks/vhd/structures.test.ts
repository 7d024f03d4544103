import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { factsInWords } from '#shared/text/in-words.ts';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { Disk } from '#engine/disks/chain.ts';
import type { DiskReader, OpenContext } from '#engine/disks/driver.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { vhd } from '#engine/disks/vhd/index.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import {
  expectSameBytes,
  extentsOf,
  failureCode,
  noReferences,
  outcomeOf,
  readChain,
} from '../image-files.ts';
import { buildVhd, sealHeader, utf16, type VhdParts } from './build-vhd.ts';

const folder = scratchFolder();
const blockBytes = 8192;
const all = (): boolean => true;
const open = (bytes: Uint8Array, context: OpenContext = noReferences): DiskReader =>
  vhd.open(new MemorySource(bytes), context);
const codes = (reader: DiskReader): string[] => reader.warnings.map(({ code }) => code);
const fact = (reader: DiskReader, label: string): string | undefined =>
  factsInWords(reader.facts).find((candidate) => candidate.label === label)?.value;

const dynamic: VhdParts = {
  type: 3,
  currentSize: 3 * blockBytes,
  blockBytes,
  blocks: [{ present: all, data: noise(blockBytes, 1) }, null, { present: all, data: noise(blockBytes, 2) }],
};
const fixed: VhdParts = { type: 2, currentSize: 10_240, data: noise(10_240, 4) };

describe('the footer', () => {
  const dynamicBytes = buildVhd(dynamic).whole();
  const fixedBytes = buildVhd(fixed).whole();
  const expected = readChain([open(dynamicBytes)], 0, dynamic.currentSize);

  it('may lack its last byte', () => {
    const cut = open(dynamicBytes.subarray(0, dynamicBytes.length - 1));
    expectSameBytes(readChain([cut], 0, dynamic.currentSize), expected);
    expect(codes(cut)).toEqual([]);
    const cutFixed = fixedBytes.subarray(0, fixedBytes.length - 1);
    expect(vhd.probe(new MemorySource(cutFixed))).toBe('certain');
    expectSameBytes(readChain([open(cutFixed)], 0, 10_240), noise(10_240, 4));
  });

  it.each([
    ['gone', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 512)],
    ['overwritten', (bytes: Uint8Array) => bytes.slice().fill(0, bytes.length - 512)],
    ['with a wrong checksum', (bytes: Uint8Array) => turned(bytes, bytes.length - 400)],
    ['followed by something', (bytes: Uint8Array) => new Uint8Array(Buffer.concat([bytes, noise(1536, 3)]))],
  ])('%s at the end: the copy in front counts', (_, damage) => {
    const reader = open(damage(dynamicBytes));
    expectSameBytes(readChain([reader], 0, dynamic.currentSize), expected);
    expect(codes(reader)).toEqual(['vhd.footer-copy']);
  });

  it('of a fixed disk has no copy: what lies in front is the guest’s', () => {
    const forged = fixedBytes.slice();
    forged.set(buildVhd(dynamic).whole().subarray(0, 2560));
    expect(open(forged).variant).toBe('fixed');
    const copyOnly = fixedBytes.slice(0, 10_240);
    copyOnly.set(fixedBytes.subarray(10_240), 0);
    expect(failureCode(outcomeOf(vhd, copyOnly))).toBe('image.malformed');
    expect(failureCode(outcomeOf(vhd, turned(fixedBytes, fixedBytes.length - 300)))).toBe('image.malformed');
  });

  it('says that a machine was suspended', () => {
    expect(codes(open(buildVhd({ ...fixed, savedState: true }).whole()))).toEqual(['vhd.saved-state']);
  });

  it('tells a VHD by either end, raw disks are none', () => {
    const probe = (bytes: Uint8Array): string => vhd.probe(new MemorySource(bytes));
    expect(probe(fixedBytes)).toBe('certain');
    expect(probe(dynamicBytes.subarray(0, dynamicBytes.length - 512))).toBe('certain');
    expect(probe(turned(fixedBytes, fixedBytes.length - 1))).toBe('possible');
    for (const length of [0, 1, 511, 512, 4096]) expect(probe(noise(length, 8))).toBe('no');
  });
});

describe('blocks', () => {
  it('a bit for each sector says whether the block has it', () => {
    const data = noise(blockBytes, 1);
    const present = (sector: number): boolean => sector === 0 || sector === 7 || sector > 12;
    const reader = open(buildVhd({ ...dynamic, blocks: [null, { present, data }, null] }).whole());
    const mask = (_: number, index: number): number => (present(index >>> 9) ? data[index]! : 0);
    expectSameBytes(readChain([reader], blockBytes, blockBytes), data.map(mask));
    expect(extentsOf(reader).map(({ state, start, length }) => [state, start / 512, length / 512])).toEqual([
      ['absent', 0, 16],
      ['stored', 16, 1],
      ['absent', 17, 6],
      ['stored', 23, 1],
      ['absent', 24, 5],
      ['stored', 29, 3],
      ['absent', 32, 16],
    ]);
    // A span that begins and ends within sectors.
    expectSameBytes(readChain([reader], blockBytes + 100, 700), data.map(mask).subarray(100, 800));
  });

  it.each([512, 4096, 65536, 2 << 20, 16 << 20])('of %i bytes', (size) => {
    const data = [noise(size, 1), noise(size, 2)];
    const blocks = data.map((bytes) => ({ present: all, data: bytes }));
    const capacity = 2 * size - 512;
    const reader = open(buildVhd({ type: 3, currentSize: capacity, blockBytes: size, blocks }).whole());
    expect(reader.capacityBytes).toBe(capacity);
    expectSameBytes(
      readChain([reader], 0, capacity),
      new Uint8Array(Buffer.concat(data)).subarray(0, capacity),
    );
  });

  it('the bits of XenServer’s first version are the other way round', () => {
    const present = (sector: number): boolean => sector < 3 || sector === 9;
    const blocks = [{ present, data: noise(blockBytes, 5) }];
    const old = { creator: 'tap\0', creatorVersion: 0x00000001, lowestBitFirst: true };
    const parts: VhdParts = { type: 3, currentSize: blockBytes, blockBytes, blocks };
    const stored = (reader: DiskReader): (readonly [number, number])[] =>
      extentsOf(reader)
        .filter(({ state }) => state === 'stored')
        .map(({ start, length }) => [start / 512, length / 512] as const);
    const expected = [
      [0, 3],
      [9, 1],
    ];
    expect(stored(open(buildVhd({ ...parts, ...old }).whole()))).toEqual(expected);
    expect(stored(open(buildVhd({ ...parts, creator: 'tap\0' }).whole()))).toEqual(expected);
  });

  it('XenServer’s batmap tells complete blocks, whatever their bitmap says', () => {
    const none = (): boolean => false;
    const blocks = [
      { present: none, data: noise(blockBytes, 1) },
      { present: none, data: noise(blockBytes, 2) },
      null,
    ];
    const parts = { ...dynamic, creator: 'tap\0', blocks, batmap: [false, true, false] };
    const reader = open(buildVhd(parts).whole());
    expect(fact(reader, 'Batmap')).toBe('yes');
    expectSameBytes(readChain([reader], blockBytes, blockBytes), noise(blockBytes, 2));
    expectSameBytes(readChain([reader], 0, blockBytes), new Uint8Array(blockBytes));
    // Damaged, or of another creator: the bitmaps count.
    const damaged = buildVhd(parts).whole();
    damaged[damaged.indexOf(Buffer.from('tdbatmap')[0]!, 2000) + 512]! ^= 0xff;
    for (const bytes of [buildVhd({ ...parts, creator: 'win ' }).whole(), damaged]) {
      expectSameBytes(readChain([open(bytes)], blockBytes, blockBytes), new Uint8Array(blockBytes));
    }
  });
});

describe('a differencing disk', () => {
  const parentId = new Uint8Array(16).fill(0xab);
  const parentBytes = buildVhd({ ...dynamic, uniqueId: parentId, timeStamp: 5 }).whole();
  const child: VhdParts = {
    ...dynamic,
    type: 4,
    blocks: [{ present: (sector) => sector % 2 === 0, data: noise(blockBytes, 9) }, null, null],
    parentId,
    parentTimeStamp: 5,
    parentName: 'parent.vhd',
    locators: [
      { code: 'W2ku', data: utf16('C:\\disks\\parent.vhd', 'le') },
      { code: 'W2ru', data: utf16('.\\parent.vhd', 'le') },
    ],
  };
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'parent.vhd'), parentBytes);
  writeFileSync(join(folder, 'sub', 'größe 1.vhd'), parentBytes);
  const gate = folderGate(join(folder, 'child.vhd'));

  it('has its own sectors and those of its parent', () => {
    const reader = open(buildVhd(child).whole(), gate);
    expect([reader.variant, reader.parent]).toEqual([
      'differencing',
      { name: './parent.vhd', format: 'vhd' },
    ]);
    expect(reader.warnings).toEqual([]);
    const parent = vhd.open(gate.openReference(reader.parent!), gate);
    const [own, below] = [noise(blockBytes, 9), noise(blockBytes, 1)];
    const expected = own.map((byte, index) => ((index >>> 9) % 2 === 0 ? byte : below[index]!));
    expectSameBytes(readChain([reader, parent], 0, blockBytes), expected);
    expectSameBytes(readChain([reader, parent], 2 * blockBytes, blockBytes), noise(blockBytes, 2));
    expect(fact(reader, 'Parent, absolute')).toBe('C:\\disks\\parent.vhd');
    expect(fact(reader, 'Parent unique ID')).toBe('abababab-abab-abab-abab-abababababab');
    parent.close();
  });

  it.each([
    [
      'a relative name',
      [{ code: 'W2ru', data: utf16('.\\sub\\größe 1.vhd', 'le') }],
      '',
      './sub/größe 1.vhd',
    ],
    ['a name in big endian', [{ code: 'W2ru', data: utf16('.\\a.vhd', 'be') }], '', './a.vhd'],
    ['a name that ends with zeros', [{ code: 'W2ru', data: utf16('a.vhd\0\0', 'le') }], '', 'a.vhd'],
    ['only the name in the header', [], 'größe.vhd', 'größe.vhd'],
    ['only an absolute name', [{ code: 'W2ku', data: utf16('D:\\a.vhd', 'le') }], 'D:\\a.vhd', 'D:\\a.vhd'],
    ['a URL', [{ code: 'MacX', data: Buffer.from('file://./a%20b.vhd') }], '', './a b.vhd'],
    ['a foreign locator', [{ code: 'Wi2r', data: noise(9, 1) }], 'b.vhd', 'b.vhd'],
  ])('is named by %s', (_, locators, parentName, name) => {
    const reader = open(buildVhd({ ...child, locators, parentName }).whole(), gate);
    expect(reader.parent).toEqual({ name, format: 'vhd' });
  });

  it('opens no parent outside its folder', () => {
    for (const name of ['..\\..\\etc\\passwd', '\\\\server\\share\\a.vhd', 'C:\\a.vhd']) {
      const locators = [{ code: 'W2ru', data: utf16(name, 'le') }];
      const { parent } = open(buildVhd({ ...child, locators }).whole(), gate);
      expect(() => gate.openReference(parent!)).toThrow(/reference\.denied/);
    }
  });

  const openOverParent = (parts: VhdParts, context: OpenContext = gate): Disk => {
    writeFileSync(join(folder, 'over.vhd'), buildVhd(parts).whole());
    return Disk.open(new FileSource(join(folder, 'over.vhd')), context);
  };

  it('is joined with its parent, which is opened once', () => {
    let opened = 0;
    const counting = {
      ...gate,
      openReference: (...args: Parameters<typeof gate.openReference>) => {
        opened++;
        return gate.openReference(...args);
      },
    };
    const disk = openOverParent(child, counting);
    const into = new Uint8Array(512);
    disk.read(512, into);
    expectSameBytes(into, noise(blockBytes, 1).subarray(512, 1024));
    expect([opened, disk.top.reader.warnings]).toEqual([1, []]);
    expect(disk.layers[1]!.reader.identity).toBe('abababab-abab-abab-abab-abababababab');
    disk.close();
  });

  it('refuses to be read over another parent', () => {
    const parts = { ...child, parentId: new Uint8Array(16).fill(1) };
    expect(() => openOverParent(parts)).toThrow(/image\.parent-mismatch.*abababab/);
  });

  it('may stand over a raw disk, which XenServer says by an ID of zeros', () => {
    writeFileSync(join(folder, 'base.raw'), noise(3 * blockBytes, 11));
    const locators = [{ code: 'MacX', data: Buffer.from('file://./base.raw') }];
    const parentId = new Uint8Array(16);
    const disk = openOverParent({ ...child, creator: 'tap\0', parentId, locators, parentName: 'base.raw' });
    expect(disk.layers.map(({ driver }) => driver.id)).toEqual(['vhd', 'raw']);
    const into = new Uint8Array(1024);
    disk.read(0, into);
    expectSameBytes(into.subarray(0, 512), noise(blockBytes, 9).subarray(0, 512));
    expectSameBytes(into.subarray(512), noise(3 * blockBytes, 11).subarray(512, 1024));
    disk.close();
    expect(() => openOverParent({ ...child, parentId })).toThrow(/image\.parent-mismatch/);
  });

  it('warns when the parent was written since', () => {
    const disk = openOverParent({ ...child, parentTimeStamp: 4 });
    expect(codes(disk.top.reader)).toEqual(['vhd.parent-changed']);
    expect(disk.top.reader.warnings[0]!.message).toContain('2000-01-01T00:00:05Z');
    disk.close();
  });

  it('can be looked at without its parent', () => {
    const elsewhere = folderGate(join(folder, 'sub', 'child.vhd'));
    expect(open(buildVhd(child).whole(), elsewhere).warnings).toEqual([]);
    const { parent } = open(buildVhd(child).whole(), elsewhere);
    expect(() => elsewhere.openReference(parent!)).toThrow(/image\.parent-missing/);
  });

  it.each([
    ['no name at all', { locators: [], parentName: '' }, 'image.malformed'],
    [
      'a locator of 64 KiB and more',
      { locators: [{ code: 'W2ru', data: noise(65_538, 1) }] },
      'image.malformed',
    ],
  ])('is refused with %s', (_, change, code) => {
    expect(failureCode(outcomeOf(vhd, buildVhd({ ...child, ...change }).whole()))).toBe(code);
  });

  it('is refused with a locator past the end of the file', () => {
    const bytes = buildVhd(child).whole();
    const header = bytes.slice(512, 1536);
    new DataView(header.buffer).setBigUint64(576 + 16, 2n ** 40n);
    bytes.set(sealHeader(header), 512);
    expect(failureCode(outcomeOf(vhd, bytes))).toBe('image.truncated');
  });

  it('reads through a file as through memory', () => {
    writeFileSync(join(folder, 'child.vhd'), buildVhd(child).whole());
    const reader = vhd.open(new FileSource(join(folder, 'child.vhd')), gate);
    expectSameBytes(readChain([reader], 0, 512), noise(blockBytes, 9).subarray(0, 512));
    reader.close();
  });
});

function turned(bytes: Uint8Array, offset: number): Uint8Array {
  const copy = bytes.slice();
  copy[offset]! ^= 1;
  return copy;
}
