import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MemorySource, readBytes } from '#engine/bytes/source.ts';
import { inspect } from '#engine/operations/inspect.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { probePackage } from '#engine/packages/registry.ts';
import { uec } from '#engine/packages/uec/index.ts';
import { tar, tarFile, tarHeader } from '../../../../fixtures/packages/tar-builder.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { bzImage } from '../../guests/kernels/build-kernel.ts';
import { cpio } from '../../guests/ramdisks/build-ramdisk.ts';
import { noise } from '../../pattern.ts';
import { quietControl } from '../../quiet-control.ts';
import { scratchFolder } from '../../scratch.ts';

const folder = scratchFolder();
const kernel = bzImage();
const ramdisk = gzipSync(cpio([{ name: 'init', data: Buffer.from('#!/bin/sh') }]));
const image = noise(64 << 10, 5);
const file = (name: string, data: Uint8Array = image): Uint8Array => tarFile(name, data);
const open = (bytes: Uint8Array) => uec.open(new MemorySource(bytes, 'a.tar'), null);
const probe = (...members: Uint8Array[]): string => uec.probe(new MemorySource(tar(...members)));

const precise = 'precise-server-cloudimg-amd64';
const ubuntu = tar(
  file(`${precise}.img`),
  file(`${precise}-vmlinuz-virtual`, kernel),
  file(`${precise}-loader`, noise(1000)),
  file(`${precise}-floppy`, noise(1000)),
  file('README.files', Buffer.from('what is what')),
);
const cirros = tar(
  file('cirros-0.3.5-x86_64-blank.img'),
  file('cirros-0.3.5-x86_64-initrd', ramdisk),
  file('cirros-0.3.5-x86_64-vmlinuz', kernel),
);

describe('the UEC driver', () => {
  it('shows an Ubuntu tarball', () => {
    const { info, ...reader } = open(ubuntu);
    expect(info).toMatchObject({ format: 'uec', manifest: 'absent', warnings: [] });
    expect(info.files.map(({ name, role }) => [name, role])).toEqual([
      [`${precise}.img`, 'disk'],
      [`${precise}-vmlinuz-virtual`, 'kernel'],
      [`${precise}-loader`, 'other'],
      [`${precise}-floppy`, 'other'],
      ['README.files', 'other'],
    ]);
    const [system] = info.systems;
    expect(system).toMatchObject({ name: precise, annotation: `Kernel: ${precise}-vmlinuz-virtual` });
    expect(system!.disks).toMatchObject([
      { name: `${precise}.img`, format: 'raw', virtualSizeBytes: image.length },
    ]);
    expect(reader).toBeDefined();
  });

  it('shows a CirrOS tarball and gives out its files', () => {
    const reader = open(cirros);
    expect(reader.info.systems[0]).toMatchObject({
      name: 'cirros-0.3.5-x86_64',
      annotation: 'Kernel: cirros-0.3.5-x86_64-vmlinuz\nRamdisk: cirros-0.3.5-x86_64-initrd',
    });
    const source = reader.openFile('cirros-0.3.5-x86_64-blank.img');
    expect(Buffer.from(readBytes(source, 0, source.sizeBytes)).equals(image)).toBe(true);
    source.close();
    expect(() => reader.openFile('cirros')).toThrow('package.file-missing');
    expect(() => reader.context.openReference({ name: '../x', format: null })).toThrow('reference.denied');
    reader.close();
  });

  it('is the answer of the registry for such a tar, and of no other driver', () => {
    for (const bytes of [ubuntu, cirros]) expect(probePackage(new MemorySource(bytes))?.id).toBe('uec');
  });

  it('claims other namings, but no other archives', () => {
    expect(probe(file('karmic-uec-i386-initrd-virtual'), file('karmic-uec-i386-vmlinuz-virtual'))).toBe(
      'certain',
    );
    expect(probe(file('lucid-server-uec-amd64.img'))).toBe('certain');
    expect(probe(file('d/image.img'), file('d/kernel'))).toBe('certain');
    expect(probe(file('disk.raw'))).toBe('no');
    expect(probe(file('a.img'), file('b.img'))).toBe('no');
    expect(probe(file('etc/passwd'), file('boot/vmlinuz-5.4.0'), file('boot/initrd.img-5.4.0'))).toBe('no');
    expect(probe(file('boot/vmlinuz-5.4.0'), file('boot/initrd.img-5.4.0'))).toBe('no');
    expect(probe(file('metadata.json'), file('box.img'), file('vmlinuz'))).toBe('no');
    expect(probe(file('a.ovf'), file('a-vmlinuz'), file('a.img'))).toBe('no');
    expect(uec.probe(new MemorySource(noise(4096)))).toBe('no');
    expect(uec.probe(new MemorySource(cirros.subarray(0, 700)))).toBe('no');
  });

  it('says what is wrong', () => {
    const codes = (...members: Uint8Array[]): string[] =>
      open(tar(...members)).info.warnings.map(({ code }) => code);
    expect(codes(file('a.img'), file('a-vmlinuz', noise(2000)))).toEqual(['package.unexpected-content']);
    expect(codes(file('a-vmlinuz', kernel), file('a-initrd', ramdisk))).toEqual(['package.no-system']);
    expect(codes(file('a.img'))).toEqual(['package.kernel-missing']);
    const climbing = file('../a-vmlinuz', kernel);
    expect(codes(file('a.img'), climbing)).toEqual(['package.unsafe-name', 'package.kernel-missing']);
    const link = tarHeader({ name: 'a-vmlinuz', type: '2', linkname: '/etc/passwd' });
    expect(codes(file('a.img'), link)).toContain('package.unsafe-name');
  });
});

describeWith('tar', 'a tarball packed by GNU tar', () => {
  it('opens through gzip, sparse members and all, and hashes its image', () => {
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    const sparse = Buffer.alloc(4 << 20);
    sparse.set(image, 1 << 20);
    writeFileSync(join(tree, 'ttylinux-uec-amd64-12.1.img'), sparse);
    writeFileSync(join(tree, 'ttylinux-uec-amd64-12.1-vmlinuz'), kernel);
    writeFileSync(join(tree, 'ttylinux-uec-amd64-12.1-initrd'), ramdisk);
    execFileSync('truncate', ['-s', '8M', join(tree, 'ttylinux-uec-amd64-12.1.img')]);
    const path = join(folder, 'ttylinux.tar.gz');
    execFileSync('tar', ['-S', '-czf', path, '-C', tree, '.']);
    const info = inspect({ path }, quietControl(), true);
    expect(info).toMatchObject({ kind: 'package', format: 'uec', wrapper: 'gzip' });
    const [disk] = info.package!.systems[0]!.disks;
    expect(disk).toMatchObject({ format: 'raw', virtualSizeBytes: 8 << 20 });
    const whole = hashImage({ path: join(tree, disk!.name) }, quietControl());
    expect(hashImage({ path, member: disk!.file! }, quietControl())).toEqual(whole);
  });
});
