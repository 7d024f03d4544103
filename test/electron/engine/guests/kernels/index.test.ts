import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { factsInWords } from '#shared/text/in-words.ts';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { looksLikeKernel, recogniseKernel } from '#engine/guests/kernels/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { filter } from '../../archives/compressed-files.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { arm64Banner, arm64Image, bzImage, elf, x86Version, zboot } from './build-kernel.ts';

const folder = scratchFolder();
const recognise = (bytes: Uint8Array) => recogniseKernel(new MemorySource(bytes));
const fact = (bytes: Uint8Array, label: string): string | undefined =>
  factsInWords(recognise(bytes)?.facts ?? []).find((one) => one.label === label)?.value;

describe('recogniseKernel', () => {
  it('reads version, build, architecture and compression of a bzImage', () => {
    const found = recognise(bzImage());
    expect(found).toMatchObject({ format: 'bzimage', version: '6.1.0-13-amd64', architecture: 'x86_64' });
    expect(found?.warnings).toEqual([]);
    expect(fact(bzImage(), 'Build')).toBe(x86Version.slice('6.1.0-13-amd64 '.length));
    expect(fact(bzImage(), 'Compression')).toBe('zstd');
    expect(fact(bzImage(), 'Boot protocol')).toBe('2.15');
    expect(fact(bzImage(), 'EFI stub')).toBe('yes');
    expect(fact(bzImage({ efi: false }), 'EFI stub')).toBe('no');
  });

  it('tells 32-bit kernels from 64-bit ones, by the payload where the protocol is too old to say', () => {
    expect(recognise(bzImage({ xloadflags: 0 }))?.architecture).toBe('i386');
    const old = { protocol: 0x208, efi: false };
    expect(recognise(bzImage({ ...old, payload: gzipSync(elf(62, null)) }))?.architecture).toBe('x86_64');
    expect(recognise(bzImage({ ...old, payload: gzipSync(elf(3, null)) }))?.architecture).toBe('i386');
    expect(recognise(bzImage(old))?.architecture).toBeNull();
  });

  it('says that a bzImage is cut off, and survives every cut', () => {
    const whole = bzImage();
    expect(recognise(whole.subarray(0, whole.length - 600))?.warnings[0]?.code).toBe('kernel.truncated');
    for (let length = 0; length < whole.length; length += 37) {
      expect(() => recognise(whole.subarray(0, length))).not.toThrow();
    }
  });

  it('finds the banner of an arm64 Image wherever it lies, across blocks too', () => {
    for (const at of [5000, 150_000, (1 << 20) - 7, 1 << 20]) {
      const found = recognise(arm64Image((1 << 20) + 5000, at));
      expect(found, String(at)).toMatchObject({
        format: 'arm64-image',
        version: '6.1.0-13-arm64',
        architecture: 'aarch64',
      });
    }
    expect(fact(arm64Image(), 'Page size')).toBe('4 KiB');
  });

  it('prefers the banner with the number of the build to the one before it', () => {
    const image = arm64Image();
    image.write(`${arm64Banner.replace('#1', '#')}\0`, 9000, 'latin1');
    expect(fact(image, 'Build')).toContain('#1 SMP');
    expect(fact(image.subarray(0, 100_000), 'Build')).toContain('# SMP');
  });

  it('takes an ELF file for a kernel only with its banner', () => {
    expect(recognise(elf(62, null))).toBeNull();
    expect(recognise(elf(62, arm64Banner))).toMatchObject({ format: 'vmlinux', architecture: 'x86_64' });
    expect(recognise(elf(21, arm64Banner))?.architecture).toBe('ppc64le');
    expect(recognise(elf(22, arm64Banner, true))?.architecture).toBe('s390x');
    expect(looksLikeKernel(new MemorySource(elf(22, null, true)))).toBe(true);
  });

  it('looks into gzip: vmlinux and Image', () => {
    expect(recognise(gzipSync(elf(62, arm64Banner)))).toMatchObject({
      format: 'vmlinux',
      version: '6.1.0-13-arm64',
    });
    expect(recognise(gzipSync(arm64Image()))).toMatchObject({
      format: 'arm64-image',
      version: '6.1.0-13-arm64',
    });
    expect(fact(gzipSync(arm64Image()), 'Compression')).toBe('gzip');
    expect(recognise(gzipSync(Buffer.from('nothing of the kind')))).toBeNull();
  });

  it('answers for compressed kernels that are cut off or damaged', () => {
    const whole = gzipSync(arm64Image());
    for (let length = 0; length < whole.length; length += 41) {
      expect(() => recognise(whole.subarray(0, length))).not.toThrow();
    }
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 100, 200);
    expect(() => recognise(damaged)).not.toThrow();
  });

  it('reads an EFI zboot image', () => {
    const image = zboot(gzipSync(arm64Image()), 'gzip');
    expect(recognise(image)).toMatchObject({
      format: 'zboot',
      version: '6.1.0-13-arm64',
      architecture: 'aarch64',
    });
    expect(fact(image, 'Compression')).toBe('gzip');
    expect(recognise(zboot(noise(1000), 'lzo'))?.warnings[0]?.code).toBe('kernel.unreadable');
    expect(recognise(image.subarray(0, 700))?.warnings[0]?.message).toContain('ends before it');
  });

  it('takes nothing else for a kernel', () => {
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(4096),
      noise(100_000, 3),
      Buffer.from('MZ and no more'),
    ]) {
      expect(recognise(bytes)).toBeNull();
      expect(looksLikeKernel(new MemorySource(bytes))).toBe(false);
    }
  });
});

describeWith('file', 'kernels as file(1) sees them', () => {
  const say = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return execFileSync('file', ['-b', join(folder, name)], { encoding: 'utf8' });
  };

  it('agrees about a bzImage and its version', () => {
    const text = say('vmlinuz', bzImage());
    expect(text).toContain('bzImage');
    const source = new FileSource(join(folder, 'vmlinuz'));
    expect(text).toContain(`version ${recogniseKernel(source)!.version} (debian-kernel`);
    source.close();
  });

  it('agrees about an arm64 Image', () => {
    expect(say('Image', arm64Image())).toMatch(/ARM64 boot executable Image, little-endian, 4K pages/);
  });
});

describeWith(
  ['xz', 'zstd', 'bzip2', 'lz4', 'lzma'],
  'kernels compressed by the programs of each method',
  () => {
    it.each([
      ['xz', ['-c', '--check=crc32']],
      ['zstd', ['-c', '-q']],
      ['bzip2', ['-c']],
      ['lz4', ['-l', '-c', '-q']],
      ['lzma', ['-c']],
    ])('reads an Image in %s', (program, args) => {
      const bytes = filter(program, args, arm64Image());
      expect(recognise(bytes)).toMatchObject({ format: 'arm64-image', version: '6.1.0-13-arm64' });
      expect(fact(bytes, 'Compression')).toBe(program);
      expect(recognise(zboot(bytes, program))).toMatchObject({ format: 'zboot', version: '6.1.0-13-arm64' });
    });
  },
);
