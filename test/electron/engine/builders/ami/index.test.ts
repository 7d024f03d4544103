import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { BuildResult } from '#shared/domain/build.ts';
import { build, planBuild } from '#engine/operations/build.ts';
import { convert } from '#engine/operations/convert.ts';
import { inspect } from '#engine/operations/inspect.ts';
import { FileSource } from '#engine/bytes/source.ts';
import { readPartitionTable } from '#engine/guests/volumes.ts';
import { describeWith, toolPath } from '../../../../setup/tools.ts';
import { quietControl } from '../../quiet-control.ts';
import { scratchFolder } from '../../scratch.ts';
import { kernel, ramdisk, rootTree, writeSet } from './set-fixture.ts';

const folder = scratchFolder();
const at = (...names: string[]): string => join(folder, ...names);
const run = (tool: Parameters<typeof toolPath>[0], ...args: string[]): string =>
  execFileSync(toolPath(tool)!, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const make = (
  builder: string,
  inputs: readonly string[],
  outputPath: string,
  fields: OptionValues = {},
): BuildResult => {
  const request = { builder, inputs: inputs.map((path) => ({ path })), outputPath, fields };
  const plan = planBuild(request, quietControl());
  const result = build(request, quietControl());
  // What is compressed is planned at its most; everything else to the byte.
  const written = result.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  if (builder === 'uec') expect(plan.outputBytes).toBeGreaterThan(written);
  else expect(plan.outputBytes).toBe(written);
  return result;
};
const codes = (result: BuildResult): string[] => result.warnings.map(({ code }) => code);

describeWith(['mkfs.ext4', 'sgdisk', 'parted', 'e2fsck', 'debugfs', 'qemu-img', 'tar'], 'AMI sets', () => {
  const tree = rootTree(folder);
  const set = writeSet(at('set'), 'server', tree);
  const files = [set.kernel, set.ramdisk, set.image];
  const original = readFileSync(set.image);

  it.each(['mbr', 'gpt'])('becomes a raw disk with an %s whose first partition is the image', (table) => {
    const path = at(`disk-${table}.img`);
    expect(codes(make('ami-disk', files, path, { table }))).toEqual(['ami.no-boot-loader']);
    const listed = run('parted', '-s', '-m', path, 'unit', 's', 'print').trim().split('\n');
    expect(listed[1]).toContain(table === 'mbr' ? ':msdos:' : ':gpt:');
    const last = 2048 + original.length / 512 - 1;
    expect(listed.slice(2)).toHaveLength(1);
    expect(listed[2]).toMatch(new RegExp(`^1:2048s:${last}s:${original.length / 512}s:ext4:`));
    expect(listed[2]).toContain(table === 'mbr' ? 'boot' : 'legacy_boot');
    expect(
      readFileSync(path)
        .subarray(1 << 20, (1 << 20) + original.length)
        .equals(original),
    ).toBe(true);
    if (table === 'gpt') expect(run('sgdisk', '-v', path)).toContain('No problems found');
    const source = new FileSource(path);
    const [root] = readPartitionTable(source).partitions;
    expect(root).toMatchObject({
      number: 1,
      bootable: true,
      volume: { fileSystem: 'ext4', label: 'cloudimg-root' },
    });
    source.close();
  });

  it('becomes a qcow2 disk with the same bytes, the same every time', () => {
    const path = at('disk.qcow2');
    make('ami-disk', files, path, { format: 'qcow2' });
    run('qemu-img', 'check', path);
    make('ami-disk', files, at('raw.img'));
    expect(run('qemu-img', 'compare', path, at('raw.img'))).toContain('identical');
    make('ami-disk', files, at('again.qcow2'), { format: 'qcow2' });
    expect(readFileSync(at('again.qcow2')).equals(readFileSync(path))).toBe(true);
    expect(statSync(path).size).toBeLessThan(3 << 20);
  });

  it('comes out of a disk again: image, kernel and ramdisk, to the byte', () => {
    make('ami-disk', files, at('whole.qcow2'), { format: 'qcow2', table: 'gpt' });
    const result = make('ami', [at('whole.qcow2')], at('taken'), { name: 'debian-12' });
    expect(codes(result)).toEqual([]);
    expect(readdirSync(at('taken')).sort()).toEqual([
      'debian-12-initrd',
      'debian-12-vmlinuz',
      'debian-12.img',
    ]);
    expect(readFileSync(at('taken', 'debian-12.img')).equals(original)).toBe(true);
    expect(readFileSync(at('taken', 'debian-12-vmlinuz')).equals(kernel)).toBe(true);
    expect(readFileSync(at('taken', 'debian-12-initrd')).equals(ramdisk)).toBe(true);
    run('e2fsck', '-fn', at('taken', 'debian-12.img'));
    expect(run('debugfs', '-R', 'cat /etc/os-release', at('taken', 'debian-12.img'))).toContain('ID=debian');
  });

  it('comes out of a bare file system in a disk format, and without its boot files where asked', () => {
    convert(
      { source: { path: set.image }, outputPath: at('bare.vmdk'), target: { format: 'vmdk' } },
      quietControl(),
    );
    make('ami', [at('bare.vmdk')], at('bare'));
    expect(readdirSync(at('bare')).sort()).toEqual(['bare-initrd', 'bare-vmlinuz', 'bare.img']);
    expect(readFileSync(at('bare', 'bare.img')).equals(original)).toBe(true);
    make('ami', [at('bare.vmdk')], at('alone'), { bootFiles: false });
    expect(readdirSync(at('alone'))).toEqual(['alone.img']);
  });

  it('warns of a disk without a kernel, and refuses one without Linux', () => {
    const empty = writeSet(at('empty'), 'blank', null);
    expect(codes(make('ami', [empty.image], at('no-kernel')))).toEqual(['ami.no-kernel']);
    writeFileSync(at('zeros.raw'), Buffer.alloc(1 << 20));
    expect(() => make('ami', [at('zeros.raw')], at('nothing'))).toThrow('no partition with a Linux system');
  });

  it('becomes a UEC tarball that tar unpacks and Platter opens', () => {
    const path = at('server.tar.gz');
    expect(codes(make('uec', files, path))).toEqual([]);
    mkdirSync(at('unpacked'));
    run('tar', '-xzf', path, '-C', at('unpacked'));
    expect(readdirSync(at('unpacked')).sort()).toEqual(['server-initrd', 'server-vmlinuz', 'server.img']);
    expect(readFileSync(at('unpacked', 'server.img')).equals(original)).toBe(true);
    expect(readFileSync(at('unpacked', 'server-vmlinuz')).equals(kernel)).toBe(true);
    expect(readFileSync(at('unpacked', 'server-initrd')).equals(ramdisk)).toBe(true);
    const info = inspect({ path }, quietControl(), false);
    expect(info).toMatchObject({ format: 'uec', kind: 'package' });
    expect(info.package!.systems[0]).toMatchObject({
      name: 'server',
      disks: [{ virtualSizeBytes: 8 << 20 }],
    });
  });

  it('finds the rest of the set beside the image, or in a folder', () => {
    for (const [input, name] of [
      [set.image, 'from-image'],
      [at('set'), 'from-folder'],
    ] as const) {
      const result = make('uec', [input], at(`${name}.tar.gz`), { name: 'given' });
      expect(new Set(codes(result))).toEqual(new Set(['ami.found-beside']));
      const listed = run('tar', '-tzf', at(`${name}.tar.gz`))
        .trim()
        .split('\n');
      expect(listed).toEqual(['given.img', 'given-vmlinuz', 'given-initrd']);
    }
  });

  it('refuses two of a kind, a set without an image, and an image with a partition table', () => {
    const twice = [set.image, set.kernel, at('set', 'server-vmlinuz')];
    expect(() => make('uec', twice, at('twice.tar.gz'))).toThrow('are both the kernel');
    mkdirSync(at('lonely'));
    writeFileSync(at('lonely', 'vmlinuz'), kernel);
    expect(() => make('uec', [at('lonely', 'vmlinuz')], at('lonely.tar.gz'))).toThrow('no image');
    make('ami-disk', files, at('partitioned.img'));
    expect(() => make('ami-disk', [at('partitioned.img')], at('nested.img'))).toThrow(
      'partition table already',
    );
  });

  it('warns of a ramdisk for another kernel', () => {
    mkdirSync(at('mixed'));
    writeFileSync(
      at('mixed', 'vmlinuz'),
      Buffer.from(kernel.toString('latin1').replace('6.1.0-13', '6.1.0-14'), 'latin1'),
    );
    const inputs = [set.image, at('mixed', 'vmlinuz'), set.ramdisk];
    expect(codes(make('uec', inputs, at('mixed.tar.gz')))).toEqual(['ami.version-mismatch']);
  });
});
