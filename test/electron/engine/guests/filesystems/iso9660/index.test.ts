import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { iso } from '#engine/builders/iso/index.ts';
import { FileSource, type ByteSource } from '#engine/bytes/source.ts';
import { iso9660 } from '#engine/guests/filesystems/iso9660/index.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { ZisofsSource } from '#engine/guests/filesystems/iso9660/zisofs.ts';
import { describeWith } from '../../../../../setup/tools.ts';
import { scratchFolder } from '../../../scratch.ts';
import { buildTo, failureCodeOf, textAt, treeOf, withFileSystem } from '../../optical/media-files.ts';

const folder = scratchFolder();
const source = join(folder, 'source');
const deep = 'a/b/c/d/e/f/g/h/i/j';
mkdirSync(join(source, deep), { recursive: true });
mkdirSync(join(source, 'empty'));
writeFileSync(join(source, deep, 'bottom.txt'), 'far down');
writeFileSync(join(source, 'A long name, with a comma.text'), 'long');
writeFileSync(join(source, 'UPPER.TXT'), 'upper');
writeFileSync(join(source, 'nothing'), '');
writeFileSync(join(source, 'large'), 'x'.repeat(5000));
linkSync(join(source, 'large'), join(source, 'again'));
symlinkSync('../UPPER.TXT', join(source, 'a/link'));
symlinkSync('/etc/passwd', join(source, 'out'));
symlinkSync('../../../x', join(source, 'a/b/climbs'));
symlinkSync('a/b', join(source, 'to-folder'));
symlinkSync('circle', join(source, 'circle'));

const outside = '! it is a link that leads out of the tree';
const expected: Record<string, string> = {
  'A long name, with a comma.text': 'long',
  'UPPER.TXT': 'upper',
  a: '/',
  'a/b': '/',
  'a/b/climbs': outside,
  'a/link': '-> ../UPPER.TXT',
  again: 'x'.repeat(5000),
  circle: '-> circle',
  empty: '/',
  large: 'x'.repeat(5000),
  nothing: '',
  out: outside,
  'to-folder': '-> a/b',
};
for (let path = 'a/b/c'; path.length <= deep.length; path = deep.slice(0, path.length + 2)) {
  expected[path] = '/';
  if (path === deep) break;
}
expected[`${deep}/bottom.txt`] = 'far down';

function withoutMoved(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !/^\.?rr_moved/i.test(path)));
}

function judge(name: string, command: string, args: readonly string[]): string {
  const path = join(folder, name);
  execFileSync(command, [...args, '-o', path, source], { stdio: 'ignore' });
  return path;
}

describeWith('genisoimage', 'images of genisoimage', () => {
  it('show the Rock Ridge tree, with the folders that were moved in their place', () => {
    const path = judge('g.iso', 'genisoimage', ['-quiet', '-R', '-J', '-joliet-long', '-V', 'GEN']);
    withFileSystem(iso9660, path, (reader) => {
      expect(reader.label).toBe('GEN');
      expect(withoutMoved(treeOf(reader))).toEqual(expected);
      expect(reader.facts).toContainEqual({ label: 'Names', value: 'Rock Ridge; Joliet is there, too' });
      expect(reader.find('large')).toMatchObject({ kind: 'file', sizeBytes: 5000, mode: 0o644 });
    });
  });

  it('show Joliet where there is no Rock Ridge, and plain names where there is neither', () => {
    const joliet = judge('j.iso', 'genisoimage', ['-quiet', '-J', '-joliet-long', '-D']);
    withFileSystem(iso9660, joliet, (reader) => {
      expect(textAt(reader, 'A long name, with a comma.text')).toBe('long');
      expect(textAt(reader, `${deep}/bottom.txt`)).toBe('far down');
    });
    const plain = judge('p.iso', 'genisoimage', ['-quiet', '-D']);
    withFileSystem(iso9660, plain, (reader) => {
      expect(textAt(reader, 'UPPER.TXT')).toBe('upper');
      expect(textAt(reader, 'NOTHING')).toBe('');
      expect(reader.find('upper.txt')).toBeNull();
    });
  });

  it('say where the trees differ', () => {
    const path = judge('h.iso', 'genisoimage', [
      '-quiet',
      '-R',
      '-J',
      '-joliet-long',
      '-hide-joliet',
      'UPPER.TXT',
    ]);
    withFileSystem(iso9660, path, (reader) => {
      expect(reader.warnings.map(({ code }) => code)).toEqual(['iso9660.trees-differ']);
      expect(textAt(reader, 'UPPER.TXT')).toBe('upper');
    });
  });

  it('show the last of several sessions', () => {
    const first = judge('s1.iso', 'genisoimage', ['-quiet', '-R']);
    const more = join(folder, 'more');
    mkdirSync(more);
    writeFileSync(join(more, 'second.txt'), 'of the second session');
    const sectors = Math.ceil(new FileSource(first).sizeBytes / 2048 / 16) * 16;
    const second = join(folder, 's2.iso');
    const args = ['-quiet', '-R', '-C', `0,${sectors}`, '-M', first, '-o', second, more];
    execFileSync('genisoimage', args, { stdio: 'ignore' });
    const joined = join(folder, 'joined.iso');
    execFileSync('sh', [
      '-c',
      `cp "$1" "$3" && dd if="$2" of="$3" bs=2048 seek=${sectors} conv=notrunc status=none`,
      'sh',
      first,
      second,
      joined,
    ]);
    withFileSystem(iso9660, joined, (reader) => {
      expect(textAt(reader, 'second.txt')).toBe('of the second session');
      expect(textAt(reader, 'UPPER.TXT')).toBe('upper');
      expect(reader.facts).toContainEqual({ label: 'Sessions', value: '2; the last is shown' });
    });
  });
});

describeWith('xorriso', 'images of xorriso', () => {
  it('show the same tree', () => {
    const path = judge('x.iso', 'xorriso', ['-as', 'mkisofs', '-quiet', '-R', '-J', '-V', 'XOR']);
    withFileSystem(iso9660, path, (reader) => {
      expect(reader.label).toBe('XOR');
      expect(withoutMoved(treeOf(reader))).toEqual(expected);
    });
  });

  it('yield the plain bytes of files that zisofs compressed', () => {
    const path = join(folder, 'z.iso');
    writeFileSync(join(folder, 'text'), 'compress me '.repeat(20_000));
    const args = [
      '-outdev',
      path,
      '-map',
      join(folder, 'text'),
      '/text',
      '-set_filter',
      '--zisofs',
      '/text',
      '--',
    ];
    execFileSync('xorriso', args, { stdio: 'ignore' });
    withFileSystem(iso9660, path, (reader) => {
      expect(reader.find('text')).toMatchObject({ sizeBytes: 240_000 });
      expect(textAt(reader, 'text')).toBe('compress me '.repeat(20_000));
      expect(new FileSource(path).sizeBytes).toBeLessThan(240_000 + 400_000);
    });
  });
});

describe('links', () => {
  const path = join(folder, 'own.iso');
  buildTo(iso, path, { label: 'OWN' }, source);

  it('are followed inside the tree, and nowhere else', () => {
    withFileSystem(iso9660, path, (reader) => {
      expect(treeOf(reader)).toEqual(expected);
      expect(textAt(reader, 'a/link')).toBe('upper');
      expect(reader.find('to-folder/c')).toMatchObject({ kind: 'folder' });
      for (const name of ['out', 'a/b/climbs', 'circle', '../x', 'out/x']) {
        expect(failureCodeOf(() => reader.open(name))).toBe('package.unsafe-name');
      }
      expect(failureCodeOf(() => reader.open('missing'))).toBe('package.file-missing');
      expect(failureCodeOf(() => reader.open('a'))).toBe('package.unsafe-name');
      expect(reader.find('a/missing/x')).toBeNull();
      expect(reader.find('')).toMatchObject({ path: '', kind: 'folder' });
    });
  });

  it('takes a few reads to open and to list', () => {
    const file = new FileSource(path);
    let read = 0;
    const counting: ByteSource = {
      path,
      sizeBytes: file.sizeBytes,
      seekable: true,
      read: (at, into) => {
        read += into.length;
        file.read(at, into);
      },
      runs: (span) => file.runs(span),
      close: () => file.close(),
    };
    const reader = iso9660.open(counting);
    expect([...reader.list('')].length).toBe(10);
    expect(read).toBeLessThan(64 << 10);
    reader.close();
  });
});

describe('zisofs', () => {
  const plain = Buffer.from('0123456789abcdef'.repeat(5000));
  const compressed = (block: Buffer, wanted = plain.length): MemorySource => {
    const header = Buffer.alloc(16);
    header.set([0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07]);
    header.writeUInt32LE(wanted, 8);
    header.set([4, 17], 12);
    const table = Buffer.alloc(8);
    table.writeUInt32LE(24, 0);
    table.writeUInt32LE(24 + block.length, 4);
    return new MemorySource(Buffer.concat([header, table, block]));
  };

  it('inflates', () => {
    const into = new Uint8Array(100);
    new ZisofsSource(compressed(deflateSync(plain)), plain.length, 'x').read(1000, into);
    expect(Buffer.from(into).equals(plain.subarray(1000, 1100))).toBe(true);
  });

  it.each([
    ['a block that is longer', deflateSync(Buffer.concat([plain, plain]))],
    ['a block that is shorter', deflateSync(plain.subarray(1))],
    ['no zlib', Buffer.from('nonsense')],
  ])('refuses %s', (_, block) => {
    const body = new ZisofsSource(compressed(block), plain.length, 'x');
    expect(failureCodeOf(() => body.read(0, new Uint8Array(1)))).toBe('image.malformed');
  });
});
