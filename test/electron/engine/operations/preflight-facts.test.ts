import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { build } from '#engine/operations/build.ts';
import { convert } from '#engine/operations/convert.ts';
import { preflightFacts } from '#engine/operations/preflight-facts.ts';
import type { DiskFacts, PreflightFacts } from '#shared/domain/preflight.ts';
import { describeWith } from '../../../setup/tools.ts';
import { untilItWorks } from '../disks/encryption/until-it-works.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';
import { run } from './guest-files.ts';

const mebibyte = 1 << 20;
const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const facts = (name: string): PreflightFacts => preflightFacts({ path: at(name) }, quietControl());
const disk = (name: string): DiskFacts => facts(name).disks[0]!;
const layout = (name: string) => disk(name).layout;

/** What the ELF header of a program for that machine begins with (e_machine: 62 is x86-64, 183 AArch64). */
const program = (machine: number): Uint8Array => {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes[16] = 2;
  bytes[18] = machine;
  return bytes;
};

/** The bytes of a file system made elsewhere, written into a disk. */
function into(diskPath: string, path: string, offset: number): void {
  run(
    'python3',
    '-c',
    'import sys\na=open(sys.argv[1],"r+b");a.seek(int(sys.argv[3]));a.write(open(sys.argv[2],"rb").read())',
    diskPath,
    path,
    String(offset),
  );
}

/** A GPT disk as distributions ship them: BIOS boot, ESP, root; `parts` leaves some of it out. */
function cloudDisk(
  name: string,
  parts: { bios?: boolean; loader?: string | null; machine?: number } = {},
): string {
  const { bios = true, loader = 'BOOTX64.EFI', machine = 62 } = parts;
  const path = writeRawDisk(at(name), 48 * mebibyte, []);
  run(
    'sgdisk',
    '--clear',
    '--new=1:2048:4095',
    '--typecode=1:ef02',
    '--new=2:4096:+16M',
    '--typecode=2:ef00',
    '--new=3:40960:+16M',
    path,
  );
  if (bios) {
    const code = at('code.bin');
    writeFileSync(code, Buffer.concat([noise(400), Buffer.from('GRUB')]).subarray(0, 440));
    into(path, code, 0);
    into(path, code, mebibyte);
  }
  const esp = writeRawDisk(at(`${name}.esp`), 16 * mebibyte, []);
  run('mkfs.fat', esp);
  if (loader !== null) {
    writeFileSync(at(loader), noise(512));
    run('mmd', '-i', esp, '::/EFI', '::/EFI/BOOT');
    run('mcopy', '-i', esp, at(loader), `::/EFI/BOOT/${loader}`);
  }
  into(path, esp, 2 * mebibyte);
  const tree = at(`${name}.tree`);
  for (const each of ['etc', 'usr/bin']) mkdirSync(join(tree, each), { recursive: true });
  writeFileSync(join(tree, 'etc/os-release'), 'ID=debian\n');
  writeFileSync(join(tree, 'usr/bin/bash'), program(machine));
  const root = writeRawDisk(at(`${name}.root`), 16 * mebibyte, []);
  run('mkfs.ext4', '-q', '-d', tree, root);
  into(path, root, 20 * mebibyte);
  return path;
}

const tools = ['qemu-img', 'sgdisk', 'parted', 'mkfs.fat', 'mkfs.ext4', 'mcopy', 'python3'] as const;
describeWith(tools, 'the facts for clouds', () => {
  const path = cloudDisk('cloud.raw');

  it('tell what starts on a disk, and for which machine, in an image of any format', () => {
    run('qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', path, at('cloud.qcow2'));
    const whole = facts('cloud.qcow2');
    expect(whole).toMatchObject({ path: at('cloud.qcow2'), kind: 'disk', format: 'qcow2' });
    expect(whole.disks).toHaveLength(1);
    expect(disk('cloud.qcow2')).toMatchObject({
      name: null,
      virtualSizeBytes: 48 * mebibyte,
      wrapper: null,
      encrypted: false,
      parent: null,
      brokenBy: null,
      furtherFiles: [],
      claims: ['qcow2'],
      inspection: {
        matches: [{ format: 'qcow2', complete: true, failures: [], sizeProblem: null }],
        breaksOff: false,
      },
    });
    expect(layout('cloud.qcow2')).toEqual({
      scheme: 'gpt',
      sectorBytes: 512,
      partitionCount: 3,
      wholeDisk: null,
      hybridMbr: false,
      backupGpt: 'at-end',
      boot: { bios: true, uefi: true, efiSystemPartition: true },
      system: 'linux',
      distribution: { id: 'debian', version: null },
      architectures: ['x86_64'],
      encryptedVolumes: 0,
    });
  });

  it('tell boot code that finds nothing, and an ESP without a loader', () => {
    cloudDisk('uefi.raw', { bios: false, loader: 'BOOTAA64.EFI', machine: 183 });
    expect(layout('uefi.raw')).toMatchObject({
      boot: { bios: false, uefi: true },
      architectures: ['aarch64'],
    });
    cloudDisk('empty-esp.raw', { bios: false, loader: null });
    expect(layout('empty-esp.raw')!.boot).toEqual({ bios: false, uefi: false, efiSystemPartition: true });
    // parted writes code of its own, which looks for an active partition.
    run(
      'parted',
      '--script',
      writeRawDisk(at('mbr.raw'), 8 * mebibyte, []),
      'mklabel',
      'msdos',
      'mkpart',
      'primary',
      '1MiB',
      '4MiB',
    );
    expect(layout('mbr.raw')!.boot).toEqual({ bios: false, uefi: false, efiSystemPartition: false });
    run('parted', '--script', at('mbr.raw'), 'set', '1', 'boot', 'on');
    expect(layout('mbr.raw')!.boot.bios).toBe(true);
  });

  it('tell where the second GPT is, and a hybrid MBR', () => {
    copyFileSync(path, at('grown.raw'));
    truncateSync(at('grown.raw'), 64 * mebibyte);
    expect(layout('grown.raw')!.backupGpt).toBe('elsewhere');
    copyFileSync(path, at('cut.raw'));
    truncateSync(at('cut.raw'), 47 * mebibyte);
    expect(layout('cut.raw')!.backupGpt).toBe('missing');
    copyFileSync(path, at('hybrid.raw'));
    run('sgdisk', '--hybrid=3', at('hybrid.raw'));
    expect(layout('hybrid.raw')).toMatchObject({ hybridMbr: true, backupGpt: 'at-end' });
    expect(disk('hybrid.raw').inspection.matches).toMatchObject([
      { format: 'gpt', failures: [{ check: 'mbr' }] },
    ]);
  });

  it('tell parents, those that are missing, and further files', () => {
    run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', 'cloud.raw', '-F', 'raw', at('overlay.qcow2'));
    expect(disk('overlay.qcow2')).toMatchObject({ parent: 'cloud.raw', brokenBy: null });
    expect(layout('overlay.qcow2')!.boot.bios).toBe(true);
    run(
      'qemu-img',
      'create',
      '-q',
      '-u',
      '-f',
      'qcow2',
      '-b',
      'gone.qcow2',
      '-F',
      'qcow2',
      at('orphan.qcow2'),
      '8M',
    );
    expect(disk('orphan.qcow2')).toMatchObject({
      parent: 'gone.qcow2',
      brokenBy: 'image.parent-missing',
      layout: null,
    });
    run('qemu-img', 'create', '-q', '-f', 'vmdk', '-o', 'subformat=monolithicFlat', at('flat.vmdk'), '8M');
    expect(disk('flat.vmdk')).toMatchObject({
      furtherFiles: [at('flat-flat.vmdk')],
      variant: 'monolithicFlat',
    });
  });

  it('tell encryption, of the image and of what lies on it, and wrappers', () => {
    const luks = ['-f', 'luks', '--object', 'secret,id=s,data=x', '-o', 'key-secret=s,iter-time=10'];
    untilItWorks(() => void run('qemu-img', 'create', '-q', ...luks, at('image.luks'), '8M'));
    expect(disk('image.luks')).toMatchObject({ format: 'luks', encrypted: true, layout: null });
    const secret = writeRawDisk(at('volume.raw'), 32 * mebibyte, []);
    run('sgdisk', '--clear', '--new=1:2048:+24M', secret);
    into(secret, at('image.luks'), mebibyte);
    expect(layout('volume.raw')).toMatchObject({ encryptedVolumes: 1, system: null, architectures: [] });
    convert(
      { source: { path }, outputPath: at('cloud.raw.gz'), target: { format: 'raw', wrapper: 'gzip' } },
      quietControl(),
    );
    // Looking into a compressed disk would read all of it.
    expect(disk('cloud.raw.gz')).toMatchObject({ wrapper: 'gzip', format: 'raw', layout: null });
  });

  it('tell the disks of a package', () => {
    const inputs = [{ path: at('cloud.qcow2') }, { path: at('mbr.raw') }];
    build({ builder: 'ova', inputs, outputPath: at('machine.ova'), fields: {} }, quietControl());
    const machine = facts('machine.ova');
    expect(machine).toMatchObject({ kind: 'package', format: 'ova' });
    expect(machine.disks.map(({ format, variant }) => [format, variant])).toEqual([
      ['vmdk', 'streamOptimized'],
      ['vmdk', 'streamOptimized'],
    ]);
    expect(machine.disks[0]).toMatchObject({ layout: { boot: { bios: true, uefi: true }, system: 'linux' } });
    expect(machine.disks[0]!.inspection.matches).toMatchObject([{ format: 'vmdk', complete: true }]);
  });
});
