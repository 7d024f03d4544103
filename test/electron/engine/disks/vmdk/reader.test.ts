import { describe, expect, it } from 'vitest';
import { vmdk } from '#engine/disks/vmdk/index.ts';
import { separate } from './image-files.ts';
import {
  alone,
  bytesIn,
  countingSource,
  expectMalformed,
  expectSame,
  failureOf,
  filesOf,
  openBytes,
  tiledExtents,
} from './read-disk.ts';
import { descriptorText, grainOf, patched, sparseImage } from './sparse-image.ts';

const grains = { 0: grainOf(1), 9: grainOf(2) };
const flat = Buffer.alloc(4096, 7);

describe('a descriptor inside its extent', () => {
  const withText = (descriptor: string): Buffer => sparseImage({ grains, descriptor }).bytes;

  it('gives the facts', () => {
    const text = `# Disk DescriptorFile\r
version=1\r
encoding="windows-1252"\r
CID=7e5b80a7\r
parentCID=ffffffff\r
createType="monolithicSparse"\r
RW 2048 SPARSE "call-me.vmdk"\r
ddb.virtualHWVersion = "7"\r
ddb.adapterType = "lsilogic"\r
ddb.toolsVersion = "2147483647"\r
ddb.uuid.image="9afa1dd0-d966-4279-a762-b7fbb0136308"\r
ddb.uuid.parent="00000000-0000-0000-0000-000000000000"\r
`;
    const reader = openBytes(withText(text));
    expect(reader).toMatchObject({
      capacityBytes: 1 << 20,
      sectorBytes: 512,
      variant: 'monolithicSparse',
      parent: null,
      snapshots: [],
      encryption: null,
      warnings: [],
    });
    expect(Object.fromEntries(reader.facts.map(({ label, value }) => [label, value]))).toEqual({
      'Create type': 'monolithicSparse',
      'Grain size': '64 KiB',
      Compression: 'none',
      Extents: '1',
      'Content ID': '7e5b80a7',
      'Parent content ID': 'ffffffff',
      'Image UUID': '9afa1dd0-d966-4279-a762-b7fbb0136308',
      'Hardware version': '7',
      'Adapter type': 'lsilogic',
      'VMware Tools version': '2147483647',
      'Descriptor encoding': 'windows-1252',
    });
    expect(reader.decode).toBeUndefined();
  });

  it('says when grains are compressed', () => {
    const reader = openBytes(sparseImage({ grains, grainsAre: 'marked' }).bytes);
    expect(reader.facts).toContainEqual({ label: 'Compression', value: 'zlib' });
    expect(typeof reader.decode).toBe('function');
  });

  it('may call its file anything: it gets renamed', () => {
    expectSame(
      bytesIn(withText(descriptorText(2048).replace('image.vmdk', '../../other.vmdk'))).subarray(0, 65536),
      grainOf(1),
    );
  });

  it('need not have the signature, a type or a list of extents', () => {
    const text = '# Description file created by a converter\nversion=1\nCID=1\nparentCID=ffffffff\n';
    const reader = openBytes(withText(text));
    expect([reader.variant, reader.capacityBytes]).toEqual(['monolithicSparse', 1 << 20]);
    const stream = sparseImage({ grains, grainsAre: 'marked', footer: true, descriptor: text });
    expect(openBytes(stream.bytes).variant).toBe('streamOptimized');
  });

  it('may be indented, with a decimal content ID', () => {
    const text = descriptorText(2048).replaceAll(/^/gm, '        ').replace('12345678', '3735928559');
    expect(openBytes(withText(text)).facts).toContainEqual({ label: 'Content ID', value: '3735928559' });
  });

  it('may be rounded: the size in it counts', () => {
    const reader = openBytes(withText(descriptorText(2048 - 100)));
    expect(reader.capacityBytes).toBe(1948 * 512);
    expect(tiledExtents(reader).at(-1)).toMatchObject({ state: 'absent' });
    expectMalformed('extent description', 'size', () => openBytes(withText(descriptorText(2049))));
    expectMalformed('extent description', 'size', () => openBytes(withText(descriptorText(1024))));
  });

  it('may list further extents after its own', () => {
    const text = descriptorText(2048).replace('"image.vmdk"', '"image.vmdk"\nRW 8 FLAT "more" 0');
    const reader = openBytes(withText(text), filesOf({ more: flat }));
    expect(reader.capacityBytes).toBe((1 << 20) + 4096);
    expect(tiledExtents(reader).at(-1)).toMatchObject({ state: 'stored', length: 4096 });
  });

  it('must begin with a sparse extent: that is where it lies', () => {
    const text = descriptorText(2048).replace('SPARSE', 'FLAT');
    expectMalformed('extent description', 'type', () => openBytes(withText(text)));
  });

  it('may be all there is, in a header of no capacity', () => {
    const text = descriptorText(8, 'monolithicFlat').replace('SPARSE "image.vmdk"', 'FLAT "x-flat.vmdk" 0');
    const header = patched(sparseImage({ descriptor: text }).bytes, (bytes) =>
      bytes.writeBigUInt64LE(0n, 12),
    );
    expectSame(bytesIn(header, filesOf({ 'x-flat.vmdk': flat })), flat);
    const nothing = descriptorText(8).replace(/^RW.*$/m, '');
    const empty = patched(sparseImage({ descriptor: nothing }).bytes, (bytes) =>
      bytes.writeBigUInt64LE(0n, 12),
    );
    expectMalformed('descriptor', 'extent description', () => openBytes(empty));
  });

  it('that is not there leaves a part of a disk, which is refused with advice', () => {
    const { details } = failureOf('image.unsupported', () =>
      openBytes(sparseImage({ grains, descriptor: null }).bytes),
    );
    expect(details.feature).toContain('open the descriptor');
  });

  it('warns of an encoding that nobody knows', () => {
    const text = `encoding="klingon"\n${descriptorText(2048)}`;
    expect(openBytes(withText(text)).warnings).toMatchObject([{ code: 'vmdk.unknown-encoding' }]);
  });
});

describe('a descriptor of its own', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(4096)],
    ['noise', Buffer.from(grainOf(3))],
    ['some text', Buffer.from('hello\n')],
  ])('cannot be %s', (_, bytes) => {
    expectMalformed('descriptor', 'createType', () => openBytes(bytes));
  });

  it('must list extents', () => {
    expectMalformed('descriptor', 'extent description', () => openBytes(separate('monolithicFlat', [])));
    expectMalformed('descriptor', 'extent description', () =>
      openBytes(separate('monolithicFlat', ['RW 0 FLAT "a" 0'])),
    );
  });

  it('of 32 MiB is refused without being read', () => {
    const counted = countingSource(Buffer.alloc(32 << 20, '# Disk DescriptorFile\n'));
    expectMalformed('descriptor', 'size', () => vmdk.open(counted, alone));
    expect(counted.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(100);
    expect(counted.closed).toBe(1);
  });

  it('may name its parts in another encoding', () => {
    const line = Buffer.from('RW 8 FLAT "\xb4\xc5\xc5\xcc-flat.vmdk" 0', 'latin1').toString('latin1');
    const image = separate('monolithicFlat', [line], 'encoding="GBK"');
    expectSame(bytesIn(image, filesOf({ '磁盘-flat.vmdk': flat })), flat);
  });
});

describe('a parent', () => {
  const child = (lines: string): Buffer => separate('monolithicFlat', ['RW 8 FLAT "f" 0'], lines).subarray(0);
  const open = (lines: string): ReturnType<typeof openBytes> => {
    const text = child(lines).toString('latin1').replace('parentCID=ffffffff\n', '');
    return openBytes(Buffer.from(text, 'latin1'), filesOf({ f: flat }));
  };

  it('is what the descriptor hints at, and is a VMDK', () => {
    const reader = open('parentCID=0badf00d\nparentFileNameHint="../base dir/base.vmdk"');
    expect(reader.parent).toEqual({ name: '../base dir/base.vmdk', format: 'vmdk' });
    expect(reader.facts).toContainEqual({ label: 'Parent content ID', value: '0badf00d' });
    expect(open('parentCID=ffffffff').parent).toBeNull();
  });

  it('without a name is missing: zeros in its place would be wrong', () => {
    expect(failureOf('image.parent-missing', () => open('parentCID=0badf00d')).details.reference).toBe(
      'CID 0badf00d',
    );
    const uuid = 'ddb.uuid.parent="9afa1dd0-d966-4279-a762-b7fbb0136308"';
    expect(
      failureOf('image.parent-missing', () => open(`parentCID=ffffffff\n${uuid}`)).details.reference,
    ).toBe('9afa1dd0-d966-4279-a762-b7fbb0136308');
  });
});

describe('an encrypted disk', () => {
  it('tells its size where it can, and never its bytes', () => {
    const text = `${descriptorText(2048)}ddb.iofilters = "vmwarevmcrypt"\n`;
    const reader = openBytes(sparseImage({ grains, descriptor: text }).bytes);
    expect([reader.encryption, reader.capacityBytes]).toEqual(['vSphere VM Encryption', 1 << 20]);
    const { details } = failureOf('image.encrypted', () => tiledExtents(reader));
    expect(details).toEqual({ format: 'vmdk', method: 'vSphere VM Encryption' });
  });

  it('whose descriptor is encrypted too is refused as that', () => {
    const text = '# Disk DescriptorFile\nencryption.keySafe = "vmware:key/list/x"\nencryption.data = "abc"\n';
    failureOf('image.encrypted', () => openBytes(Buffer.from(text)));
  });
});
