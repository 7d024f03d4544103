/** Hostile files, one for each rule about what a file may claim; each with the code of the Failure that it must end in. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { writeTar } from '../../fixtures/ustar.ts';

export interface HostileFile {
  readonly name: string;
  /** A failure's code, or null where the file is harmless when it is read with care. */
  readonly expected: string | null;
  /** Makes it in a folder of its own; the path of the file to open. */
  make(folder: string): string;
}

function qcow2(folder: string, change: (image: Buffer) => void, size = '1M'): string {
  const path = join(folder, 'image.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', path, size]);
  const image = readFileSync(path);
  change(image);
  writeFileSync(path, image);
  return path;
}

/** A qcow2 whose backing file has that name. */
function overlay(name: string) {
  return (folder: string): string => {
    const path = join(folder, 'image.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', name, '-F', 'raw', path, '1M']);
    return path;
  };
}

/** A VMDK descriptor with those extent lines. */
function descriptor(...extents: readonly string[]) {
  return (folder: string): string => {
    const path = join(folder, 'image.vmdk');
    const lines = ['# Disk DescriptorFile', 'version=1', 'CID=12345678', 'parentCID=ffffffff'];
    writeFileSync(path, `${[...lines, 'createType="monolithicFlat"', ...extents].join('\n')}\n`);
    return path;
  };
}

/** A sparse file of that size that begins with `head`. */
function sparse(path: string, head: Uint8Array, sizeBytes: number): string {
  const file = openSync(path, 'w');
  writeSync(file, head);
  ftruncateSync(file, sizeBytes);
  closeSync(file);
  return path;
}

function vmdk(folder: string, change: (image: Buffer) => void): string {
  const raw = sparse(join(folder, 'disk.raw'), Buffer.alloc(200_000, 7), 1 << 20);
  const path = join(folder, 'image.vmdk');
  execFileSync('qemu-img', [
    'convert',
    '-f',
    'raw',
    '-O',
    'vmdk',
    '-o',
    'subformat=streamOptimized',
    raw,
    path,
  ]);
  const image = readFileSync(path);
  change(image);
  writeFileSync(path, image);
  return path;
}

const outside = (folder: string): string => {
  const path = join(folder, '..', 'secret.txt');
  writeFileSync(path, 'nobody should read this'.padEnd(1 << 20, '.'));
  return path;
};

export const hostileFiles: readonly HostileFile[] = [
  ...[
    '/etc/passwd',
    '../secret.txt',
    '/dev/zero',
    'json:{"driver":"file","filename":"/etc/passwd"}',
    'nbd://localhost/x',
    'https://localhost/x',
    'file:/etc/passwd',
  ].map((name): HostileFile => ({
    name: `a backing file called ${name}`,
    expected: 'reference.denied',
    make(folder) {
      outside(folder);
      return overlay(name)(folder);
    },
  })),
  {
    name: 'a backing file that is a link to elsewhere',
    expected: 'reference.denied',
    make(folder) {
      symlinkSync(outside(folder), join(folder, 'base.raw'));
      return overlay('base.raw')(folder);
    },
  },
  {
    name: 'a backing file that is a pipe',
    expected: 'reference.denied',
    make(folder) {
      execFileSync('mkfifo', [join(folder, 'base.raw')]);
      return overlay('base.raw')(folder);
    },
  },
  {
    name: 'a pipe that nobody writes into',
    expected: 'input.invalid',
    make(folder) {
      const path = join(folder, 'image.raw');
      execFileSync('mkfifo', [path]);
      return path;
    },
  },
  {
    name: 'a backing file that is a folder',
    expected: 'reference.denied',
    make(folder) {
      mkdirSync(join(folder, 'base.raw'));
      return overlay('base.raw')(folder);
    },
  },
  {
    name: 'a backing file that is the image itself',
    expected: 'image.unsupported',
    make(folder) {
      const path = join(folder, 'image.qcow2');
      execFileSync('qemu-img', [
        'create',
        '-q',
        '-f',
        'qcow2',
        '-u',
        '-b',
        'image.qcow2',
        '-F',
        'qcow2',
        path,
        '1M',
      ]);
      return path;
    },
  },
  {
    name: 'a chain of a thousand images',
    expected: 'image.unsupported',
    make(folder) {
      const first = readFileSync(overlay('0001.qcow2')(folder));
      const at = first.indexOf('0001.qcow2');
      for (let number = 0; number < 1000; number++) {
        const image = Buffer.from(first);
        image.write(`${String(number + 1).padStart(4, '0')}.qcow2`, at);
        // The format of the backing file is a header extension: qcow2, so that the chain goes on.
        const extension = image.indexOf(Buffer.from('e2792aca', 'hex'));
        image.writeUInt32BE(5, extension + 4);
        image.write('qcow2\0\0\0', extension + 8);
        writeFileSync(join(folder, `${String(number).padStart(4, '0')}.qcow2`), image);
      }
      return join(folder, '0000.qcow2');
    },
  },
  {
    name: 'a qcow2 with an external data file elsewhere',
    expected: 'reference.denied',
    make(folder) {
      const path = join(folder, 'image.qcow2');
      const data = join(folder, 'data.raw');
      execFileSync('qemu-img', [
        'create',
        '-q',
        '-f',
        'qcow2',
        '-o',
        `data_file=${data},data_file_raw=on`,
        path,
        '1M',
      ]);
      return path;
    },
  },
  {
    name: 'a VMDK extent /dev/zero',
    expected: 'reference.denied',
    make: descriptor('RW 2048 FLAT "/dev/zero" 0'),
  },
  {
    name: 'a VMDK extent that climbs',
    expected: 'reference.denied',
    make: descriptor('RW 2048 FLAT "../secret.txt" 0'),
  },
  {
    name: 'a VMDK extent that is a pipe',
    expected: 'reference.denied',
    make(folder) {
      execFileSync('mkfifo', [join(folder, 'x-flat.vmdk')]);
      return descriptor('RW 2048 FLAT "x-flat.vmdk" 0')(folder);
    },
  },
  {
    name: 'a VMDK extent that is longer than its file',
    expected: 'image.truncated',
    make(folder) {
      writeFileSync(join(folder, 'x-flat.vmdk'), Buffer.alloc(512));
      return descriptor('RW 2048 FLAT "x-flat.vmdk" 0')(folder);
    },
  },
  {
    name: 'a VMDK descriptor of 40 MiB',
    expected: 'image.malformed',
    make(folder) {
      const path = descriptor('RW 2048 ZERO')(folder);
      writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(40 << 20, '# \n')]));
      return path;
    },
  },
  {
    name: 'a VMDK of a hundred thousand extents',
    expected: 'image.malformed',
    make: (folder) => descriptor(...Array.from({ length: 100_000 }, () => 'RW 1 ZERO'))(folder),
  },
  {
    name: 'a grain that claims 4 GiB',
    expected: 'image.malformed',
    make: (folder) =>
      vmdk(folder, (image) =>
        image.writeUInt32LE(0xffff_fff0, image.indexOf(Buffer.from([0x78]), 65_536) - 4),
      ),
  },
  {
    name: 'a qcow2 L1 table of 2³² entries',
    expected: 'image.malformed',
    make: (folder) => qcow2(folder, (image) => image.writeUInt32BE(0xffff_ffff, 36)),
  },
  {
    name: 'a qcow2 with clusters of 2⁶³ bytes',
    expected: 'image.malformed',
    make: (folder) => qcow2(folder, (image) => image.writeUInt32BE(63, 20)),
  },
  {
    name: 'a qcow2 of 2⁶³ bytes',
    expected: 'image.malformed',
    make: (folder) => qcow2(folder, (image) => image.writeBigUInt64BE(2n ** 63n, 24)),
  },
  {
    name: 'a qcow2 with an unknown incompatible feature',
    expected: 'image.unsupported',
    make: (folder) => qcow2(folder, (image) => image.writeBigUInt64BE(1n << 40n, 72)),
  },
  {
    name: 'a qcow2 whose L2 table maps itself',
    expected: null,
    make: (folder) =>
      qcow2(folder, (image) => {
        const l1 = Number(image.readBigUInt64BE(40));
        // The L1 table's own cluster serves as the L2 table: its first entry leads back to it.
        image.writeBigUInt64BE(BigInt(l1) | (1n << 63n), l1);
      }),
  },
  {
    name: 'a qcow2 with an L1 table past the end',
    expected: 'image.truncated',
    make: (folder) => qcow2(folder, (image) => image.writeBigUInt64BE(1n << 50n, 40)),
  },
  {
    name: 'a qcow2 with 2³² snapshots',
    expected: 'image.malformed',
    make: (folder) => qcow2(folder, (image) => image.writeUInt32BE(0xffff_ffff, 60)),
  },
  {
    name: 'an encrypted qcow2 without a passphrase',
    expected: 'image.encrypted',
    make: (folder) => qcow2(folder, (image) => image.writeUInt32BE(1, 32)),
  },
  {
    name: 'an OVA with a member that climbs',
    expected: 'package.unsafe-name',
    make(folder) {
      const path = join(folder, 'x.ova');
      const ovf =
        '<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"><References><File ovf:id="f" ovf:href="../../etc/passwd"/></References><DiskSection><Info/><Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="1"/></DiskSection><VirtualSystem ovf:id="v"><Info/></VirtualSystem></Envelope>';
      writeTar(path, [{ name: 'x.ovf', content: Buffer.from(ovf) }]);
      return path;
    },
  },
  {
    name: 'an OVF with entities',
    expected: 'package.malformed',
    make(folder) {
      const path = join(folder, 'x.ovf');
      writeFileSync(
        path,
        '<?xml version="1.0"?><!DOCTYPE Envelope [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1">&b;</Envelope>',
      );
      return path;
    },
  },
  {
    name: 'a gzip bomb of 2 GiB',
    expected: null,
    make(folder) {
      const path = join(folder, 'bomb.gz');
      const member = gzipSync(Buffer.alloc(64 << 20));
      writeFileSync(path, Buffer.concat(Array.from({ length: 32 }, () => member)));
      return path;
    },
  },
];
