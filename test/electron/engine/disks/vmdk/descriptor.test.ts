import { describe, expect, it } from 'vitest';
import { encryptionMethod, parseDescriptor } from '#engine/disks/vmdk/descriptor.ts';
import { expectMalformed } from './read-disk.ts';

const text = `# Disk DescriptorFile
version=1
encoding="windows-1252"
CID=fffffffe
parentCID=ffffffff
isNativeSnapshot="no"
createType="twoGbMaxExtentSparse"

# Extent description
RW 4192256 SPARSE "a disk-s001.vmdk"
RDONLY 100 FLAT "a disk-f002.vmdk" 63
NOACCESS 5 ZERO

# The Disk Data Base
#DDB
ddb.virtualHWVersion = "16"
ddb.uuid = "60 00 C2 9b 11 22"
ddb.comment = "one = two"
`;

describe('parseDescriptor', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('reads values and extents with lines that end in %s', (_, ending) => {
    const descriptor = parseDescriptor(text.replaceAll('\n', ending), 512);
    expect(Object.fromEntries(descriptor.values)).toMatchObject({
      version: '1',
      cid: 'fffffffe',
      createtype: 'twoGbMaxExtentSparse',
      'ddb.virtualhwversion': '16',
      'ddb.uuid': '60 00 C2 9b 11 22',
      'ddb.comment': 'one = two',
    });
    expect(descriptor.extents).toMatchObject([
      { access: 'RW', sectors: 4192256, type: 'SPARSE', name: 'a disk-s001.vmdk', offsetSectors: 0 },
      { access: 'RDONLY', sectors: 100, type: 'FLAT', name: 'a disk-f002.vmdk', offsetSectors: 63 },
      { access: 'NOACCESS', sectors: 5, type: 'ZERO', name: null },
    ]);
    expect(descriptor.extents[0]!.fileOffset).toBe(512 + text.replaceAll('\n', ending).indexOf('RW 4192256'));
  });

  it('takes any case and any spaces', () => {
    const { values, extents } = parseDescriptor(
      '\t CREATETYPE\t=  "custom"  \n  rw\t8   flat  "x y"   7  \n',
      0,
    );
    expect(values.get('createtype')).toBe('custom');
    expect(extents).toMatchObject([
      { access: 'RW', sectors: 8, type: 'FLAT', name: 'x y', offsetSectors: 7 },
    ]);
  });

  it('reads names without quotes, values without quotes, and what follows a name', () => {
    const { values, extents } = parseDescriptor(
      'createType=vmfs\nRW 8 VMFS disk-flat.vmdk\nRW 8 FLAT "\\\\.\\PhysicalDrive1" 4 partitionUUID \\\\?\\Volume{1}\n',
      0,
    );
    expect(values.get('createtype')).toBe('vmfs');
    expect(extents.map(({ name, offsetSectors }) => [name, offsetSectors])).toEqual([
      ['disk-flat.vmdk', 0],
      ['\\\\.\\PhysicalDrive1', 4],
    ]);
  });

  it('decodes names from the encoding that the descriptor declares, wherever it does', () => {
    const gbk = 'RW 8 FLAT "\xb4\xc5\xc5\xcc-f001.vmdk" 0\nencoding="GBK"\n';
    expect(parseDescriptor(gbk, 0).extents[0]!.name).toBe('磁盘-f001.vmdk');
    // The second byte of this character is a backslash.
    const shiftJis = 'encoding="Shift_JIS"\nRW 8 FLAT "\x95\x5c.vmdk" 0\n';
    expect(parseDescriptor(shiftJis, 0).extents[0]!.name).toBe('表.vmdk');
    const unknown = parseDescriptor('encoding="nonsense"\nRW 8 FLAT "\xc3\xa9" 0\n', 0);
    expect([unknown.encodingKnown, unknown.extents[0]!.name]).toEqual([false, 'é']);
  });

  it('takes the first of two values, and passes over lines that say nothing', () => {
    const { values } = parseDescriptor('CID=1\nCID=2\n= 5\nnonsense\n"quoted" line\n', 0);
    expect([...values]).toEqual([['cid', '1']]);
  });

  it('passes over extents of no sectors', () => {
    expect(parseDescriptor('RW 0 SPARSE "a"\nRW 8 SPARSE "b"\n', 0).extents).toMatchObject([{ name: 'b' }]);
  });

  it.each([
    ['line', 'RW SPARSE "a"'],
    ['line', 'RW -8 SPARSE "a"'],
    ['line', 'RW 0x8 SPARSE "a"'],
    ['type', 'RW 8 MAGIC "a"'],
    ['size', 'RW 99999999999999999999 FLAT "a" 0'],
    ['offset', 'RW 8 FLAT "a" 99999999999999999999'],
    ['file name', 'RW 8 SPARSE'],
    ['file name', 'RW 8 FLAT "" 0'],
  ])('refuses an extent whose %s is wrong: %s', (field, line) => {
    expectMalformed('extent description', field, () => parseDescriptor(`createType="custom"\n${line}\n`, 0));
  });

  it('refuses more extents than a disk can have', () => {
    expectMalformed('descriptor', 'extents', () => parseDescriptor('RW 8 FLAT "a" 0\n'.repeat(4097), 0));
  });

  it('gets to the end of lines made to be slow', () => {
    parseDescriptor(`RW 8 FLAT ${'a'.repeat(500_000)}\n`, 0);
    parseDescriptor(`${' '.repeat(500_000)}x\n`, 0);
    parseDescriptor(`x=${'"'.repeat(500_000)}\n`, 0);
    expect(parseDescriptor('\r'.repeat(1_000_000), 0).extents).toEqual([]);
  });
});

describe('encryptionMethod', () => {
  it('knows both of them', () => {
    const method = (lines: string): string | null => encryptionMethod(parseDescriptor(lines, 0));
    expect(method('CID=1')).toBeNull();
    expect(method('encryption.keySafe = "vmware:key/list/(pair)"')).toBe('VMware Workstation');
    expect(method('ddb.iofilters = "vmwarevmcrypt"')).toBe('vSphere VM Encryption');
  });
});
