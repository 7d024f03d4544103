import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { probeDisk } from '#engine/disks/registry.ts';
import { recogniseSignature, recogniseSignatures } from '#engine/disks/signatures.ts';

function fileWith(...marks: readonly (readonly [string, number])[]): MemorySource {
  const bytes = new Uint8Array(64 << 10);
  for (const [magic, offset] of marks) bytes.set(Buffer.from(magic, 'latin1'), offset);
  return new MemorySource(bytes);
}

const end = (64 << 10) - 512;

describe('recogniseSignature', () => {
  it.each([
    ['qcow', 'QFI\xfb\0\0\0\x01', 0],
    ['qed', 'QED\0', 0],
    ['parallels', 'WithoutFreeSpace', 0],
    ['parallels', 'WithouFreSpacExt', 0],
    ['dmg', 'koly', end],
    ['bochs', 'Bochs Virtual HD Image', 0],
    ['dmg', 'encrcdsa', 0],
    ['dmg', 'cdsaencr', (64 << 10) - 8],
    ['sparseimage', 'sprs\0\0\0\x03', 0],
    ['cloop', '#!/bin/sh\n#V2.0 Format\nmodprobe cloop file=$0', 0],
    ['cloop', '#!/bin/sh\n#V2.0 Format\ninsmod cloop.o file=$0', 0],
    ['cloop', '#!/bin/sh\n#V3.00 Format', 0],
    ['asif', 'shdw', 0],
    ['wim', 'MSWIM\0\0\0', 0],
    ['wim', 'WLPWM\0\0\0', 0],
    ['squashfs', 'hsqs', 0],
    ['squashfs', 'sqsh', 0],
    ['squashfs', 'shsq', 0],
    ['squashfs', 'qshs', 0],
  ])('names %s, which is never read as raw', (id, magic, offset) => {
    const file = fileWith([magic, offset]);
    expect(recogniseSignature(file)).toMatchObject({ id, readsAsRaw: false });
    let taken: string | null;
    try {
      taken = probeDisk(file).id;
    } catch (error) {
      expect(String(error)).toContain('image.unsupported');
      taken = null;
    }
    expect(taken).not.toBe('raw');
  });

  it('tells all marks of a file that is two things', () => {
    const both = fileWith(['QED\0', 0], ['koly', end]);
    expect(recogniseSignatures(both).map(({ id }) => id)).toEqual(['qed', 'dmg']);
    expect(recogniseSignatures(fileWith())).toEqual([]);
    expect(recogniseSignature(new MemorySource(new Uint8Array(2)))).toBeNull();
  });

  it('leaves file systems on the whole disk readable as raw', () => {
    for (const file of [fileWith(['XFSB', 0]), fileWith(['\xeb\x52\x90NTFS    ', 0])]) {
      expect(recogniseSignature(file)).toBeNull();
      expect(probeDisk(file).id).toBe('raw');
    }
  });
});
