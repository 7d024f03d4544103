import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { convert } from '#engine/operations/convert.ts';
import { inspect } from '#engine/operations/inspect.ts';
import { minimal } from '../../../fixtures/packages/descriptors.ts';
import { tar, tarFile } from '../../../fixtures/packages/tar-builder.ts';
import { describeWith } from '../../../setup/tools.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const info = (name: string) => inspect({ path: at(name) }, quietControl(), false);

describe('inspect', () => {
  it('tells a raw disk by nothing else fitting', () => {
    writeRawDisk(at('disk.vmdk'), 1 << 20, [{ at: 0, bytes: noise(4096) }]);
    expect(info('disk.vmdk')).toMatchObject({
      path: at('disk.vmdk'),
      kind: 'disk',
      format: 'raw',
      virtualSizeBytes: 1 << 20,
      fileSizeBytes: 1 << 20,
      parent: null,
      encrypted: false,
      wrapper: null,
    });
  });

  it.each([
    ['QED\0', 0, 'qed', 'disk'],
    ['7z\xbc\xaf\x27\x1c', 0, '7z', 'unknown'],
    ['hsqs', 0, 'squashfs', 'unknown'],
    ['koly', (1 << 20) - 512, 'dmg', 'disk'],
  ])('names what it cannot open: %j', (magic, offset, format, kind) => {
    writeRawDisk(at('foreign'), 1 << 20, [{ at: offset, bytes: Buffer.from(magic, 'latin1') }]);
    const answer = info('foreign');
    expect(answer).toMatchObject({ format, kind, virtualSizeBytes: null });
    expect(answer.warnings.map(({ code }) => code)).toEqual(['image.unsupported']);
    const request = { source: { path: at('foreign') }, outputPath: at('x.raw'), target: { format: 'raw' } };
    expect(() => convert(request, quietControl())).toThrow('image.unsupported');
  });

  it('reads an ISO as the medium that it is', () => {
    writeRawDisk(at('cd'), 1 << 20, [{ at: 32769, bytes: Buffer.from('CD001') }]);
    expect(info('cd')).toMatchObject({ format: 'iso', kind: 'optical', virtualSizeBytes: 1 << 20 });
  });

  it('opens a package that is compressed as a whole', () => {
    const descriptor = minimal({
      files: '<File ovf:id="f" ovf:href="d.img"/>',
      disks: '<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="70000"/>',
    });
    const packed = gzipSync(tar(tarFile('p.ovf', descriptor), tarFile('d.img', noise(70_000))));
    writeFileSync(at('p.ova'), packed);
    expect(info('p.ova')).toMatchObject({
      kind: 'package',
      format: 'ova',
      wrapper: 'gzip',
      fileSizeBytes: packed.length,
    });
  });

  it('refuses an empty file and one that is not there with words', () => {
    writeFileSync(at('empty'), '');
    expect(() => info('empty')).toThrow('image.unrecognised');
    expect(() => info('absent')).toThrow('io.not-found');
  });

  it('warns of a file that is two things', () => {
    const source = writeRawDisk(at('plain.raw'), 4 << 20, [{ at: 0, bytes: noise(4096) }]);
    convert({ source: { path: source }, outputPath: at('q'), target: { format: 'qcow2' } }, quietControl());
    const inner = { path: at('q'), format: 'raw' };
    convert(
      { source: inner, outputPath: at('both'), target: { format: 'vhd', variant: 'fixed' } },
      quietControl(),
    );
    expect(info('both').warnings.map(({ code }) => code)).toContain('image.ambiguous');
    expect(info('q').warnings).toEqual([]);
    // A trailer of a format that is known by name only, behind the image.
    const trailer = Buffer.alloc(512);
    trailer.write('koly');
    writeFileSync(at('trailed'), Buffer.concat([readFileSync(at('q')), trailer]));
    expect(info('trailed').warnings.map(({ code }) => code)).toEqual(['image.ambiguous']);
  });

  it('warns of a footer behind a partition table: who goes by the beginning sees a raw disk', () => {
    const table = Buffer.alloc(512);
    table.set([0x80, 0, 1, 0, 0x83, 0, 1, 0, 8, 0, 0, 0, 64, 0, 0, 0], 446);
    table.writeUInt16LE(0xaa55, 510);
    const source = { path: writeRawDisk(at('table.raw'), 1 << 20, [{ at: 0, bytes: table }]) };
    for (const [name, variant, codes] of [
      ['table-fixed', 'fixed', ['image.ambiguous']],
      ['table-dynamic', 'dynamic', []],
    ] as const) {
      convert({ source, outputPath: at(name), target: { format: 'vhd', variant } }, quietControl());
      expect(info(name).warnings.map(({ code }) => code)).toEqual(codes);
    }
    expect(info('table.raw').warnings).toEqual([]);
  });
});

describeWith('qemu-img', 'inspect, with a parent', () => {
  it('answers and says what is missing or refused', () => {
    const create = (name: string, parent: string) =>
      execFileSync('qemu-img', [
        'create',
        '-q',
        '-u',
        '-f',
        'qcow2',
        '-b',
        parent,
        '-F',
        'raw',
        at(name),
        '1M',
      ]);
    create('orphan', 'gone.raw');
    create('leak', '/etc/passwd');
    expect(info('orphan').parent).toEqual({ name: 'gone.raw', format: 'raw' });
    expect(info('orphan').warnings.map(({ code }) => code)).toEqual(['image.parent-missing']);
    expect(info('leak').warnings.map(({ code }) => code)).toEqual(['reference.denied']);
  });
});
