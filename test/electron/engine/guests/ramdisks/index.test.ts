import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { factsInWords } from '#shared/text/in-words.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { walkArchives } from '#engine/guests/ramdisks/archive-row.ts';
import { looksLikeRamdisk, recogniseRamdisk } from '#engine/guests/ramdisks/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { filter } from '../../archives/compressed-files.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { elf } from '../kernels/build-kernel.ts';
import { cpio, earlyArchive, mainArchive } from './build-ramdisk.ts';

const folder = scratchFolder();
const version = '6.1.0-13-amd64';
const main = mainArchive(version, elf(62, null));
const recognise = (bytes: Uint8Array) => recogniseRamdisk(new MemorySource(bytes));
const fact = (bytes: Uint8Array, label: string): string | undefined =>
  factsInWords(recognise(bytes)?.facts ?? []).find((one) => one.label === label)?.value;
const zeros = (lengthBytes: number): Buffer => Buffer.alloc(lengthBytes);

describe('recogniseRamdisk', () => {
  it('finds the kernel version and the architecture in a plain archive', () => {
    expect(recognise(main)).toMatchObject({
      format: 'initramfs',
      versions: [version],
      architecture: 'x86_64',
    });
    expect(recognise(main)?.warnings).toEqual([]);
    expect(fact(main, 'Compression')).toBe('none');
    expect(fact(main, 'Members')).toBe('7');
  });

  it('reads archives in a row, with zeros between and behind them', () => {
    const row = Buffer.concat([earlyArchive(), zeros(508), earlyArchive(), gzipSync(main), zeros(512)]);
    expect(recognise(row)).toMatchObject({ versions: [version], architecture: 'x86_64' });
    expect(fact(row, 'Archives')).toBe('3: plain, plain, gzip');
    expect(fact(row, 'Early microcode')).toBe('Intel');
    const plain = Buffer.concat([earlyArchive(), zeros(4096), main, zeros(1000)]);
    expect(recognise(plain)?.warnings).toEqual([]);
    expect(fact(plain, 'Members')).toBe('9');
  });

  it('reads several archives inside one compressed stream, and several members of gzip', () => {
    const inOne = gzipSync(Buffer.concat([earlyArchive(), zeros(100), main]));
    expect(recognise(inOne)).toMatchObject({ versions: [version] });
    const inTwo = Buffer.concat([gzipSync(earlyArchive()), gzipSync(main)]);
    expect(recognise(inTwo)).toMatchObject({ versions: [version] });
  });

  it('takes the checksummed kind too', () => {
    expect(recognise(cpio([{ name: 'lib/modules/5.4.0/x' }], '070702'))?.versions).toEqual(['5.4.0']);
  });

  it('answers wherever a ramdisk is cut off', () => {
    for (const whole of [main, gzipSync(main), Buffer.concat([earlyArchive(), gzipSync(main)])]) {
      for (let length = 0; length < whole.length; length += 53) {
        expect(() => recognise(whole.subarray(0, length))).not.toThrow();
      }
    }
    expect(recognise(main.subarray(0, 5000))?.warnings[0]?.code).toBe('ramdisk.damaged');
    const half = gzipSync(Buffer.concat([cpio([{ name: 'a', data: noise(60_000) }]), cpio([{ name: 'b' }])]));
    expect(recognise(half.subarray(0, 30_000))?.warnings[0]?.message).toContain('too early');
  });

  it('ends in words where a size is absurd', () => {
    const bytes = Buffer.from(main);
    bytes.write('FFFFFFFF', 54, 'latin1');
    expect(recognise(bytes)?.warnings[0]?.code).toBe('ramdisk.damaged');
    bytes.write('zzzzzzzz', 54, 'latin1');
    expect(recognise(bytes)?.warnings[0]?.message).toContain('not a hexadecimal number');
    bytes.write('00000000', 54, 'latin1');
    bytes.write('7FFFFFFF', 94, 'latin1');
    expect(recognise(bytes)?.warnings[0]?.message).toContain('not between 1 and 4096');
  });

  it('says what it cannot undo, and what follows that is nothing', () => {
    const lzo = Buffer.concat([earlyArchive(), Buffer.from([0x89, 0x4c, 0x5a, 0x4f, 0, 0, 0, 0]), zeros(64)]);
    expect(recognise(lzo)?.warnings[0]?.message).toContain('lzo');
    expect(fact(lzo, 'Archives')).toBe('2: plain, lzo');
    expect(recognise(Buffer.concat([main, noise(100)]))?.warnings[0]?.message).toContain('is no archive');
  });

  it('takes nothing else for a ramdisk', () => {
    for (const bytes of [zeros(4096), noise(4096), gzipSync(noise(4096)), Buffer.from('070701')]) {
      expect(recognise(bytes)).toBeNull();
      expect(looksLikeRamdisk(new MemorySource(bytes))).toBe(false);
    }
  });
});

describeWith(
  ['xz', 'zstd', 'bzip2', 'lz4', 'lzma'],
  'ramdisks compressed by the programs of each method',
  () => {
    it.each([
      ['xz', ['-c', '--check=crc32']],
      ['zstd', ['-c', '-q', '-19']],
      ['bzip2', ['-c']],
      ['lz4', ['-l', '-c', '-q']],
      ['lzma', ['-c']],
    ])('reads %s, alone and behind early microcode', (program, args) => {
      const packed = filter(program, args, main);
      for (const bytes of [packed, Buffer.concat([earlyArchive(), packed])]) {
        expect(recognise(bytes)).toMatchObject({ versions: [version], architecture: 'x86_64', warnings: [] });
        expect(fact(bytes, 'Compression')).toBe(program);
      }
    });
  },
);

describeWith('cpio', 'archives written and listed by GNU cpio', () => {
  it('lists the same members as cpio', () => {
    const tree = join(folder, 'tree');
    mkdirSync(join(tree, 'lib/modules/5.10.0-8-cloud-amd64/kernel'), { recursive: true });
    writeFileSync(join(tree, 'lib/modules/5.10.0-8-cloud-amd64/kernel/a.ko'), noise(3333));
    writeFileSync(join(tree, 'empty'), '');
    const names = execFileSync('find', ['.'], { cwd: tree, encoding: 'utf8' });
    const archive = execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { cwd: tree, input: names });
    const listed = execFileSync('cpio', ['-t', '--quiet'], { input: archive, encoding: 'utf8' })
      .trim()
      .split('\n');
    const seen: string[] = [];
    const row = walkArchives(new MemorySource(archive), ({ name }) => {
      seen.push(name);
      return false;
    });
    expect(seen).toEqual(listed);
    expect(row).toEqual({ archives: [null], problem: null, stopped: false });
    expect(recognise(archive)?.versions).toEqual(['5.10.0-8-cloud-amd64']);
  });

  it('writes test archives that cpio unpacks', () => {
    const out = join(folder, 'out');
    mkdirSync(out);
    execFileSync('cpio', ['-i', '-d', '--quiet'], { cwd: out, input: main });
    expect(readFileSync(join(out, 'init'), 'utf8')).toBe('#!/bin/sh\n');
  });
});
