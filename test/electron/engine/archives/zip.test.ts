import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openArchive } from '#engine/archives/archive.ts';
import { ZipArchive } from '#engine/archives/zip.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { Failure } from '#shared/failure.ts';
import { failureOf, readAll, RecordingSource } from '../../../fixtures/packages/recording.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import { noise, prose } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';
import { put } from './compressed-files.ts';

const folder = scratchFolder();
const archiveOf = (bytes: Uint8Array): ZipArchive => new ZipArchive(new MemorySource(bytes, 'a.zip'));

interface Member {
  readonly name: string;
  readonly data?: Uint8Array;
  readonly method?: number;
  readonly localName?: string;
  readonly flags?: number;
  readonly sizeBytes?: number;
  readonly compressedBytes?: number;
  readonly localOffset?: number;
  readonly attributes?: number;
  readonly crc?: number;
}

/** An archive field by field, right ones and wrong ones. */
function zip(
  members: readonly Member[],
  end: { count?: number; comment?: string; offset?: number } = {},
): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const data = member.data ?? Buffer.from(member.name);
    const method = member.method ?? 0;
    const packed = method === 8 ? deflateRawSync(data) : Buffer.from(data);
    const crc = member.crc ?? crc32(data);
    const name = Buffer.from(member.name);
    const localName = Buffer.from(member.localName ?? member.name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(localName.length, 26);
    const header = Buffer.alloc(46);
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE(0x0314, 4);
    header.writeUInt16LE(member.flags ?? 0, 8);
    header.writeUInt16LE(method, 10);
    header.writeUInt32LE(crc, 16);
    header.writeUInt32LE(member.compressedBytes ?? packed.length, 20);
    header.writeUInt32LE(member.sizeBytes ?? data.length, 24);
    header.writeUInt16LE(name.length, 28);
    header.writeUInt32LE(member.attributes ?? 0, 38);
    header.writeUInt32LE(member.localOffset ?? offset, 42);
    central.push(header, name);
    parts.push(local, localName, packed);
    offset += local.length + localName.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const record = Buffer.alloc(22);
  const comment = Buffer.from(end.comment ?? '');
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(end.count ?? members.length, 10);
  record.writeUInt32LE(directory.length, 12);
  record.writeUInt32LE(end.offset ?? offset, 16);
  record.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, directory, record, comment]);
}

describe('ZipArchive', () => {
  const big = prose(3_000_000);

  it('lists and opens stored and deflated members', () => {
    const archive = archiveOf(
      zip([
        { name: 'a/stored', data: noise(5000) },
        { name: './b', data: big, method: 8 },
        { name: 'folder/', data: Buffer.alloc(0) },
      ]),
    );
    expect(archive.members.map(({ name, sizeBytes, refusal }) => [name, sizeBytes, refusal])).toEqual([
      ['a/stored', 5000, null],
      ['b', 3_000_000, null],
    ]);
    const plain = archive.open('a/stored');
    expect(plain.seekable).toBe(true);
    expect(readAll(plain).equals(noise(5000))).toBe(true);
    const inflated = archive.open('b');
    expect([inflated.seekable, inflated.sizeBytes, inflated.path]).toEqual([false, 3_000_000, 'a.zip:b']);
    expect(readAll(inflated).equals(big)).toBe(true);
    expect(failureOf(() => archive.open('c')).code).toBe('package.file-missing');
  });

  it('reads behind a prefix and with a comment', () => {
    const bytes = zip([{ name: 'disk.raw', data: noise(999) }], {
      comment: 'a comment with PK\x05\x06 in it',
    });
    const archive = archiveOf(Buffer.concat([Buffer.from('#!/bin/sh\n'), bytes]));
    expect(readAll(archive.open('disk.raw')).equals(noise(999))).toBe(true);
  });

  it('stays open for what was opened, and closes with the last', () => {
    const file = new RecordingSource(zip([{ name: 'x' }]));
    const archive = openArchive(file)!;
    const source = archive.open('x');
    archive.close();
    expect(file.closed).toBe(0);
    expect(readAll(source).toString()).toBe('x');
    source.close();
    expect(file.closed).toBe(1);
  });

  it.each([
    ['../x', 'it climbs out of the package'],
    ['/etc/passwd', 'it is absolute'],
    ['C:\\x', 'it is absolute'],
    ['a\\..\\x', 'it climbs out of the package'],
  ])('never follows %j', (name, reason) => {
    const archive = archiveOf(zip([{ name }]));
    expect(archive.members[0]).toMatchObject({ refusal: reason });
    expect(failureOf(() => archive.open(name)).code).toBe('package.unsafe-name');
  });

  it('refuses links, what is encrypted, and names that are there twice', () => {
    const archive = archiveOf(
      zip([
        { name: 'link', attributes: 0xa1ff0000 },
        { name: 'locked', flags: 1 },
        { name: 'twice' },
        { name: './twice' },
      ]),
    );
    expect(archive.members.map(({ refusal }) => refusal)).toEqual([
      'it is a link',
      'it is encrypted',
      'it is there more than once',
      'it is there more than once',
    ]);
  });

  it('names the compression that it does not undo', () => {
    const archive = archiveOf(
      zip([
        { name: 'x', method: 93 },
        { name: 'y', method: 9 },
      ]),
    );
    expect(failureOf(() => archive.open('x')).details).toEqual({
      format: 'zip',
      feature: 'the compression Zstandard of x',
    });
    expect(failureOf(() => archive.open('y')).details).toMatchObject({
      feature: 'the compression Deflate64 of y',
    });
  });
});

describe('archives that are wrong', () => {
  it.each([
    [
      'members that overlap',
      zip([
        { name: 'a', data: noise(500) },
        { name: 'b', localOffset: 3 },
      ]),
      'its members overlap',
    ],
    ['members that are the same', zip([{ name: 'a' }, { name: 'b', localOffset: 0 }]), 'its members overlap'],
    [
      'a member that runs into the directory',
      zip([{ name: 'a', compressedBytes: 60, sizeBytes: 60 }]),
      'its members overlap',
    ],
    [
      'a size that DEFLATE cannot reach',
      zip([{ name: 'a', method: 8, sizeBytes: 0x7fffffff }]),
      'a member cannot have the size it claims',
    ],
    [
      'more entries than the directory has room for',
      zip([{ name: 'a' }], { count: 500 }),
      'the directory is too short for its entries',
    ],
    [
      'a directory beyond the end record',
      zip([{ name: 'a' }], { offset: 4000 }),
      'the directory does not lie before its end record',
    ],
  ])('%s', (_, bytes, problem) => {
    const file = new RecordingSource(bytes);
    expect(failureOf(() => new ZipArchive(file)).details).toMatchObject({ structure: 'zip', problem });
    expect(file.closed).toBe(1);
  });

  it('does not believe a directory that says otherwise than the member', () => {
    const archive = archiveOf(zip([{ name: 'disk.raw', localName: 'disk.bin' }]));
    expect(failureOf(() => archive.open('disk.raw')).code).toBe('package.malformed');
  });

  it('compares checksum and size where it inflates', () => {
    const wrongCrc = archiveOf(zip([{ name: 'a', data: prose(1000), method: 8, crc: 1 }])).open('a');
    expect(failureOf(() => readAll(wrongCrc)).details).toMatchObject({ field: 'CRC32' });
    for (const sizeBytes of [999, 1001]) {
      const wrongSize = archiveOf(zip([{ name: 'a', data: prose(1000), method: 8, sizeBytes }])).open('a');
      expect(failureOf(() => readAll(wrongSize)).code).toBe('image.malformed');
    }
  });

  it('ends in a failure for every truncation, and in a failure or the same bytes for every flipped bit', () => {
    const data = prose(3000);
    const whole = zip([{ name: 'disk.raw', data, method: 8 }]);
    for (let length = 4; length < whole.length; length++) {
      expect(failureOf(() => archiveOf(whole.subarray(0, length))).code, `${length}`).toMatch(
        /^(package|image)\./,
      );
    }
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const changed = Buffer.from(whole);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      try {
        const archive = archiveOf(changed);
        const [member] = archive.members;
        if (member === undefined || member.refusal !== null) continue;
        expect(readAll(archive.open(member.name)).equals(data), `bit ${bit}`).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
        expect((error as Failure).code).toMatch(/^(package|image)\./);
      }
    }
  });

  it('indexes ten thousand members, and not a hundred and one thousand', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => ({ name: `member-${index}` }));
    expect(archiveOf(zip(many)).members).toHaveLength(10_000);
    const names = zip([{ name: 'a' }]);
    const directory = Buffer.concat(Array.from({ length: 65_535 }, () => names.subarray(32, 79)));
    const end = Buffer.from(names.subarray(79));
    end.writeUInt16LE(65_535, 10);
    end.writeUInt32LE(directory.length, 12);
    expect(
      failureOf(() => archiveOf(Buffer.concat([names.subarray(0, 32), directory, end]))).details,
    ).toMatchObject({
      problem: 'its members overlap',
    });
  });
});

describeWith(['zip', 'python3', '7z'], 'archives of other programs', () => {
  const content = put(
    folder,
    'disk.raw',
    Buffer.concat([prose(400_000), new Uint8Array(1_000_000), noise(1000)]),
  );
  const run = (program: 'zip' | 'python3' | '7z', args: readonly string[]): void =>
    void execFileSync(toolPath(program)!, args, { cwd: folder, stdio: 'pipe' });
  const readBack = (name: string): Buffer =>
    readAll(archiveOf(readFileSync(join(folder, name))).open('disk.raw'));

  it.each([
    ['zip', ['-q', 'zip.zip', 'disk.raw'], 'zip.zip'],
    ['zip', ['-q', '-0', 'stored.zip', 'disk.raw'], 'stored.zip'],
    ['zip', ['-q', '-fz', 'zip64.zip', 'disk.raw'], 'zip64.zip'],
    ['7z', ['a', '-bd', '-tzip', '7z.zip', 'disk.raw'], '7z.zip'],
    ['python3', ['-m', 'zipfile', '-c', 'python.zip', 'disk.raw'], 'python.zip'],
  ] as const)('%s %j', (program, args, name) => {
    run(program, args);
    expect(readBack(name).equals(readFileSync(content))).toBe(true);
  });

  it('reads what was written to a pipe, with sizes behind the data and zip64 fields', () => {
    const script =
      'import sys,zipfile\n' +
      'class Pipe:\n' +
      '  def __init__(s,f): s.f=f\n' +
      '  def write(s,b): return s.f.write(b)\n' +
      '  def flush(s): s.f.flush()\n' +
      'with zipfile.ZipFile(Pipe(open("pipe.zip","wb")),"w",zipfile.ZIP_DEFLATED) as z:\n' +
      '  with z.open("disk.raw","w",force_zip64=True) as m: m.write(open("disk.raw","rb").read())\n';
    run('python3', ['-c', script]);
    expect(readBack('pipe.zip').equals(readFileSync(content))).toBe(true);
  });

  it.each([
    ['-mm=Deflate64', 'Deflate64'],
    ['-mm=BZip2', 'bzip2'],
    ['-mm=LZMA', 'LZMA'],
  ])('refuses %s by name', (option, title) => {
    run('7z', ['a', '-bd', '-tzip', option, `${title}.zip`, 'disk.raw']);
    expect(failureOf(() => readBack(`${title}.zip`)).details).toMatchObject({
      feature: `the compression ${title} of disk.raw`,
    });
  });

  it('refuses what is encrypted', () => {
    run('7z', ['a', '-bd', '-tzip', '-psecret', 'locked.zip', 'disk.raw']);
    expect(failureOf(() => readBack('locked.zip')).details).toMatchObject({ reason: 'it is encrypted' });
  });
});
