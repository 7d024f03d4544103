import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { recogniseContent, type ContentSignature } from '#engine/disks/content-signatures.ts';
import { describeWith, toolPath, type ToolName } from '../../../setup/tools.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const uuid = '12345678-9abc-4def-8123-456789abcdef';

function contentOf(path: string): ContentSignature | null {
  const file = new FileSource(path);
  try {
    return recogniseContent(file);
  } finally {
    file.close();
  }
}

describe('recogniseContent', () => {
  it.each([
    ['luks', 'LUKS\xba\xbe', 0],
    ['btrfs', '_BHRfS_M', 0x10040],
    ['f2fs', '\x10\x20\xf5\xf2', 0x400],
    ['jfs', 'JFS1', 0x8000],
    ['reiserfs', 'ReIsEr', 0x10034],
    ['exfat', '\xeb\x76\x90EXFAT   ', 0],
    ['ntfs', '\xeb\x52\x90NTFS    ', 0],
    ['refs', '\0\0\0ReFS\0', 0],
    ['bitlocker', '\xeb\x58\x90-FVE-FS-', 0],
    ['apfs', 'NXSB', 32],
    ['hfsplus', 'H+\0\x04', 1024],
    ['hfsplus', 'HX\0\x05', 1024],
    ['squashfs', 'hsqs', 0],
    ['squashfs', 'sqsh', 0],
    ['erofs', '\xe2\xe1\xf5\xe0', 1024],
    ['cramfs', 'Compressed ROMFS', 16],
    ['ufs', '\x54\x19\x01\0', 0x2000 + 1372],
    ['ufs', '\x19\x01\x54\x19', 0x10000 + 1372],
    ['swap', 'SWAPSPACE2', 4086],
    ['swap', 'SWAPSPACE2', 65526],
    ['iso9660', 'CD001', 32769],
    ['udf', 'NSR03', 32769 + 2048],
    ['mdraid', '\xfc\x4e\x2b\xa9\x01', 4096],
  ])('names %s', (id, magic, offset) => {
    const bytes = new Uint8Array(1 << 20);
    bytes.set(Buffer.from(magic, 'latin1'), offset);
    expect(recogniseContent(new MemorySource(bytes))).toMatchObject({ id, label: null });
    expect(recogniseContent(new MemorySource(bytes.subarray(0, offset + magic.length - 1)))).toBeNull();
  });

  it('needs more than one mark where they are short', () => {
    const lvm = new Uint8Array(4096);
    lvm.set(Buffer.from('LVM2 001'), 512 + 24);
    expect(recogniseContent(new MemorySource(lvm))).toBeNull();
    lvm.set(Buffer.from('LABELONE'), 512);
    expect(recogniseContent(new MemorySource(lvm))?.id).toBe('lvm2');
    const zfs = new Uint8Array(1 << 16);
    zfs.set(Buffer.from('version\0'), 0x4018);
    expect(recogniseContent(new MemorySource(zfs))).toBeNull();
    zfs[0x4000] = 1;
    expect(recogniseContent(new MemorySource(zfs))?.id).toBe('zfs');
    const ext = new Uint8Array(4096);
    ext.set([0x53, 0xef], 0x438);
    expect(recogniseContent(new MemorySource(ext))).toBeNull();
    const hfs = new Uint8Array(4096);
    hfs.set(Buffer.from('BD'), 1024);
    expect(recogniseContent(new MemorySource(hfs))).toBeNull();
  });

  it('sees nothing in noise, in nothing, and in an MBR', () => {
    for (let seed = 1; seed < 40; seed++) {
      expect(recogniseContent(new MemorySource(noise(80_000, seed)))).toBeNull();
      const bootSector = noise(512, seed);
      bootSector.set([0x55, 0xaa], 510);
      // A boot loader's first jump is the same as FAT's.
      bootSector[0] = 0xeb;
      expect(recogniseContent(new MemorySource(bootSector))).toBeNull();
    }
    expect(recogniseContent(new MemorySource(new Uint8Array(0)))).toBeNull();
    expect(recogniseContent(new MemorySource(new Uint8Array(100_000)))).toBeNull();
  });
});

const makers: readonly (readonly [string, ToolName, readonly string[], number, boolean])[] = [
  ['ext4', 'mkfs.ext4', ['-q', '-F', '-L', 'label', '-U', uuid], 8 << 20, true],
  ['vfat', 'mkfs.fat', ['-n', 'LABEL'], 8 << 20, false],
  ['xfs', 'mkfs.xfs', ['-q', '-f', '-L', 'label', '-m', `uuid=${uuid}`], 320 << 20, true],
  ['swap', 'mkswap', ['-q', '-L', 'label', '-U', uuid], 8 << 20, true],
  ['btrfs', 'mkfs.btrfs', ['-q', '-f', '-L', 'label', '-U', uuid], 128 << 20, true],
  ['ntfs', 'mkfs.ntfs', ['-q', '-F', '-Q', '-L', 'label'], 8 << 20, false],
];

for (const [id, tool, options, sizeBytes, labelled] of makers) {
  describeWith([tool, 'blkid'], `${id} as ${tool} makes it`, () => {
    it('is named as blkid names it', () => {
      const path = writeRawDisk(join(folder, id), sizeBytes, []);
      execFileSync(toolPath(tool)!, [...options, path], { stdio: 'pipe' });
      const content = contentOf(path);
      expect(content).toMatchObject(labelled ? { id, label: 'label', uuid } : { id });
      const told = execFileSync(toolPath('blkid')!, ['-p', '-o', 'export', path], { encoding: 'utf8' });
      expect(told).toContain(`TYPE=${id}\n`);
    });
  });
}
