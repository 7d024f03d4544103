import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { FileSource } from '#engine/bytes/source.ts';
import { Disk } from '#engine/disks/chain.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { describeWith } from '../../../setup/tools.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const qemuImg = (...words: string[]): string =>
  execFileSync('qemu-img', words, { cwd: folder, encoding: 'utf8' });
const open = (name: string): Disk => Disk.open(new FileSource(at(name)), folderGate(at(name)));

function readAll(disk: Disk): Uint8Array {
  const bytes = new Uint8Array(disk.capacityBytes);
  disk.read(0, bytes);
  return bytes;
}

describeWith('qemu-img', 'a chain', () => {
  const [base, middle] = [noise(3 << 20, 1), noise(65536, 2)];

  it('shows each layer through the ones above, whatever their formats', () => {
    writeRawDisk(at('base.raw'), 4 << 20, [{ at: 0, bytes: base }]);
    qemuImg('create', '-q', '-f', 'qcow2', '-b', 'base.raw', '-F', 'raw', 'middle.qcow2', '6M');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', 'middle.qcow2', '-F', 'qcow2', 'top.qcow2');
    writeFileSync(at('piece'), middle);
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -s ${at('piece')} 1M 64k`, at('middle.qcow2')]);
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -z 2M 64k', at('top.qcow2')]);
    const disk = open('top.qcow2');
    const bytes = readAll(disk);
    qemuImg('convert', '-O', 'raw', 'top.qcow2', 'flat.raw');
    const flat = open('flat.raw');
    expect(Buffer.compare(bytes, readAll(flat))).toBe(0);
    expect(bytes.slice(1 << 20, (1 << 20) + 65536)).toEqual(middle);
    const states = [...disk.extents({ start: 0, length: disk.capacityBytes })];
    expect(states.map(({ start }) => start)[0]).toBe(0);
    expect(states.reduce((end, { start, length }) => (start === end ? end + length : Number.NaN), 0)).toBe(
      6 << 20,
    );
    expect(new Set(states.map(({ depth, state }) => `${state} ${depth}`))).toEqual(
      new Set(['stored 2', 'stored 1', 'zero 0', 'zero 2', 'absent 2']),
    );
    disk.close();
    flat.close();
  });

  it('takes a parent for the format that its child states, never for what the guest wrote into it', () => {
    qemuImg('create', '-q', '-f', 'qcow2', at('inner.qcow2'), '1M');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', 'inner.qcow2', '-F', 'raw', 'outer.qcow2', '1M');
    const disk = open('outer.qcow2');
    expect(disk.layers.map(({ driver }) => driver.id)).toEqual(['qcow2', 'raw']);
    disk.close();
  });

  it('ends in a failure where a chain comes back to itself', () => {
    qemuImg('create', '-q', '-f', 'qcow2', 'loop-a.qcow2', '1M');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', 'loop-a.qcow2', '-F', 'qcow2', 'loop-b.qcow2');
    qemuImg('rebase', '-u', '-f', 'qcow2', '-b', 'loop-b.qcow2', '-F', 'qcow2', 'loop-a.qcow2');
    expect(() => open('loop-a.qcow2')).toThrow('comes back');
  });

  it('says which parent is missing', () => {
    qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', 'gone.raw', '-F', 'raw', 'orphan.qcow2', '1M');
    expect(() => open('orphan.qcow2')).toThrow('image.parent-missing');
  });

  it('refuses a parent that leads out of the folder', () => {
    qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/passwd', '-F', 'raw', 'leak.qcow2', '1M');
    expect(() => open('leak.qcow2')).toThrow('reference.denied');
  });
});
