import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { minimal, oneDisk } from '../../../../fixtures/packages/descriptors.ts';
import { openPackageOf } from '../../../../fixtures/packages/memory-container.ts';
import { failureOf, readAll, RecordingControl } from '../../../../fixtures/packages/recording.ts';

const codes = (warnings: readonly { code: string }[]): string[] => warnings.map(({ code }) => code);

describe('references', () => {
  const withFile = (attributes: string, files: Record<string, Uint8Array | string>) =>
    openPackageOf(oneDisk(attributes), files);

  it.each([
    ['escaped', 'my%20disk%231.img', 'my disk#1.img'],
    ['with a percent sign that is none', '100%25.img', '100%25.img'],
    ['as Windows writes it', 'disks\\d.img', 'disks/d.img'],
    ['from here', './disks/./d.img', 'disks/d.img'],
  ])('a name %s', (_, href, name) => {
    const reader = withFile(`ovf:href="${href}"`, { [name]: 'raw!' });
    expect(reader.info.systems[0]!.disks).toMatchObject([{ file: name, sizeInPackageBytes: 4 }]);
    expect(readAll(reader.openFile(name)).toString()).toBe('raw!');
  });

  it('an escaped name does not climb either', () => {
    const { info } = withFile('ovf:href="%2e%2e/%2e%2e/etc/passwd"', {});
    expect(codes(info.warnings)).toEqual(['package.unsafe-name']);
  });

  it('gzip, as the descriptor says', () => {
    const compressed = gzipSync('vmdk and the rest of it');
    const reader = withFile('ovf:href="d.gz" ovf:compression="gzip"', { 'd.gz': compressed });
    expect(reader.info.systems[0]!.disks).toMatchObject([
      { name: 'd.gz', format: 'vmdk', compression: 'gzip', sizeInPackageBytes: compressed.length },
    ]);
    const source = reader.openFile('d.gz');
    expect(source.seekable).toBe(false);
    expect(readAll(source).toString()).toBe('vmdk and the rest of it');
    expect(reader.info.warnings).toEqual([]);
    expect(failureOf(() => reader.openFile('d.gz', new RecordingControl(0)).sizeBytes).code).toBe(
      'operation.cancelled',
    );
  });

  it('gzip that is said to be none, and the other way round', () => {
    const silent = withFile('ovf:href="d.gz" ovf:compression="identity"', { 'd.gz': gzipSync('vmdk') });
    expect(silent.info.systems[0]!.disks).toMatchObject([{ format: 'vmdk', compression: 'gzip' }]);
    expect(readAll(silent.openFile('d.gz')).toString()).toBe('vmdk');
    const boastful = withFile('ovf:href="d" ovf:compression="gzip"', { d: 'raw as it is' });
    expect(boastful.info.systems[0]!.disks).toMatchObject([{ format: 'raw', compression: null }]);
    expect(readAll(boastful.openFile('d')).toString()).toBe('raw as it is');
    expect([...codes(silent.info.warnings), ...codes(boastful.info.warnings)]).toEqual([
      'package.compression-mismatch',
      'package.compression-mismatch',
    ]);
  });

  it('leaves archives alone that are no disks', () => {
    const archive = gzipSync('tar');
    const reader = openPackageOf(minimal({ files: '<File ovf:id="f" ovf:href="a.tar.gz"/>' }), {
      'a.tar.gz': archive,
    });
    expect(readAll(reader.openFile('a.tar.gz'))).toEqual(archive);
    expect(reader.info.warnings).toEqual([]);
  });

  it.each([
    ['xz', 'xz'],
    ['bzip2', 'bzip2'],
    ['zstd', 'zstd'],
  ])('%s, said and unsaid', (id, program) => {
    const compressed = execFileSync(program, ['-c'], { input: 'vmdk and the rest of it' });
    for (const attributes of [`ovf:compression="${id}"`, '']) {
      const reader = withFile(`ovf:href="d" ${attributes}`, { d: compressed });
      expect(reader.info.systems[0]!.disks).toMatchObject([{ format: 'vmdk', compression: id }]);
      expect(readAll(reader.openFile('d')).toString()).toBe('vmdk and the rest of it');
      expect(codes(reader.info.warnings)).toEqual(attributes === '' ? ['package.compression-mismatch'] : []);
      expect(reader.info.notes?.map(({ message }) => message).join()).toContain(
        `refuse files compressed with ${id}`,
      );
    }
  });

  it('another compression than the descriptor says', () => {
    const reader = withFile('ovf:href="d" ovf:compression="xz"', { d: gzipSync('vmdk') });
    expect(reader.info.systems[0]!.disks).toMatchObject([{ format: 'vmdk', compression: 'gzip' }]);
    expect(codes(reader.info.warnings)).toEqual(['package.compression-mismatch']);
  });

  it('a compression that nobody knows is refused by name', () => {
    const reader = withFile('ovf:href="d" ovf:compression="compress"', { d: '\x1f\x9d' });
    expect(reader.info.systems[0]!.disks).toMatchObject([{ format: null, compression: 'compress' }]);
    expect(failureOf(() => reader.openFile('d'))).toMatchObject({
      code: 'image.unsupported',
      details: { feature: 'files compressed with compress' },
    });
  });

  it('everything in a folder of the archive', () => {
    const reader = openPackageOf(
      oneDisk('ovf:href="d.img"'),
      { 'sub/d.img': 'raw', 'sub/p.mf': `SHA1(d.img)= ${createHash('sha1').update('raw').digest('hex')}` },
      'sub/p.ovf',
    );
    expect(reader.info.systems[0]!.disks).toMatchObject([{ name: 'd.img', file: 'sub/d.img' }]);
    expect(readAll(reader.openFile('sub/d.img')).toString()).toBe('raw');
    expect(reader.verify(new RecordingControl()).entries).toMatchObject([
      { file: 'd.img', state: 'valid' },
      { file: 'p.ovf', state: 'unlisted' },
    ]);
  });
});
