import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openArchive } from '#engine/archives/archive.ts';
import { openDecompressed } from '#engine/archives/compressions.ts';
import { isTar, tarMembers } from '#engine/archives/tar.ts';
import { unwrap, wrappers, type Unwrapped, type UnwrapOptions } from '#engine/archives/wrappers.ts';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { Failure } from '#shared/failure.ts';
import { failureOf, readAll, RecordingSource } from '../../../fixtures/packages/recording.ts';
import { tar, tarFile, tarHeader } from '../../../fixtures/packages/tar-builder.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';
import { filter, put } from './compressed-files.ts';

const folder = scratchFolder();
const disk = Buffer.from(prose(300_000));
const peel = (bytes: Uint8Array, options?: UnwrapOptions): Unwrapped =>
  unwrap(new MemorySource(bytes, 'disk.img.x'), options);

describe('unwrap', () => {
  it('leaves alone what is not wrapped', () => {
    const source = new MemorySource(disk);
    expect(unwrap(source)).toEqual({ source, wrapper: null });
    expect(peel(new Uint8Array(0)).wrapper).toBeNull();
  });

  it.each([
    ['gzip', gzipSync(disk)],
    ['tar', tar(tarFile('disk.raw', disk))],
    ['tar+gzip', gzipSync(tar(tarFile('disk.raw', disk)))],
    ['gzip+tar+gzip', gzipSync(tar(tarFile('disk.raw.gz', gzipSync(disk))))],
    ['gzip+gzip+gzip', gzipSync(gzipSync(gzipSync(disk)))],
    ['tar', tar(tarFile('README', 'read me'), tarFile('disk.vhd', disk), tarFile('SHA256SUMS', 'x'))],
  ])('takes off %s', (name, bytes) => {
    const { source, wrapper } = peel(bytes);
    expect(wrapper).toBe(name);
    expect(readAll(source).equals(disk)).toBe(true);
    source.close();
  });

  it('refuses a fourth layer', () => {
    const failure = failureOf(() => peel(gzipSync(gzipSync(gzipSync(gzipSync(disk))))));
    expect(failure.details).toEqual({ format: 'gzip', feature: 'more than 3 wrappers in one another' });
  });

  it('ends at an archive that holds itself', () => {
    // Each layer is found in the one before: after three there must be an end, whatever comes.
    let bytes = gzipSync(tar(tarFile('r.gz', disk)));
    for (let depth = 0; depth < 20; depth++) bytes = gzipSync(tar(tarFile('r.gz', bytes)));
    expect(failureOf(() => peel(bytes)).code).toBe('image.unsupported');
  });

  it.each([
    [
      'several images',
      tar(tarFile('a.img', disk), tarFile('b.img', disk)),
      'image.unsupported',
      { format: 'tar', feature: 'an archive of 2 images (a.img, b.img)' },
    ],
    [
      'files that are no images',
      tar(tarFile('a.c', 'x'), tarFile('b.c', 'x'), tarFile('c.c', 'x'), tarFile('d.c', 'x')),
      'image.unsupported',
      { format: 'tar', feature: 'an archive of 4 files (a.c, b.c, c.c, …)' },
    ],
    ['nothing', tar(tarFile('empty', '')), 'image.unrecognised', {}],
    [
      'a link',
      tar(tarHeader({ name: 'disk.raw', type: '2', linkname: '/etc/passwd' })),
      'package.unsafe-name',
      {},
    ],
    ['a name that climbs', tar(tarFile('../disk.raw', disk)), 'package.unsafe-name', {}],
  ])('an archive of %s', (_, bytes, code, details) => {
    const file = new RecordingSource(bytes);
    const failure = failureOf(() => unwrap(file));
    expect(failure.code).toBe(code);
    expect(failure.details).toMatchObject(details);
    expect(file.closed).toBe(1);
    expect(failureOf(() => peel(gzipSync(bytes))).code).toBe(code);
  });

  it('asks first whether the bytes are something by themselves', () => {
    const asked: number[] = [];
    const { source, wrapper } = peel(gzipSync(tar(tarFile('machine.ovf', 'x'))), {
      claims: (candidate, depth) => {
        asked.push(depth);
        return isTar(candidate);
      },
    });
    expect(wrapper).toBe('gzip');
    expect(asked).toEqual([0, 1]);
    expect(openArchive(source)!.members.map(({ name }) => name)).toEqual(['machine.ovf']);
  });

  it('takes off just what it is told to', () => {
    const bytes = gzipSync(tar(tarFile('disk.raw', gzipSync(disk))));
    const { source, wrapper } = peel(bytes, { exactly: 'tar+gzip' });
    expect(wrapper).toBe('tar+gzip');
    expect(readAll(source).equals(gzipSync(disk))).toBe(true);
    expect(failureOf(() => peel(bytes, { exactly: 'xz' })).code).toBe('input.invalid');
    expect(failureOf(() => peel(bytes, { exactly: 'nonsense' })).code).toBe('input.invalid');
  });

  it('closes what it was given when a layer is damaged', () => {
    const damaged = gzipSync(gzipSync(noise(5000)));
    damaged[40]! ^= 0xff;
    const file = new RecordingSource(damaged);
    expect(failureOf(() => readAll(unwrap(file).source)).code).toMatch(/^image\./);
  });

  it('is cancelled on the long way to an index', () => {
    const long = gzipSync(tar(tarFile('a', new Uint8Array(8 << 20)), tarFile('b.img', disk)));
    let steps = 0;
    const throwIfCancelled = (): void => {
      if (++steps > 5) throw new Failure('operation.cancelled', {});
    };
    expect(failureOf(() => peel(long, { throwIfCancelled })).code).toBe('operation.cancelled');
  });

  it('remembers the size, and finds out when it was wrong', () => {
    let known: number | null = null;
    const sizeMemory = () => ({ recall: () => known, learn: (size: number) => void (known = size) });
    const bytes = gzipSync(disk);
    expect(peel(bytes, { sizeMemory }).source.sizeBytes).toBe(disk.length);
    expect(known).toBe(disk.length);
    const file = new RecordingSource(bytes);
    const again = unwrap(file, { sizeMemory }).source;
    file.reads.length = 0;
    expect(again.sizeBytes).toBe(disk.length);
    expect(file.reads).toEqual([]);
    for (const wrong of [disk.length - 1, disk.length + 1]) {
      known = wrong;
      expect(failureOf(() => readAll(peel(bytes, { sizeMemory }).source)).code).toMatch(/^image\./);
    }
  });
});

describe('a tar in a stream', () => {
  it('is decoded once for its index, and no further than its members need', () => {
    const bytes = gzipSync(tar(tarFile('README', 'x'), tarFile('disk.raw', noise(9 << 20))));
    const file = new RecordingSource(bytes);
    const { source } = unwrap(file);
    const read = file.reads.reduce((sum, { length }) => sum + length, 0);
    // The start twice: for what it is, and from there on.
    expect(read).toBeLessThan(bytes.length * 1.2);
    expect(source.sizeBytes).toBe(9 << 20);
  });

  it('indexes ten thousand members', () => {
    const members = Array.from({ length: 10_000 }, (_, index) => tarFile(`part-${index}.c`, 'x'));
    const archive = openArchive(new MemorySource(gzipSync(tar(...members))))!;
    expect(archive.members).toHaveLength(10_000);
  });

  it('stays a failure for everyone who asks', () => {
    const cut = gzipSync(tar(tarFile('a', noise(5000))).subarray(0, 3000));
    const source = openDecompressed(new MemorySource(cut))!;
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(failureOf(() => [...tarMembers(source)]).code).toBe('image.truncated');
    }
  });
});

describe('the registry', () => {
  it('declares ids once, with titles and extensions', () => {
    const ids = wrappers.map(({ id }) => id);
    expect(ids).toEqual(['gzip', 'xz', 'zstd', 'bzip2', 'lz4', 'lzma', 'tar', 'zip']);
    expect(wrappers.filter(({ creation }) => creation !== undefined).map(({ id }) => id)).toEqual([
      'gzip',
      'xz',
      'zstd',
    ]);
    for (const { title, extensions } of wrappers) {
      expect(title).not.toBe('');
      expect(extensions.length).toBeGreaterThan(0);
    }
  });
});

describeWith(['tar', 'xz', 'zstd', 'bzip2', 'zip', '7z', 'python3'], 'what other programs wrap', () => {
  const pieces = [
    { at: 0, bytes: prose(100_000) },
    { at: 20 << 20, bytes: noise(70_000) },
  ];
  const raw = readFileSync(writeRawDisk(join(folder, 'disk.raw'), 24 << 20, pieces));
  const run = (program: 'tar' | 'zip' | '7z' | 'python3', args: readonly string[]): void =>
    void execFileSync(toolPath(program)!, args, { cwd: folder, stdio: 'pipe' });
  const check = (name: string, wrapper: string): void => {
    const unwrapped = unwrap(new FileSource(join(folder, name)));
    expect(unwrapped.wrapper).toBe(wrapper);
    expect(readAll(unwrapped.source).equals(raw)).toBe(true);
    unwrapped.source.close();
  };

  it('Google: tar --format=oldgnu -Sczf', () => {
    run('tar', ['--format=oldgnu', '-Sczf', 'google.tar.gz', 'disk.raw']);
    check('google.tar.gz', 'tar+gzip');
    const { source } = unwrap(new FileSource(join(folder, 'google.tar.gz')));
    const holes = [...source.runs({ start: 0, length: 24 << 20 })].filter(({ hole }) => hole);
    expect(holes.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(23 << 20);
  });

  it.each([
    ['-cJf', 'tar+xz'],
    ['-cjf', 'tar+bzip2'],
    ['--zstd', 'tar+zstd'],
    ['-cf', 'tar'],
  ])('tar %s', (option, wrapper) => {
    const name = `${wrapper}.archive`;
    run('tar', option === '--zstd' ? ['--zstd', '-Scf', name, 'disk.raw'] : ['-S', option, name, 'disk.raw']);
    check(name, wrapper);
  });

  it('zip and python', () => {
    run('zip', ['-q', 'one.zip', 'disk.raw']);
    check('one.zip', 'zip');
    run('python3', ['-m', 'tarfile', '-c', 'python.tar.xz', 'disk.raw']);
    check('python.tar.xz', 'tar+xz');
  });

  it('pads and joins: dd, cat', () => {
    const two = Buffer.concat([
      gzipSync(raw.subarray(0, 1 << 20)),
      gzipSync(raw.subarray(1 << 20)),
      Buffer.alloc(512),
    ]);
    put(folder, 'two.gz', two);
    check('two.gz', 'gzip');
  });

  it('leaves 7z to be named', () => {
    run('7z', ['a', '-bd', 'disk.7z', 'disk.raw']);
    expect(unwrap(new FileSource(join(folder, 'disk.7z'))).wrapper).toBeNull();
  });

  it('refuses a second large dictionary inside the first', () => {
    const inner = filter('xz', ['--format=lzma', '--lzma1=preset=0,dict=64MiB', '-c'], disk);
    expect(readAll(peel(inner).source).length).toBe(disk.length);
    expect(failureOf(() => readAll(peel(gzipSync(inner)).source)).details).toMatchObject({ format: 'lzma' });
  });
});
