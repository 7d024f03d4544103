import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { recogniseContent } from '#engine/disks/content-signatures.ts';
import { fat } from '#engine/guests/filesystems/fat/index.ts';
import { mbr } from '#engine/guests/partitions/mbr/index.ts';
import { Failure } from '#shared/failure.ts';
import { describeWith, toolPath } from '../../../../../setup/tools.ts';
import { noise } from '../../../pattern.ts';
import { scratchFolder } from '../../../scratch.ts';
import { emptyFile, guestListing, hostListing, makeGuestTree, run, textOf } from '../guest-tree.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);

describeWith(['mkfs.fat', 'mcopy'], 'FAT as mkfs.fat and mtools make it', () => {
  const tree = makeGuestTree(at('tree'), false);
  const expected = hostListing(tree);
  // mtools takes names in the locale's encoding.
  const env = { ...process.env, LC_ALL: 'C.UTF-8', MTOOLS_SKIP_CHECK: '1' };

  function make(path: string, sizeBytes: number, options: readonly string[]): void {
    emptyFile(path, sizeBytes);
    run('mkfs.fat', ['-i', '1234ABCD', '-n', 'MY LABEL', ...options, path]);
    const names = readdirSync(tree).map((name) => join(tree, name));
    execFileSync(toolPath('mcopy')!, ['-s', '-m', '-i', path, ...names, '::'], { env, stdio: 'pipe' });
  }

  it.each([
    ['fat12', 'FAT12', 8 << 20, ['-F', '12', '-s', '8']],
    ['fat16', 'FAT16', 16 << 20, ['-F', '16', '-s', '2']],
    ['fat32', 'FAT32', 48 << 20, ['-F', '32', '-s', '1']],
    ['fat16 4k', 'FAT16', 64 << 20, ['-F', '16', '-S', '4096', '-s', '1']],
  ])('%s', (name, variant, sizeBytes, options) => {
    make(at(name), sizeBytes, options);
    const volume = new FileSource(at(name));
    expect(fat.probe(volume)).toBe('certain');
    expect(mbr.probe(volume)).toBe('no');
    expect(recogniseContent(volume)?.id).toBe('vfat');
    const reader = fat.open(volume);
    expect(guestListing(reader)).toEqual(expected);
    expect([reader.label, reader.uuid, reader.warnings]).toEqual(['MY LABEL', '1234-ABCD', []]);
    expect(reader.facts[0]?.value).toBe(variant);
    expect(textOf(reader, 'ETC/HostName')).toBe('guest\n');
    expect(reader.find('etc/hostname')?.modifiedAt).toMatch(/^2020-09-13T/);
    expect(reader.find('etc/..')).toMatchObject({ kind: 'folder' });
    reader.close();
  });

  it('ends in an answer or a Failure however it is damaged', () => {
    const whole = readFileSync(at('fat12')).subarray(0, 4 << 20);
    for (let round = 0; round < 60; round++) {
      const damaged = new Uint8Array(whole);
      const places = new DataView(noise(64, round + 1).buffer);
      for (let index = 0; index < 12; index++) {
        damaged[places.getUint32(index * 4) % (round % 3 === 0 ? 512 : 60_000)] = places.getUint8(50 + index);
      }
      try {
        guestListing(fat.open(new MemorySource(damaged)));
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'internal') throw error;
      }
    }
  });

  it('finds a chain that comes back to itself', () => {
    const bytes = new Uint8Array(readFileSync(at('fat16')));
    const volume = fat.open(new MemorySource(bytes));
    volume.close();
    // Every entry of the table from 2 on says: cluster 2.
    const reserved = bytes[14]! + bytes[15]! * 256;
    const tableBytes = (bytes[22]! + bytes[23]! * 256) * 512;
    for (let entry = reserved * 512 + 4; entry < reserved * 512 + tableBytes; entry += 2)
      bytes.set([2, 0], entry);
    expect(() => guestListing(fat.open(new MemorySource(bytes)))).toThrow('image.malformed');
  });
});
