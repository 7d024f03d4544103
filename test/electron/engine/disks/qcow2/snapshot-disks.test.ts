// Internal snapshots read as disks of their own: with their own tables and sizes, to the bytes that qemu-img reads.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import { Failure } from '#shared/failure.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { prose, writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { noReferences } from '../image-files.ts';
import { readWhole } from './whole-disk.ts';

// Programs are run; a machine with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

function read(name: string, snapshot?: string): Uint8Array {
  const reader = qcow2.open(
    new FileSource(at(name)),
    folderGate(at(name)),
    snapshot === undefined ? {} : { snapshot },
  );
  try {
    return readWhole(reader);
  } finally {
    reader.close();
  }
}

/** What qemu-img reads of a snapshot. */
function judged(name: string, snapshot: string): Buffer {
  run('qemu-img', 'convert', '-l', `snapshot.name=${snapshot}`, '-O', 'raw', name, 'judge.raw');
  return readFileSync(at('judge.raw'));
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'read';
}

describeWith(['qemu-img', 'qemu-io'], 'internal snapshots', () => {
  writeRawDisk(at('disk.raw'), 3 << 20, [
    { at: 0, bytes: prose(700_000, 1) },
    { at: 2 << 20, bytes: prose(300_000, 2) },
  ]);

  it.each([
    'cluster_size=64k',
    'cluster_size=512',
    'compat=0.10,cluster_size=4k',
    'extended_l2=on,cluster_size=16k',
  ])('%s', (options) => {
    run('qemu-img', 'convert', '-O', 'qcow2', '-o', options, 'disk.raw', 'snapped.qcow2');
    const kept = new Map<string, Uint8Array>();
    for (const [index, name] of ['first', 'second', '1'].entries()) {
      kept.set(name, read('snapped.qcow2'));
      run('qemu-img', 'snapshot', '-c', name, 'snapped.qcow2');
      const commands = [`write -P ${index + 1} ${index * 200_000} 150000`, `write -z ${index * 100}k 40k`];
      run('qemu-io', '-f', 'qcow2', ...commands.flatMap((command) => ['-c', command]), 'snapped.qcow2');
    }
    for (const name of ['first', 'second']) {
      expect(Buffer.compare(read('snapped.qcow2', name), judged('snapped.qcow2', name))).toBe(0);
      expect(Buffer.compare(read('snapped.qcow2', name), kept.get(name)!)).toBe(0);
    }
    // The id of the first is the name of the third: ids come first.
    expect(Buffer.compare(read('snapped.qcow2', '1'), kept.get('first')!)).toBe(0);
    expect(Buffer.compare(read('snapped.qcow2', '3'), kept.get('1')!)).toBe(0);
    expect(codeOf(() => read('snapped.qcow2', 'fourth'))).toBe('input.invalid');
  });

  it('have the size that the disk had', () => {
    run('qemu-img', 'convert', '-O', 'qcow2', '-o', 'cluster_size=512', 'disk.raw', 'grown.qcow2');
    run('qemu-img', 'snapshot', '-c', 'small', 'grown.qcow2');
    run('qemu-img', 'resize', '-q', 'grown.qcow2', '60M');
    run('qemu-io', '-f', 'qcow2', '-c', 'write -P 1 0 3M', '-c', 'write -P 2 50M 1M', 'grown.qcow2');
    expect(Buffer.compare(read('grown.qcow2', 'small'), readFileSync(at('disk.raw')))).toBe(0);
  });

  it('with tables that are nowhere, or too small, end in a Failure', () => {
    run('qemu-img', 'convert', '-O', 'qcow2', 'disk.raw', 'odd.qcow2');
    run('qemu-img', 'snapshot', '-c', 'one', 'odd.qcow2');
    const image = readFileSync(at('odd.qcow2'));
    const entryAt = Number(image.readBigUInt64BE(64));
    const outcome = (change: (bytes: Buffer) => void): string => {
      const bytes = Buffer.from(image);
      change(bytes);
      return codeOf(() => readWhole(qcow2.open(new MemorySource(bytes), noReferences, { snapshot: 'one' })));
    };
    expect(outcome(() => {})).toBe('read');
    expect(outcome((bytes) => bytes.writeBigUInt64BE(1n << 40n, entryAt))).toBe('image.truncated');
    expect(outcome((bytes) => bytes.writeBigUInt64BE(77n, entryAt))).toBe('image.malformed');
    expect(outcome((bytes) => bytes.writeBigUInt64BE(0n, entryAt))).toBe('image.malformed');
    expect(outcome((bytes) => bytes.writeUInt32BE(0, entryAt + 8))).toBe('image.malformed');
    expect(outcome((bytes) => bytes.writeUInt32BE(0xffffffff, entryAt + 8))).toBe('image.malformed');
    expect(outcome((bytes) => bytes.writeBigUInt64BE(1n << 60n, entryAt + 48))).toMatch(/^image\./);
  });
});
