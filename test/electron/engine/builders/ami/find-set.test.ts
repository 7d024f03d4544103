import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { findSet, roleOfContent } from '#engine/builders/ami/find-set.ts';
import { recogniseMachineImage } from '#engine/builders/ami/machine-image.ts';
import { describeWith, toolPath } from '../../../../setup/tools.ts';
import { bzImage, elf } from '../../guests/kernels/build-kernel.ts';
import { mainArchive } from '../../guests/ramdisks/build-ramdisk.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { extImage, kernel, ramdisk, writeSet } from './set-fixture.ts';

const folder = scratchFolder();

function place(name: string, files: Readonly<Record<string, Uint8Array>>): (file: string) => string {
  mkdirSync(join(folder, name));
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(folder, name, file), bytes);
  return (file) => join(folder, name, file);
}

describe('findSet', () => {
  it('pairs kernels and ramdisks by their names, from either side', () => {
    const at = place('boot', {
      'vmlinuz-6.1.0-13-amd64': kernel,
      'initrd.img-6.1.0-13-amd64': ramdisk,
      'vmlinuz-5.10.0': bzImage({ version: '5.10.0 #1' }),
      'initrd.img-5.10.0': gzipSync(mainArchive('5.10.0', elf(62, null))),
      'config-5.10.0': noise(100),
    });
    const pair = { image: null, kernel: at('vmlinuz-5.10.0'), ramdisk: at('initrd.img-5.10.0') };
    expect(findSet(at('vmlinuz-5.10.0'))).toEqual(pair);
    expect(findSet(at('initrd.img-5.10.0'))).toEqual(pair);
    expect(findSet(at('config-5.10.0'))).toBeNull();
  });

  it('pairs by version where the names say nothing', () => {
    const at = place('versions', {
      'vmlinuz-virtual': kernel,
      'a-initrd': gzipSync(mainArchive('5.10.0', elf(62, null))),
      'b-initrd': ramdisk,
    });
    expect(findSet(at('vmlinuz-virtual'))).toMatchObject({ ramdisk: at('b-initrd') });
  });

  it('goes by what the files hold, not by what they are called', () => {
    const at = place('liars', { 'x-vmlinuz': ramdisk, 'x-initrd': kernel, 'y-vmlinuz': noise(5000) });
    expect(findSet(at('x-vmlinuz'))).toEqual({
      image: null,
      kernel: at('x-initrd'),
      ramdisk: at('x-vmlinuz'),
    });
    expect(findSet(at('y-vmlinuz'))).toBeNull();
  });

  it('finds nothing in a folder without a set', () => {
    place('none', { 'a.txt': noise(100), 'a.img': noise(100_000) });
    expect(findSet(join(folder, 'none'))).toBeNull();
    expect(() => findSet(join(folder, 'not-there'))).toThrow('io.not-found');
  });
});

describe('recogniseMachineImage', () => {
  it('takes nothing unknown for an image', () => {
    expect(recogniseMachineImage(new MemorySource(noise(100_000)))).toBeNull();
    expect(recogniseMachineImage(new MemorySource(new Uint8Array(10)))).toBeNull();
  });
});

describeWith('mkfs.ext4', 'sets with an image', () => {
  const set = writeSet(join(folder, 'set'), 'cirros-0.3.5-x86_64', null);

  it('is the same set from its folder and from each of its files', () => {
    extImage(join(folder, 'set', 'other.img'), null);
    writeFileSync(join(folder, 'set', 'README'), 'read me');
    for (const path of [join(folder, 'set'), set.image, set.kernel, set.ramdisk])
      expect(findSet(path)).toEqual(set);
  });

  it('tells the role of each by its content', () => {
    expect([set.image, set.kernel, set.ramdisk].map(roleOfContent)).toEqual(['image', 'kernel', 'ramdisk']);
    expect(roleOfContent(join(folder, 'set', 'README'))).toBeNull();
  });
});

describeWith(['mkfs.xfs'], 'bare XFS', () => {
  it('is a machine image', () => {
    const path = join(folder, 'x.img');
    execFileSync('truncate', ['-s', '300M', path]);
    execFileSync(toolPath('mkfs.xfs')!, ['-q', '-L', 'root', path]);
    expect(roleOfContent(path)).toBe('image');
  });
});
