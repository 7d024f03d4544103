/** qcow2 images of many kinds, the places of their tables, and ways to break them: for the tests of check and repair. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prose, writeRawDisk } from '../../pattern.ts';

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const capacityBytes = 3 << 20;

/** Makes the images in `folder`, each with data, zeros and room left. */
export function makeSamples(folder: string): Sample[] {
  const at = (name: string): string => join(folder, name);
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const io = (name: string, ...commands: string[]): string =>
    run('qemu-io', '-f', 'qcow2', ...commands.flatMap((command) => ['-c', command]), name);
  writeRawDisk(at('disk.raw'), capacityBytes, [
    { at: 0, bytes: prose(300_000, 1) },
    { at: 1 << 20, bytes: prose(200_000, 2) },
  ]);
  const convert = (name: string, options: string, ...flags: string[]): void =>
    void run('qemu-img', 'convert', ...flags, '-O', 'qcow2', '-o', options, 'disk.raw', name);
  const samples: Sample[] = [];
  const add = (name: string): void =>
    void samples.push({ name, bytes: new Uint8Array(readFileSync(at(name))) });

  convert('plain', 'cluster_size=64k');
  add('plain');
  convert('small', 'cluster_size=512,refcount_bits=8');
  io('small', 'write -z 1M 8k', 'discard 4k 8k');
  add('small');
  convert('wide', 'cluster_size=4k,refcount_bits=64');
  add('wide');
  convert('narrow', 'cluster_size=2k,refcount_bits=1');
  add('narrow');
  convert('old', 'compat=0.10,cluster_size=4k');
  add('old');
  convert('packed', 'cluster_size=16k', '-c');
  add('packed');
  convert('sub', 'cluster_size=16k,extended_l2=on');
  io('sub', 'write -P 3 2M 600', 'write -z 100k 5k', 'discard 200k 3k');
  add('sub');
  convert('snapped', 'cluster_size=4k');
  run('qemu-img', 'snapshot', '-c', 'one', 'snapped');
  io('snapped', 'write -P 1 0 20k', 'write -z 1M 64k');
  run('qemu-img', 'snapshot', '-c', 'two', 'snapped');
  io('snapped', 'write -P 2 8k 4k');
  run('qemu-img', 'bitmap', '--add', '-g', '4k', 'snapped', 'nightly');
  io('snapped', 'write -P 2 2M 40k');
  add('snapped');
  run('qemu-img', 'create', '-q', '-f', 'qcow2', '-o', 'data_file=guest.data', 'outside', `${capacityBytes}`);
  run('qemu-img', 'convert', '-n', '-O', 'qcow2', 'disk.raw', 'outside');
  add('outside');
  copyFileSync(at('guest.data'), at('kept.data'));
  return samples;
}

/** A table of entries of 64 bits. */
export interface Table {
  readonly kind: 'L1' | 'L2' | 'refcount table' | 'refcount block';
  readonly at: number;
  readonly lengthBytes: number;
}

/** Where the tables of an undamaged image lie. */
export function tablesOf(image: Uint8Array): Table[] {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const clusterBytes = 2 ** view.getUint32(20);
  const l1Size = view.getUint32(36);
  const l1At = Number(view.getBigUint64(40));
  const refcountTableAt = Number(view.getBigUint64(48));
  const tables: Table[] = [
    { kind: 'L1', at: l1At, lengthBytes: l1Size * 8 },
    { kind: 'refcount table', at: refcountTableAt, lengthBytes: Math.min(clusterBytes, 64) },
  ];
  for (let index = 0; index < l1Size; index++) {
    const at = Number(view.getBigUint64(l1At + index * 8) & 0xfffffffffffe00n);
    if (at !== 0) tables.push({ kind: 'L2', at, lengthBytes: clusterBytes });
  }
  for (let index = 0; index < 8; index++) {
    const at = Number(view.getBigUint64(refcountTableAt + index * 8));
    if (at !== 0) tables.push({ kind: 'refcount block', at, lengthBytes: clusterBytes });
  }
  return tables;
}

/**
 * Damages one or two entries of the tables of `image`: a bit, a zero, another entry, or any cluster. In words, what was
 * done. With `apart`, entries of the disk come to lead to data only: of tables read as data there is no right answer.
 */
export function breakImage(image: Uint8Array, random: (below: number) => number, apart = false): string {
  const tables = tablesOf(image);
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const clusterBytes = 2 ** view.getUint32(20);
  const entryIn = ({ at, lengthBytes }: Table): number => at + random(Math.min(lengthBytes, 400) / 8) * 8;
  const done: string[] = [];
  for (let count = 1 + random(2); count > 0; count--) {
    const table = tables[random(tables.length)]!;
    const at = entryIn(table);
    const kind = random(4);
    if (kind === 0) {
      const bit = random(64);
      image[at + (bit >> 3)]! ^= 1 << (bit & 7);
    } else if (kind === 1) view.setBigUint64(at, 0n);
    else if (kind === 2 || apart) {
      const sources = apart ? tables.filter((source) => source.kind === table.kind) : tables;
      view.setBigUint64(at, view.getBigUint64(entryIn(sources[random(sources.length)]!)));
    } else {
      const cluster = random(image.length / clusterBytes + 3);
      view.setBigUint64(at, (BigInt(random(4)) << 62n) | BigInt(cluster * clusterBytes));
    }
    done.push(`${table.kind} at ${at}: ${['bit', 'zero', 'copy', 'cluster'][kind]}`);
  }
  return done.join(', ');
}

/** Numbers below a bound, the same for the same seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}
