import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { factsInWords } from '#shared/text/in-words.ts';
import { seed } from '#engine/builders/seed/index.ts';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { describeOptical, type OpticalDescription } from '#engine/guests/optical/describe.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { scratchFolder } from '../../scratch.ts';
import { buildTo } from './media-files.ts';

const folder = scratchFolder();
const source = join(folder, 'source');
mkdirSync(source);
writeFileSync(join(source, 'bios.img'), Buffer.alloc(2048, 1));
writeFileSync(join(source, 'efi.img'), Buffer.alloc(65536, 2));
writeFileSync(join(source, 'floppy.img'), Buffer.alloc(1_474_560, 3));

function described(path: string): OpticalDescription {
  const file = new FileSource(path);
  try {
    return describeOptical(file)!;
  } finally {
    file.close();
  }
}

const factOf = ({ facts }: OpticalDescription, label: RegExp): string | undefined =>
  factsInWords(facts).find((fact) => label.test(fact.label))?.value;

describeWith('xorriso', 'a hybrid of xorriso', () => {
  const path = join(folder, 'hybrid.iso');
  execFileSync(
    'xorriso',
    ['-as', 'mkisofs', '-quiet', '-R', '-V', 'HYBRID', '-hfsplus']
      .concat(['-b', 'bios.img', '-no-emul-boot', '-boot-load-size', '4'])
      .concat(['-eltorito-alt-boot', '-e', 'efi.img', '-no-emul-boot'])
      .concat(['-isohybrid-gpt-basdat', '-isohybrid-apm-hfsplus', '-o', path, source]),
    { stdio: 'ignore' },
  );

  it('shows what every firmware sees in it', () => {
    const found = described(path);
    expect(found.bootEntries).toMatchObject([
      { platform: 'x86 BIOS', bootable: true, media: 'no emulation', sectorCount: 4, loadSegment: 0x7c0 },
      { platform: 'UEFI', bootable: true, media: 'no emulation', lengthBytes: 65536 },
    ]);
    expect(factOf(found, /^File systems$/)).toBe('ISO 9660');
    expect(factOf(found, /^ISO 9660 label$/)).toBe('HYBRID');
    expect(factOf(found, /^Apple partition map$/)).toContain('(HFS+)');
    expect(found.warnings).toEqual([]);
  });

  it('shows the partitions of an image that is a disk, too', () => {
    const disk = join(folder, 'disk.iso');
    const args = [
      '-as',
      'mkisofs',
      '-quiet',
      '-R',
      '-append_partition',
      '2',
      '0xef',
      join(source, 'efi.img'),
    ];
    for (const [option, table] of [
      ['-appended_part_as_gpt', /GPT/i],
      ['-appended_part_as_apm', /Apple/],
    ] as const) {
      execFileSync('xorriso', [...args, option, '-o', disk, source], { stdio: 'ignore' });
      expect(factOf(described(disk), table)).toBeDefined();
    }
    execFileSync('xorriso', [...args, '-o', disk, source], { stdio: 'ignore' });
    expect(factOf(described(disk), /MBR/)).toMatch(/^isohybrid: .*EFI/);
  });

  it('has its boot image where the entry says', () => {
    const [, efi] = described(path).bootEntries;
    const bytes = readFileSync(path).subarray(efi!.start, efi!.start + efi!.lengthBytes);
    expect(bytes.every((byte) => byte === 2)).toBe(true);
  });
});

describeWith('genisoimage', 'media of genisoimage', () => {
  it('with an emulated floppy, UDF and HFS', () => {
    const path = join(folder, 'bridge.iso');
    const args = ['-quiet', '-R', '-udf', '-hfs', '-V', 'BRIDGE', '-b', 'floppy.img', '-o', path, source];
    execFileSync('genisoimage', args, { stdio: 'ignore' });
    const found = described(path);
    expect(found.bootEntries).toMatchObject([{ media: '1.44 MB floppy', lengthBytes: 1_474_560 }]);
    expect(factOf(found, /^File systems$/)).toBe('UDF and ISO 9660');
    expect(factOf(found, /UDF revision/)).toBe('1.02');
    expect(factOf(found, /^Hybrid$/)).toBe('HFS for Macs on the same medium');
  });
});

describe('a catalogue', () => {
  const path = join(folder, 'seed.iso');
  buildTo(seed, path);
  const seedBytes = readFileSync(path);

  it('that is not there is no trouble', () => {
    expect(described(path)).toMatchObject({ bootEntries: [], warnings: [] });
  });

  it.each([
    ['past the end', 0x7fffffff, /past the end/],
    ['that is none', 0, /validation entry/],
  ])('%s is told of', (_, sector, message) => {
    const bytes = Buffer.concat([seedBytes, Buffer.alloc(2048)]);
    // The set's second descriptor becomes a boot record; Joliet, which was there, goes.
    bytes.fill(0, 17 * 2048, 18 * 2048);
    bytes.write('\0CD001\x01EL TORITO SPECIFICATION', 17 * 2048, 'latin1');
    bytes.writeUInt32LE(sector, 17 * 2048 + 71);
    const found = describeOptical(new MemorySource(bytes))!;
    expect(found.bootEntries).toEqual([]);
    expect(found.warnings[0]?.message).toMatch(message);
  });

  it('is not looked for in what is no medium', () => {
    expect(describeOptical(new MemorySource(new Uint8Array(100_000)))).toBeNull();
  });
});
