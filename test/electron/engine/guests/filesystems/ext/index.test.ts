import { execFileSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { ext } from '#engine/guests/filesystems/ext/index.ts';
import type { FileSystemReader } from '#engine/guests/filesystems/driver.ts';
import { recogniseContent } from '#engine/disks/content-signatures.ts';
import { Failure } from '#shared/failure.ts';
import { describeWith, toolPath } from '../../../../../setup/tools.ts';
import { noise } from '../../../pattern.ts';
import { scratchFolder } from '../../../scratch.ts';
import {
  contentOf,
  emptyFile,
  guestListing,
  hostListing,
  makeGuestTree,
  run,
  textOf,
} from '../guest-tree.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);

function makeFiles(path: string, count: number): string {
  mkdirSync(path);
  for (let index = 0; index < count; index++) writeFileSync(join(path, `file ${index}`), `${index}`);
  return path;
}

function withVolume<T>(path: string, use: (reader: FileSystemReader) => T): T {
  const source = new FileSource(path);
  expect(ext.probe(source)).toBe('certain');
  const reader = ext.open(source);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

describeWith(['mkfs.ext4', 'debugfs'], 'ext2, ext3 and ext4 as mke2fs makes them', () => {
  const tree = makeGuestTree(at('tree'), true);
  const expected = hostListing(tree);
  const uuid = '12345678-9abc-4def-8123-456789abcdef';

  it.each([
    ['ext2', '1k blocks', ['-t', 'ext2', '-b', '1024']],
    ['ext2', 'revision 0 sizes', ['-t', 'ext2', '-I', '128', '-b', '2048']],
    ['ext3', '4k blocks', ['-t', 'ext3', '-b', '4096']],
    ['ext4', 'defaults', ['-t', 'ext4']],
    ['ext4', '1k blocks, 64bit', ['-t', 'ext4', '-b', '1024', '-O', '64bit']],
    ['ext4', 'inline data', ['-t', 'ext4', '-O', 'inline_data', '-I', '256']],
    ['ext4', 'meta_bg', ['-t', 'ext4', '-b', '1024', '-O', 'meta_bg,^resize_inode', '-g', '1024']],
    ['ext4', 'no extents, no journal', ['-t', 'ext4', '-O', '^extents,^has_journal,^64bit']],
    ['ext4', 'clusters of blocks', ['-t', 'ext4', '-O', 'bigalloc']],
    ['ext4', 'large directories', ['-t', 'ext4', '-O', 'large_dir,casefold']],
  ])('%s: %s', (kind, title, options) => {
    const path = emptyFile(at(`${kind} ${title}`), 24 << 20);
    run('mkfs.ext4', ['-q', '-F', '-d', tree, '-L', 'label', '-U', uuid, ...options, path]);
    const volume = new FileSource(path);
    expect(recogniseContent(volume)).toMatchObject({ id: kind, label: 'label', uuid });
    volume.close();
    withVolume(path, (reader) => {
      // mke2fs cuts off the hole at a file's end where data may be inline, as debugfs shows.
      const whole = title === 'inline data' ? /^(?!usr\/sparse)/ : /^/;
      expect(guestListing(reader).filter((line) => whole.test(line))).toEqual(
        expected.filter((line) => whole.test(line)),
      );
      expect([reader.label, reader.uuid, reader.warnings]).toEqual(['label', uuid, []]);
    });
  });

  it('reads directories of 64 KiB blocks, whose records do not fit in 16 bits', () => {
    const small = makeFiles(at('small'), 40);
    const path = emptyFile(at('64k'), 24 << 20);
    run('mkfs.ext4', ['-q', '-F', '-d', small, '-b', '65536', '-O', '^has_journal', '-N', '1024', path]);
    withVolume(path, (reader) => expect(guestListing(reader)).toEqual(hostListing(small)));
  });

  it('follows links inside the tree only, and says when a file was written', () => {
    withVolume(at('ext4 defaults'), (reader) => {
      expect(textOf(reader, 'etc/os-release')).toBe('NAME="Guest"\n');
      expect(textOf(reader, '/lib/os-release')).toBe('NAME="Guest"\n');
      expect(textOf(reader, 'absolute/os-release')).toBe('NAME="Guest"\n');
      expect(reader.find('lib')).toMatchObject({ kind: 'link', target: 'usr/lib' });
      expect(reader.find('slow/os-release')).toMatchObject({ path: 'slow/os-release', kind: 'file' });
      expect(reader.find('etc/hostname')).toMatchObject({ modifiedAt: '2020-09-13T12:26:40.000Z' });
      expect([reader.find('gone'), reader.find('etc/hostname/x')]).toEqual([null, null]);
      expect(() => reader.open('climbs')).toThrow('package.unsafe-name');
      expect(() => reader.open('loop')).toThrow('image.malformed');
      expect(() => reader.open('gone')).toThrow('package.file-missing');
      expect(() => reader.open('etc')).toThrow('input.invalid');
    });
  });

  it('shows holes as holes', () => {
    for (const name of ['ext4 defaults', 'ext3 4k blocks']) {
      withVolume(at(name), (reader) => {
        const runs = [...reader.open('usr/sparse').runs({ start: 0, length: 40 << 20 })];
        expect(runs.map(({ hole }) => hole)).toEqual([true, false, true]);
        expect(runs.reduce((sum, { length }) => sum + length, 0)).toBe(40 << 20);
        expect(runs[1]!.length).toBeLessThan(20_000);
      });
    }
  });

  it('reads files in thousands of pieces, by a tree of extents as debugfs writes it', () => {
    const path = emptyFile(at('pieces'), 16 << 20);
    run('mkfs.ext4', ['-q', '-F', '-t', 'ext4', '-b', '1024', '-O', '^has_journal', path]);
    const content = noise(900 * 2048, 5);
    // Every other block a hole: each extent is one block.
    for (let block = 0; block < 900; block++) content.fill(0, block * 2048 + 1024, (block + 1) * 2048);
    writeFileSync(at('pieces.bin'), content);
    run('debugfs', ['-w', '-R', `write ${at('pieces.bin')} pieces.bin`, path]);
    expect(run('debugfs', ['-R', 'ex pieces.bin', path])).toMatch(/1\/ *[12]/);
    withVolume(path, (reader) => {
      expect(Buffer.compare(contentOf(reader.open('pieces.bin')), content)).toBe(0);
    });
  });

  it('warns of a journal that was not played back', () => {
    const path = at('dirty');
    writeFileSync(path, readFileSync(at('ext4 defaults')));
    run('debugfs', ['-w', '-R', 'feature needs_recovery', path]);
    withVolume(path, (reader) =>
      expect(reader.warnings.map(({ code }) => code)).toEqual(['filesystem.dirty']),
    );
  });

  it('finds a folder that holds itself, and one at two places', () => {
    const path = at('looping');
    writeFileSync(path, readFileSync(at('ext4 defaults')));
    run('debugfs', ['-w', '-f', '-', path], 'ln usr etc/again\nln etc etc/self\n');
    withVolume(path, (reader) => {
      expect([...reader.list('')].map(({ refusal }) => refusal)).toContain(null);
      const refusals = (name: string): unknown =>
        [...reader.list('etc')].find((entry) => entry.path === `etc/${name}`)?.refusal;
      expect(refusals('self')).toMatch(/itself/);
      expect(() => reader.find('etc/self/hostname')).toThrow('image.malformed');
      expect(refusals('again')).toMatch(/two places/);
    });
  });

  it('ends in an answer or a Failure however it is damaged', () => {
    const whole = readFileSync(at('ext4 1k blocks, 64bit')).subarray(0, 4 << 20);
    for (let round = 0; round < 60; round++) {
      const damaged = new Uint8Array(whole);
      const places = new DataView(noise(64, round + 1).buffer);
      for (let index = 0; index < 12; index++) {
        // Most of what is read lies in the first 300 KiB: superblock, descriptors, inodes, directories.
        damaged[places.getUint32(index * 4) % (round % 3 === 0 ? 4096 : 300_000)] = places.getUint8(
          50 + index,
        );
      }
      try {
        guestListing(ext.open(new MemorySource(damaged)));
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'internal') throw error;
      }
    }
  });

  it('agrees with debugfs about preallocated blocks, which read as zeros', () => {
    const path = at('preallocated');
    writeFileSync(path, readFileSync(at('ext4 defaults')));
    run('debugfs', ['-w', '-f', '-', path], 'fallocate etc/hostname 4 9\nsif etc/hostname size 40960\n');
    run('debugfs', ['-R', `dump etc/hostname ${at('dumped')}`, path]);
    withVolume(path, (reader) => {
      const content = contentOf(reader.open('etc/hostname'));
      expect(content.length).toBe(40960);
      expect(Buffer.compare(content, readFileSync(at('dumped')))).toBe(0);
    });
  });

  it('refuses features it does not know', () => {
    const path = at('unknown');
    writeFileSync(path, readFileSync(at('ext4 defaults')));
    const descriptor = openSync(path, 'r+');
    writeSync(descriptor, Uint8Array.of(0x80), 0, 1, 1024 + 0x63);
    closeSync(descriptor);
    expect(() => ext.open(new FileSource(path))).toThrow('image.unsupported');
    expect(execFileSync(toolPath('debugfs')!, ['-R', 'stats', path], { stdio: 'pipe' })).toBeDefined();
  });
});
