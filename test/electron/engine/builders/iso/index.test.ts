import { execFileSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { iso } from '#engine/builders/iso/index.ts';
import { iso9660 } from '#engine/guests/filesystems/iso9660/index.ts';
import { describeOptical } from '#engine/guests/optical/describe.ts';
import { FileSource } from '#engine/bytes/source.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { buildTo, failureCodeOf, textAt, treeOf, withFileSystem } from '../../guests/optical/media-files.ts';
import { scratchFolder } from '../../scratch.ts';

const folder = scratchFolder();
const source = join(folder, 'My folder');
mkdirSync(join(source, 'a/b/c/d/e/f/g/h/i'), { recursive: true });
mkdirSync(join(source, 'many'));
for (let index = 0; index < 120; index++) {
  writeFileSync(join(source, `many/one of several files with the same beginning ${index}.text`), `${index}`);
}
writeFileSync(join(source, 'a/b/c/d/e/f/g/h/i/deep.txt'), 'deep');
writeFileSync(join(source, `${'n'.repeat(250)}.txt`), 'long');
writeFileSync(join(source, 'Case'), 'upper');
writeFileSync(join(source, 'case'), 'lower');
writeFileSync(join(source, '.hidden'), 'dot');
writeFileSync(join(source, 'ümläut 😀.tar.gz'), 'letters');
writeFileSync(join(source, 'boot.bin'), Buffer.alloc(3000, 0x90));
writeFileSync(join(source, 'efi.img'), Buffer.alloc(4096, 1));
linkSync(join(source, 'Case'), join(source, 'same'));
symlinkSync('../case', join(source, 'many/link'));
symlinkSync(`${'part/'.repeat(150)}end`, join(source, 'long-link'));
utimesSync(join(source, 'case'), 1e9, 1e9);

const path = join(folder, 'own.iso');
const warnings = buildTo(iso, path, { label: 'Label 1', publisher: 'Platter tests' }, source);

/** What lies below a folder of this machine, as `treeOf` tells it. */
function localTree(root: string, path = ''): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
    const name = path === '' ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory()) Object.assign(tree, { [name]: '/' }, localTree(root, name));
    else if (entry.isSymbolicLink()) tree[name] = `-> ${readlinkSync(join(root, name))}`;
    else tree[name] = readFileSync(join(root, name), 'latin1');
  }
  return tree;
}

describe('an image of a folder', () => {
  it('holds all of it', () => {
    expect(warnings).toEqual(['iso.deep']);
    withFileSystem(iso9660, path, (reader) => {
      expect(treeOf(reader)).toEqual(localTree(source));
      expect(reader.label).toBe('Label 1');
      expect(reader.find('case')).toMatchObject({ modifiedAt: '2001-09-09T01:46:40.000Z', mode: 0o644 });
      expect(reader.facts).toContainEqual({ label: 'Publisher', value: 'Platter tests' });
    });
  });

  it('is the same whenever it is made, and of one date when asked for', () => {
    const again = join(folder, 'again.iso');
    buildTo(iso, again, { label: 'Label 1', publisher: 'Platter tests' }, source);
    expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
    buildTo(iso, again, { date: '2026-01-31' }, source);
    withFileSystem(iso9660, again, (reader) => {
      expect(reader.find('case')?.modifiedAt).toBe('2026-01-31T00:00:00.000Z');
      expect(reader.uuid).toBe('2026-01-31-00-00-00-00');
      expect(reader.label).toBe('MY_FOLDER');
    });
  });

  it('stores files that are the same one time', () => {
    const big = join(folder, 'big');
    mkdirSync(big);
    writeFileSync(join(big, 'one'), Buffer.alloc(1 << 20, 5));
    linkSync(join(big, 'one'), join(big, 'two'));
    buildTo(iso, join(folder, 'big.iso'), {}, big);
    expect(statSync(join(folder, 'big.iso')).size).toBeLessThan(1.1 * (1 << 20));
  });

  it('has Joliet or plain names alone when asked for', () => {
    const joliet = join(folder, 'joliet.iso');
    expect(buildTo(iso, joliet, { rockRidge: false }, source)).toContain('iso.links-lost');
    withFileSystem(iso9660, joliet, (reader) => {
      expect(textAt(reader, 'ümläut 😀.tar.gz')).toBe('letters');
      expect(reader.find('many/link')).toBeNull();
    });
    const plain = join(folder, 'plain.iso');
    expect(buildTo(iso, plain, { rockRidge: false, joliet: false }, source)).toContain('iso.names-changed');
    withFileSystem(iso9660, plain, (reader) => {
      const names = [...reader.list('MANY')].map((entry) => entry.path);
      expect(new Set(names).size).toBe(120);
      expect(names.every((name) => /^MANY\/[A-Z0-9_]{1,30}\.[A-Z0-9_]{0,8}$/.test(name))).toBe(true);
    });
  });
});

describe('what an image cannot hold', () => {
  it('is refused by name', () => {
    const special = join(folder, 'special');
    mkdirSync(special);
    execFileSync('mkfifo', [join(special, 'pipe')]);
    expect(() => buildTo(iso, join(folder, 'x.iso'), {}, special)).toThrow(/special\/pipe is a pipe/);
    expect(failureCodeOf(() => buildTo(iso, join(folder, 'x.iso'), {}, join(folder, 'own.iso')))).toBe(
      'input.invalid',
    );
    expect(failureCodeOf(() => buildTo(iso, join(folder, 'x.iso'), {}, join(folder, 'none')))).toBe(
      'io.not-found',
    );
    expect(() => buildTo(iso, join(folder, 'x.iso'), { biosBoot: 'a/none' }, source)).toThrow(
      /no boot image a\/none/,
    );
  });
});

describe('a file of more than 4 GiB', () => {
  it('goes on in a second section', () => {
    const large = join(folder, 'large');
    mkdirSync(large);
    const file = join(large, 'large.img');
    writeFileSync(file, 'begin');
    truncateSync(file, 2 ** 32 + 100_000);
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, Buffer.from('border'), 0, 6, 2 ** 32 - 2048 - 3);
    writeSync(descriptor, Buffer.from('end'), 0, 3, 2 ** 32 + 100_000 - 3);
    closeSync(descriptor);
    const output = join(folder, 'large.iso');
    buildTo(iso, output, {}, large);
    withFileSystem(iso9660, output, (reader) => {
      expect(reader.find('large.img')?.sizeBytes).toBe(2 ** 32 + 100_000);
      const opened = reader.open('large.img');
      const read = (at: number, length: number): string => {
        const bytes = Buffer.alloc(length);
        opened.read(at, bytes);
        return bytes.toString();
      };
      expect([read(0, 5), read(2 ** 32 - 2051, 6), read(2 ** 32 + 99_997, 3)]).toEqual([
        'begin',
        'border',
        'end',
      ]);
    });
    expect(statSync(output).blocks * 512).toBeLessThan(8 << 20);
    const listed = execFileSync('7z', ['l', '-slt', output], { encoding: 'utf8' });
    expect(listed).toContain(`Size = ${2 ** 32 + 100_000}`);
  });
});

describeWith(['xorriso', '7z', 'isoinfo'], 'other programs', () => {
  it('extract the same tree', () => {
    const extracted = join(folder, 'extracted');
    execFileSync('xorriso', ['-osirrox', 'on', '-indev', path, '-extract', '/', extracted], {
      stdio: 'ignore',
    });
    expect(localTree(extracted)).toEqual(localTree(source));
    execFileSync('chmod', ['-R', 'u+w', extracted]);
    expect(execFileSync('7z', ['t', path], { encoding: 'utf8' })).toContain('Everything is Ok');
    const check = execFileSync('xorriso', ['-indev', path, '-check_media', '--'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(check).toMatch(/ 0 , +\d+ , \+ good/);
  });

  it('see Rock Ridge, Joliet and plain names', () => {
    const text = (...args: string[]): string =>
      execFileSync('isoinfo', ['-i', path, ...args], { encoding: 'latin1' });
    expect(text('-d')).toContain('Rock Ridge signatures version 1 found');
    expect(text('-R', '-x', '/many/one of several files with the same beginning 77.text')).toBe('77');
    expect(text('-J', '-x', '/many/one of several files with the same beginning 77.text;1')).toBe('77');
    expect(text('-x', '/A/B/C/D/E/F/G/H/I/DEEP.TXT;1')).toBe('deep');
  });

  it('see what it starts', () => {
    const bootable = join(folder, 'bootable.iso');
    const fields = { biosBoot: 'boot.bin', bootInfoTable: true, efiBoot: '/efi.img', biosLoadSectors: 6 };
    buildTo(iso, bootable, fields, source);
    const report = execFileSync('xorriso', ['-indev', bootable, '-report_el_torito', 'plain'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(report).toMatch(/boot img : +1 +BIOS +y +none +0x0000 +0x00 +6 /);
    expect(report).toMatch(/boot img : +2 +UEFI +y +none +0x0000 +0x00 +8 /);
    expect(report).toMatch(/img opts : +1 .*boot-info-table/);
    const file = new FileSource(bootable);
    const entries = describeOptical(file)!.bootEntries;
    file.close();
    expect(entries).toMatchObject([
      { platform: 'x86 BIOS', bootable: true, media: 'no emulation', sectorCount: 6 },
      { platform: 'UEFI', bootable: true, sectorCount: 8, lengthBytes: 4096 },
    ]);
  });
});
