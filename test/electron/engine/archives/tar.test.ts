import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  rmSync,
  writeFileSync,
  openSync,
  writeSync,
  ftruncateSync,
  closeSync,
  linkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTar, TarArchive } from '#engine/archives/tar.ts';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { failureOf, pattern, readAll, RecordingSource } from '../../../fixtures/packages/recording.ts';
import {
  base256,
  gnuLongName,
  join,
  paxHeader,
  tar,
  tarFile,
  tarHeader,
} from '../../../fixtures/packages/tar-builder.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import type { Message } from '#shared/in-english.ts';
import { inWords } from '#shared/text/in-words.ts';

const archiveOf = (bytes: Uint8Array): TarArchive => new TarArchive(new MemorySource(bytes, 'a.ova'));
const namesOf = (bytes: Uint8Array): string[] => archiveOf(bytes).members.map(({ name }) => name);
const textOf = (archive: TarArchive, name: string): string => readAll(archive.open(name)).toString();

describe('reading members', () => {
  it('finds what ustar holds, in order', () => {
    const archive = archiveOf(
      tar(tarFile('a.ovf', 'first'), tarFile('b.vmdk', pattern(1000)), tarFile('c', '')),
    );
    expect(archive.members.map(({ name, sizeBytes, refusal }) => [name, sizeBytes, refusal])).toEqual([
      ['a.ovf', 5, null],
      ['b.vmdk', 1000, null],
      ['c', 0, null],
    ]);
    expect(textOf(archive, 'a.ovf')).toBe('first');
    expect(readAll(archive.open('b.vmdk'))).toEqual(Buffer.from(pattern(1000)));
    expect(archive.open('b.vmdk').path).toBe('a.ova:b.vmdk');
  });

  it('reads each header once and no data', () => {
    const source = new RecordingSource(tar(tarFile('a', pattern(5000)), tarFile('b', pattern(3000))));
    new TarArchive(source);
    expect(source.reads).toEqual([
      { start: 0, length: 512 },
      { start: 5632, length: 512 },
      { start: 9216, length: 512 },
    ]);
  });

  it('joins the prefix of ustar, but not what GNU and star have in its place', () => {
    const star = tarFile('star', '', {
      patch(block) {
        block.set(Buffer.from('folder'), 345);
        block.set(Buffer.from('12345678901'), 345 + 131);
        block.set(Buffer.from('tar\0'), 508);
      },
    });
    const posix = tarFile('name', '', { prefix: 'deep/folder' });
    const gnu = tarFile('gnu', '', { format: 'gnu', prefix: '12345670123' });
    expect(namesOf(tar(posix, gnu, star))).toEqual(['deep/folder/name', 'gnu', 'folder/star']);
  });

  it('reads v7 archives: no magic, folders by their slash', () => {
    const bytes = tar(
      tarFile('folder/', '', { format: 'v7', type: '\0' }),
      tarFile('folder/a', 'x', { format: 'v7', type: '\0' }),
    );
    expect(namesOf(bytes)).toEqual(['folder/a']);
  });

  it('reads GNU long names and pax paths, and leaves long link targets alone', () => {
    const [long, longer] = [`${'n'.repeat(150)}.vmdk`, `${'p/'.repeat(120)}disk-é.vmdk`];
    const bytes = tar(
      gnuLongName(long),
      tarFile(long.slice(0, 100), 'a', { format: 'gnu' }),
      paxHeader([['path', longer]]),
      tarFile('short', 'b'),
      gnuLongName('t'.repeat(200), 'K'),
      tarFile('c', 'c', { format: 'gnu' }),
    );
    const archive = archiveOf(bytes);
    expect(archive.members.map(({ name }) => name)).toEqual([long, longer, 'c']);
    expect(textOf(archive, longer)).toBe('b');
  });

  it('lets local pax records overrule global ones, and an empty value undo them', () => {
    const bytes = tar(
      paxHeader(
        [
          ['comment', 'of all'],
          ['path', 'global'],
        ],
        'g',
      ),
      paxHeader([['path', 'local']]),
      tarFile('a', '1'),
      paxHeader([['path', '']]),
      tarFile('b', '2'),
    );
    expect(namesOf(bytes)).toEqual(['local', 'b']);
  });

  it('takes sizes in base 256 and from pax, beyond 8 GiB', () => {
    const size = 9n * 2n ** 30n + 5n;
    for (const header of [
      tarHeader({ name: 'disk', format: 'gnu', sizeField: base256(size) }),
      join(paxHeader([['size', String(size)]]), tarHeader({ name: 'disk' })),
    ]) {
      const failure = failureOf(() => archiveOf(header));
      expect(failure.code).toBe('image.truncated');
      expect(failure.details).toMatchObject({ neededBytes: header.length + Number(size) });
    }
    const small = tar(tarFile('a', 'data', { sizeField: base256(4n) }), tarFile('b', ''));
    expect(textOf(archiveOf(small), 'a')).toBe('data');
  });

  it('accepts signed checksums', () => {
    const name = 'dïsk.vmdk';
    expect(namesOf(tar(tarFile(name, 'x', { signedChecksum: true })))).toEqual([name]);
  });

  it('takes names that are not UTF-8 for Latin-1', () => {
    const bytes = tar(tarFile('d_sk', '', { patch: (block) => block.set([0xef], 1) }));
    expect(namesOf(bytes)).toEqual(['dïsk']);
  });

  it('finds members under ./ and leaves out folders and litter', () => {
    const bytes = tar(
      tarHeader({ name: './', type: '5' }),
      tarFile('./._a.ovf', 'apple'),
      tarFile('./a.ovf', 'x'),
      tarFile('PaxHeaders.12/a.ovf', 'old'),
      tarFile('./.DS_Store', 'mac'),
    );
    const archive = archiveOf(bytes);
    expect(archive.members.map(({ name }) => name)).toEqual(['a.ovf']);
    expect(archive.find('./a.ovf')).not.toBeNull();
    expect(textOf(archive, './a.ovf')).toBe('x');
  });

  it('skips the data of notes, and none for links that only claim some', () => {
    const bytes = tar(
      tarFile('acl', 'xxxx', { type: 'A' }),
      tarHeader({ name: 'label', type: 'V' }),
      tarHeader({ name: 'link', type: '1', linkname: 'a', sizeBytes: 700 }),
      tarFile('a', 'here'),
    );
    expect(textOf(archiveOf(bytes), 'a')).toBe('here');
  });
});

describe('the end', () => {
  const member = tarFile('a', pattern(700));
  it.each([
    ['no blocks of zeros', member],
    ['one block of zeros', join(member, new Uint8Array(512))],
    ['half a block of zeros', join(member, new Uint8Array(100))],
    ['blocks that follow the end', join(member, new Uint8Array(1024), pattern(2048))],
    ['no padding after the last member', member.subarray(0, 512 + 700)],
  ])('accepts %s', (_, bytes) => {
    expect(readAll(archiveOf(bytes).open('a'))).toEqual(Buffer.from(pattern(700)));
  });

  it.each([
    ['inside of the last member', member.subarray(0, 512 + 699)],
    ['inside of a header', join(member, member.subarray(0, 300))],
    ['inside of an extended header', paxHeader([['path', 'x'.repeat(600)]]).subarray(0, 1000)],
  ])('says that the file was cut off %s', (_, bytes) => {
    expect(failureOf(() => archiveOf(bytes)).code).toBe('image.truncated');
  });
});

describe('what is never opened', () => {
  it.each([
    ['/etc/passwd', '0', 'it is absolute'],
    ['../disk.vmdk', '0', 'it climbs out of the package'],
    ['a/../../b', '0', 'it climbs out of the package'],
    ['C:\\a', '0', 'it is absolute'],
    ['link', '2', 'it is a link'],
    ['hard', '1', 'it is a link'],
    ['null', '3', 'it is a device'],
    ['sda', '4', 'it is a device'],
    ['pipe', '6', 'it is a FIFO'],
    ['rest', 'M', 'it goes on from another volume'],
    ['odd', 'Z', 'it is of a type that is not known'],
  ])('%s of type %s', (name, type, reason) => {
    const archive = archiveOf(tar(tarHeader({ name, type, linkname: '/etc/passwd' }), tarFile('good', 'ok')));
    expect(archive.members[0]).toMatchObject({ refusal: reason });
    const failure = failureOf(() => archive.open(name));
    expect(failure.code).toBe('package.unsafe-name');
    expect(failure.details).toMatchObject({ name, reason });
    expect(textOf(archive, 'good')).toBe('ok');
  });

  it('a name that is there twice, in any spelling', () => {
    const archive = archiveOf(tar(tarFile('a', '1'), tarFile('b', '2'), tarFile('./a', '3')));
    expect(archive.members.map(({ refusal }) => refusal)).toEqual([
      'it is there more than once',
      null,
      'it is there more than once',
    ]);
    expect(failureOf(() => archive.open('a')).code).toBe('package.unsafe-name');
  });

  it('a name from a pax record that climbs, whatever the header says', () => {
    const archive = archiveOf(tar(paxHeader([['path', '../../evil']]), tarFile('innocent', 'x')));
    expect(archive.members).toMatchObject([{ name: '../../evil', refusal: 'it climbs out of the package' }]);
    expect(failureOf(() => archive.open('innocent')).code).toBe('package.file-missing');
  });

  it('a name that is not there', () => {
    const archive = archiveOf(tar(tarFile('a', '1')));
    expect(failureOf(() => archive.open('b')).code).toBe('package.file-missing');
    expect(failureOf(() => archive.open('../b')).code).toBe('package.unsafe-name');
    expect(archive.find('b')).toBeNull();
  });
});

describe('what breaks the format', () => {
  const broken = (bytes: Uint8Array): string => {
    const failure = failureOf(() => archiveOf(bytes));
    expect(failure.code).toBe('package.malformed');
    return inWords((failure.details as { problem: Message }).problem);
  };

  it('a wrong checksum', () => {
    const bytes = tar(tarFile('a', '1'), tarFile('b', '2'));
    bytes[1024 + 3] = 0x41;
    expect(broken(bytes)).toBe('the checksum is wrong');
  });

  it.each([
    ['negative in base 256', base256(-512n), 'a number is negative'],
    ['negative in octal', Buffer.from('-0000001000\0'), 'a number is negative'],
    ['absurd', base256(2n ** 80n), 'a number is absurdly large'],
    ['no number', Buffer.from('0000012x000\0'), '"0000012x000" is not an octal number'],
  ])('a size that is %s', (_, sizeField, problem) => {
    expect(broken(tar(tarHeader({ name: 'a', sizeField })))).toBe(problem);
  });

  it('pax records that lie about themselves', () => {
    const pax = (data: string): Uint8Array => tar(tarFile('x', data, { type: 'x' }), tarFile('a', ''));
    expect(broken(pax('nonsense'))).toMatch(/no length/);
    expect(broken(pax('99 path=a\n'))).toMatch(/length is wrong/);
    expect(broken(pax('9 path=ab'))).toMatch(/does not end with a line feed/);
    expect(broken(pax('8 pathab\n'))).toMatch(/does not end|no "="/);
    expect(broken(pax('12 path=a\0b\n'))).toMatch(/holds a NUL/);
    expect(broken(tar(paxHeader([['size', '-5']]), tarFile('a', '')))).toMatch(/size is not a size/);
    expect(broken(tar(paxHeader([['size', '99999999999999999']]), tarFile('a', '')))).toMatch(
      /size is not a size/,
    );
  });

  it('extended headers without a member, or too long', () => {
    expect(broken(tar(paxHeader([['path', 'a']])))).toMatch(/followed by no member/);
    expect(broken(tar(tarHeader({ name: 'x', type: 'x', sizeBytes: 2 << 20 })))).toMatch(/too long/);
  });

  it('closes the file when it throws', () => {
    const source = new RecordingSource(tar(tarHeader({ name: 'a', sizeField: base256(-1n) })));
    expect(() => new TarArchive(source)).toThrow();
    expect(source.closed).toBe(1);
  });

  it('is not taken for a tar by isTar', () => {
    expect(isTar(new MemorySource(tar(tarFile('a', '1'))))).toBe(true);
    expect(isTar(new MemorySource(pattern(1024)))).toBe(false);
    expect(isTar(new MemorySource(new Uint8Array(1024)))).toBe(false);
    expect(isTar(new MemorySource(new Uint8Array(10)))).toBe(false);
  });
});

it('stops at a hundred thousand members', () => {
  const header = tarHeader({ name: 'a' });
  const bytes = new Uint8Array(header.length * 100_002);
  for (let at = 0; at < bytes.length; at += header.length) bytes.set(header, at);
  expect(failureOf(() => archiveOf(bytes)).code).toBe('package.malformed');
});

it('stops at sixteen million characters of names', () => {
  const member = (index: number): Uint8Array =>
    join(paxHeader([['path', `${index}/${'n'.repeat(4000)}`]]), tarHeader({ name: 'a' }));
  const bytes = join(...Array.from({ length: 4200 }, (_, index) => member(index)));
  expect(failureOf(() => archiveOf(bytes)).details).toMatchObject({
    problem: 'the names are too long together',
  });
});

describe('closing', () => {
  it('leaves open members readable, and closes the file with the last of them', () => {
    const source = new RecordingSource(tar(tarFile('a', 'data')));
    const archive = new TarArchive(source);
    const member = archive.open('a');
    archive.close();
    expect(source.closed).toBe(0);
    expect(readAll(member).toString()).toBe('data');
    member.close();
    expect(source.closed).toBe(1);
  });
});

describeWith('tar', 'archives of other programs', () => {
  let folder: string;
  const long = `${'long-'.repeat(30)}name.vmdk`;
  beforeAll(() => {
    folder = mkdtempSync(joinPath(tmpdir(), 'platter-tar-'));
    writeFileSync(joinPath(folder, 'a.ovf'), '<Envelope/>');
    writeFileSync(joinPath(folder, 'disk.vmdk'), pattern(70_001));
    writeFileSync(joinPath(folder, long), 'long');
    linkSync(joinPath(folder, 'a.ovf'), joinPath(folder, 'hard.ovf'));
    const sparse = openSync(joinPath(folder, 'sparse.raw'), 'w');
    for (let piece = 0; piece < 40; piece++)
      writeSync(sparse, pattern(4096, piece), 0, 4096, piece * 262_144 + 65_536);
    ftruncateSync(sparse, 12 << 20);
    closeSync(sparse);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const make = (...options: string[]): TarArchive => {
    const archive = joinPath(folder, 'out.tar');
    const files = ['a.ovf', 'disk.vmdk', long, 'hard.ovf', 'sparse.raw'];
    execFileSync(toolPath('tar')!, ['-C', folder, ...options, '-cf', archive, ...files]);
    return new TarArchive(new FileSource(archive));
  };

  it.each([
    ['ustar', ['--format=ustar', `--exclude=${long}`]],
    ['v7', ['--format=v7', `--exclude=${long}`]],
    ['gnu', ['--format=gnu']],
    ['pax', ['--format=pax']],
    ['GNU sparse', ['--format=gnu', '-S']],
    ['pax sparse 0.0', ['--format=pax', '-S', '--sparse-version=0.0']],
    ['pax sparse 0.1', ['--format=pax', '-S', '--sparse-version=0.1']],
    ['pax sparse 1.0', ['--format=pax', '-S', '--sparse-version=1.0']],
  ])('%s', (format, options) => {
    const archive = make(...options);
    expect(textOf(archive, 'a.ovf')).toBe('<Envelope/>');
    expect(readAll(archive.open('disk.vmdk'))).toEqual(Buffer.from(pattern(70_001)));
    if (format !== 'v7' && format !== 'ustar') expect(textOf(archive, long)).toBe('long');
    expect(archive.find('hard.ovf')).toMatchObject({ refusal: 'it is a link' });
    const sparse = archive.open('sparse.raw');
    const original = new FileSource(joinPath(folder, 'sparse.raw'));
    expect(sparse.sizeBytes).toBe(12 << 20);
    expect(readAll(sparse).equals(readAll(original))).toBe(true);
    const part = Buffer.alloc(300_000);
    sparse.read(60_001, part);
    expect(part.equals(readAll(original).subarray(60_001, 360_001))).toBe(true);
    if (format.includes('sparse')) {
      const runs = [...sparse.runs({ start: 0, length: 300_000 })];
      expect(runs[0]).toEqual({ start: 0, length: 65_536, hole: true });
      expect(runs[1]).toMatchObject({ start: 65_536, hole: false });
      expect(runs.reduce((sum, { length }) => sum + length, 0)).toBe(300_000);
    }
    original.close();
    sparse.close();
    archive.close();
  });
});
