/** Files of every kind that oslo.utils' inspector tells apart, and of every fault that it looks for; made by other programs. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolPath, type ToolName } from '../../../../setup/tools.ts';
import { untilItWorks } from '../../disks/encryption/until-it-works.ts';
import { noise, writeRawDisk } from '../../pattern.ts';

const mebi = 1 << 20;

/** Makes the corpus in `folder`; the paths, in no order that matters. Small: each is read and damaged many times. */
export function makeCorpus(folder: string): string[] {
  const paths: string[] = [];
  const file = (name: string): string => {
    const path = join(folder, name);
    paths.push(path);
    return path;
  };
  const run = (tool: ToolName, ...args: string[]): void => {
    execFileSync(toolPath(tool)!, args, { stdio: 'ignore' });
  };
  const image = (name: string, ...args: string[]): string => {
    const path = file(name);
    run('qemu-img', 'create', '-q', ...args, path, '1M');
    return path;
  };
  const patched = (name: string, from: string, change: (bytes: Buffer) => void): string => {
    const bytes = readFileSync(from);
    change(bytes);
    writeFileSync(file(name), bytes);
    return paths.at(-1)!;
  };

  // qcow2 with what the checks look for.
  const qcow2 = image('plain.qcow2', '-f', 'qcow2');
  image('v2.qcow2', '-f', 'qcow2', '-o', 'compat=0.10');
  image('lazy.qcow2', '-f', 'qcow2', '-o', 'lazy_refcounts=on');
  image('zstd.qcow2', '-f', 'qcow2', '-o', 'compression_type=zstd');
  image('extended.qcow2', '-f', 'qcow2', '-o', 'extended_l2=on,cluster_size=16k');
  image('overlay.qcow2', '-f', 'qcow2', '-b', qcow2, '-F', 'qcow2');
  const dataFile = join(folder, 'data-file.raw');
  image('data-file.qcow2', '-f', 'qcow2', '-o', `data_file=${dataFile}`);
  image('v1.qcow', '-f', 'qcow');
  patched('v4.qcow2', qcow2, (bytes) => bytes.writeUInt32BE(4, 4));
  patched('unknown-feature.qcow2', qcow2, (bytes) => bytes.writeUInt8(1, 72));

  // The others, each in its variants.
  image('empty.qed', '-f', 'qed');
  const vdi = image('empty.vdi', '-f', 'vdi');
  const vhd = image('dynamic.vhd', '-f', 'vpc');
  image('fixed.vhd', '-f', 'vpc', '-o', 'subformat=fixed');
  const vhdx = image('dynamic.vhdx', '-f', 'vhdx');
  const size = (bytes: Buffer): number => bytes.indexOf(virtualDiskSize);
  patched('size-of-4.vhdx', vhdx, (bytes) => bytes.writeUInt32LE(4, size(bytes) + 20));
  patched('size-of-16.vhdx', vhdx, (bytes) => bytes.writeUInt32LE(16, size(bytes) + 20));
  // The largest size that a database keeps, and one more.
  for (const [name, bytes] of [
    ['largest', 2n ** 63n - 1n],
    ['too-large', 2n ** 63n],
  ] as const) {
    patched(`${name}.qcow2`, qcow2, (file) => file.writeBigUInt64BE(bytes, 24));
    patched(`${name}.vhd`, vhd, (file) => file.writeBigUInt64BE(bytes, 40));
    patched(`${name}.vdi`, vdi, (file) => file.writeBigUInt64LE(bytes, 368));
    patched(`${name}.vhdx`, vhdx, (file) => {
      const item = size(file);
      // Its table begins a region of whole pieces of 64 KiB.
      file.writeBigUInt64LE(bytes, item - (item % (64 << 10)) + file.readUInt32LE(item + 16));
    });
  }
  patched('no-metadata.vhdx', vhdx, (bytes) => bytes.fill(0, 192 << 10, 256 << 10));
  writeFileSync(file('cut.vhdx'), readFileSync(vhdx).subarray(0, 200 << 10));
  writeFileSync(file('short.vhd'), 'conectix');
  const luks = ['-f', 'luks', '--object', 'secret,id=s,data=x', '-o', 'key-secret=s,iter-time=10'];
  untilItWorks(() => run('qemu-img', 'create', '-q', ...luks, file('luks1.luks'), '1M'));
  patched('luks2.luks', paths.at(-1)!, (bytes) => bytes.writeUInt16BE(2, 6));
  vmdkFiles(folder, image, patched, file);

  // Raw disks: with a table, without one, with a wrong one.
  const raw = (name: string, ...pieces: { at: number; bytes: Uint8Array }[]): string =>
    writeRawDisk(file(name), mebi, pieces);
  raw('noise.raw', { at: 0, bytes: noise(4096) });
  raw('zeros.raw');
  writeFileSync(file('tiny.raw'), 'x');
  writeFileSync(file('empty.raw'), '');
  raw('signature-alone.raw', { at: 510, bytes: Uint8Array.of(0x55, 0xaa) });
  raw('bad-flag.raw', { at: 446, bytes: Uint8Array.of(1, 0, 2, 0, 0x83, 0, 0, 0, 8) }, signature);
  const gpt = raw('gpt.raw');
  run('sgdisk', '--clear', '--new=1:64:128', gpt);
  copyFileSync(gpt, file('hybrid.raw'));
  run('sgdisk', '--hybrid=1', paths.at(-1)!);
  patched('protective-elsewhere.raw', gpt, (bytes) => bytes.writeUInt32LE(2, 446 + 8));
  patched('protective-chs.raw', gpt, (bytes) => bytes.writeUInt8(1, 446 + 1));
  run('parted', '--script', raw('mbr.raw'), 'mklabel', 'msdos', 'mkpart', 'primary', '64s', '128s');
  run('mkfs.fat', raw('fat.raw'));

  // Media, also those that are disks at the same time.
  const tree = join(folder, 'tree');
  mkdirSync(tree);
  writeFileSync(join(tree, 'readme'), 'hello');
  run('xorriso', '-as', 'mkisofs', '-quiet', '-o', file('plain.iso'), tree);
  patched('hybrid.iso', paths.at(-1)!, (bytes) => copyTable(readFileSync(gpt), bytes));
  patched('two.raw', paths.at(-1)!, (bytes) => bytes.write('QFI\xfb\0\0\0\x03', 0, 'latin1'));
  return paths;
}

/** The GUID of the item that says how large a VHDX disk is, as it is stored. */
const virtualDiskSize = Buffer.from('2442a52f1bcd7648b2115dbed83bf4b8', 'hex');

const signature = { at: 510, bytes: Uint8Array.of(0x55, 0xaa) };

function copyTable(from: Buffer, into: Buffer): void {
  from.copy(into, 0, 0, 512);
}

function vmdkFiles(
  folder: string,
  image: (name: string, ...args: string[]) => string,
  patched: (name: string, from: string, change: (bytes: Buffer) => void) => string,
  file: (name: string) => string,
): void {
  const sparse = image('sparse.vmdk', '-f', 'vmdk');
  const early = image('early.vmdk', '-f', 'vmdk', '-o', 'subformat=streamOptimized');
  const stream = withFooter(early, file('stream.vmdk'));
  for (const subformat of ['monolithicFlat', 'twoGbMaxExtentSparse', 'twoGbMaxExtentFlat']) {
    image(`${subformat}.vmdk`, '-f', 'vmdk', '-o', `subformat=${subformat}`);
  }
  const text = (bytes: Buffer, from: string, to: string): void => {
    const at = bytes.indexOf(from, 512, 'latin1');
    if (at < 0) throw new Error(`${folder}: no "${from}" in the descriptor`);
    bytes.write(to.padEnd(from.length), at, 'latin1');
  };
  patched('unknown-line.vmdk', sparse, (bytes) =>
    text(bytes, 'ddb.virtualHWVersion', 'evil = "/etc/passwd"'),
  );
  patched('slash.vmdk', sparse, (bytes) => text(bytes, 'SPARSE "sparse', 'SPARSE "/parse'));
  patched('no-extents.vmdk', sparse, (bytes) => text(bytes, 'RW ', '#W '));
  patched('no-type.vmdk', sparse, (bytes) => text(bytes, 'createType', 'createTpye'));
  patched('not-ascii.vmdk', sparse, (bytes) => bytes.writeUInt8(0xe9, 520));
  patched('no-descriptor.vmdk', sparse, (bytes) => bytes.writeUInt32LE(0, 36));
  patched('moved-descriptor.vmdk', sparse, (bytes) => bytes.writeUInt32LE(2, 28));
  patched('too-large.vmdk', sparse, (bytes) => bytes.writeBigUInt64LE(2n ** 54n, 12));
  patched('version-9.vmdk', sparse, (bytes) => bytes.writeUInt32LE(9, 4));
  patched('footer.vmdk', stream, (bytes) => bytes.writeUInt32LE(7, bytes.length - 1024 + 36));
  patched('footer-marker.vmdk', stream, (bytes) => bytes.writeUInt32LE(1, bytes.length - 1536 + 12));
  patched('no-end.vmdk', stream, (bytes) => bytes.writeUInt8(1, bytes.length - 1));
  const again = patched('footer-again.vmdk', stream, (bytes) =>
    bytes.fill(0xff, bytes.length - 1024 + 56, bytes.length - 1024 + 64),
  );
  const cut = file('cut.vmdk');
  copyFileSync(again, cut);
  truncateSync(cut, 1000);
  writeFileSync(file('kdmv.vmdk'), 'KDMV');

  const descriptor =
    '# Disk DescriptorFile\nversion=1\ncreateType="monolithicSparse"\nRW 2048 SPARSE "a.vmdk"\n';
  writeFileSync(file('descriptor.vmdk'), descriptor);
  writeFileSync(file('text.txt'), 'nothing but text, over more than one sector\n'.repeat(20));
  // Text at first, then letters that are not ASCII: the inspector breaks off.
  writeFileSync(file('letters.txt'), `${'text\n'.repeat(200)}caf\u00e9\n`, 'latin1');
  writeFileSync(file('unclosed.vmdk'), `${'#\n'.repeat(40)}createType="monolithicSparse`);
}

/** qemu-img writes the directory in front; a program that streams says that it is behind, in a footer. */
function withFooter(early: string, path: string): string {
  const bytes = readFileSync(early);
  const footer = Buffer.alloc(1536);
  footer.writeUInt32LE(3, 12);
  bytes.copy(footer, 512, 0, 512);
  bytes.fill(0xff, 56, 64);
  writeFileSync(path, Buffer.concat([bytes, footer]));
  return path;
}
