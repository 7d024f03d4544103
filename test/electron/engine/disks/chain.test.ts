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

  it.each(['qed', 'parallels'])('does not guess what a parent is that its child calls %s', (format) => {
    qemuImg('create', '-q', '-f', 'qcow2', at('inner.qcow2'), '1M');
    qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', 'inner.qcow2', '-F', format, 'outer.qcow2', '1M');
    expect(() => open('outer.qcow2')).toThrow(/image\.unsupported/);
  });

  it.each(['file', 'host_device'])('knows that qemu calls a raw parent %s, too', (format) => {
    qemuImg('create', '-q', '-f', 'qcow2', at('inner.qcow2'), '1M');
    qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', 'inner.qcow2', '-F', format, 'outer.qcow2', '1M');
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

  it('names every file that it reads', () => {
    qemuImg('create', '-q', '-f', 'vmdk', '-o', 'subformat=twoGbMaxExtentSparse', 'split.vmdk', '3G');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', 'split.vmdk', '-F', 'vmdk', 'over-split.qcow2');
    const disk = open('over-split.qcow2');
    expect(disk.files).toEqual(
      ['over-split.qcow2', 'split.vmdk', 'split-s001.vmdk', 'split-s002.vmdk'].map(at),
    );
    expect(disk.layers).toHaveLength(2);
    disk.close();
  });

  it('reads a snapshot of the image itself, over its parent as that is', () => {
    qemuImg('create', '-q', '-f', 'qcow2', 'under.qcow2', '1M');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', 'under.qcow2', '-F', 'qcow2', 'above.qcow2');
    qemuImg('snapshot', '-c', 'both', 'under.qcow2');
    qemuImg('snapshot', '-c', 'both', 'above.qcow2');
    for (const [name, at1, at2] of [
      ['above.qcow2', '0', '64k'],
      ['under.qcow2', '128k', '192k'],
    ] as const) {
      execFileSync('qemu-io', ['-c', `write -P 7 ${at1} 4k`, '-c', `write -P 8 ${at2} 4k`, at(name)]);
    }
    const disk = Disk.open(new FileSource(at('above.qcow2')), folderGate(at('above.qcow2')), null, {
      snapshot: 'both',
    });
    const bytes = readAll(disk);
    expect([0, 65_536, 131_072, 196_608].map((offset) => bytes[offset])).toEqual([0, 0, 7, 8]);
    disk.close();
  });

  it('refuses a parent that is not the one it was written over', () => {
    for (const name of ['parent', 'other']) qemuImg('create', '-q', '-f', 'vmdk', `${name}.vmdk`, '1M');
    qemuImg('create', '-q', '-f', 'vmdk', '-b', 'parent.vmdk', '-F', 'vmdk', 'child.vmdk');
    open('child.vmdk').close();
    execFileSync('qemu-io', ['-c', 'write -P 1 0 64k', at('parent.vmdk')]);
    expect(() => open('child.vmdk')).toThrow('image.parent-mismatch');
  });
});
