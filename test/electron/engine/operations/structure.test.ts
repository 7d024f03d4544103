import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createImage } from '#engine/operations/create.ts';
import { checkImage, repairImage, undoRepair } from '#engine/operations/structure.ts';
import { describeWith } from '../../../setup/tools.ts';
import { qemuImg } from '../disks/image-files.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const raw = writeRawDisk(at('disk.raw'), 8 << 20, [{ at: 100_000, bytes: noise(3 << 20) }]);

/** qemu-img's own counts. */
function theirs(path: string): { leaks: number; corruptions: number } {
  const { stdout } = spawnSync('qemu-img', ['check', '--output=json', path], { encoding: 'utf8' });
  const { leaks = 0, corruptions = 0 } = JSON.parse(stdout) as { leaks?: number; corruptions?: number };
  return { leaks, corruptions };
}

function poke(path: string, fileOffset: number, bytes: readonly number[]): void {
  const file = openSync(path, 'r+');
  writeSync(file, Uint8Array.from(bytes), 0, bytes.length, fileOffset);
  closeSync(file);
}

/** A qcow2 with data, and the offset of its first refcount block and L1 table. */
function make(name: string): { path: string; refcounts: number; l1: number } {
  const path = at(name);
  qemuImg('convert', '-f', 'raw', '-O', 'qcow2', raw, path);
  const bytes = readFileSync(path);
  const table = Number(bytes.readBigUInt64BE(48));
  return { path, refcounts: Number(bytes.readBigUInt64BE(table)), l1: Number(bytes.readBigUInt64BE(40)) };
}

/** A cluster counted once more than it is used. */
function leak(name: string): string {
  const { path, refcounts } = make(name);
  poke(path, refcounts + 2 * 8, [0, 2]);
  return path;
}

/** A used cluster counted as free. */
function corrupt(name: string): string {
  const { path, refcounts } = make(name);
  poke(path, refcounts + 2 * 8, [0, 0]);
  poke(path, refcounts + 2 * 12, [0, 2]);
  return path;
}

describeWith('qemu-img', 'check and repair', () => {
  it('finds nothing in a sound image', () => {
    const { path } = make('sound.qcow2');
    const control = quietControl();
    expect(checkImage({ path }, control)).toMatchObject({ format: 'qcow2', corruptions: 0, leaks: 0 });
    expect(control.phases[0]).toMatchObject({ phase: 'checking', item: 'sound.qcow2' });
    const before = readFileSync(path);
    const result = repairImage({ path, scope: 'all' }, quietControl());
    expect(result).toMatchObject({ backupPath: null, summary: [] });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('counts and mends as qemu-img does, and undoes it', () => {
    for (const path of [leak('leak.qcow2'), corrupt('corrupt.qcow2')]) {
      const counts = theirs(path);
      expect(counts.leaks + counts.corruptions).toBeGreaterThan(0);
      expect(checkImage({ path }, quietControl())).toMatchObject({ ...counts, repairable: true });
      const before = readFileSync(path);
      const result = repairImage({ path, scope: 'all' }, quietControl());
      expect(result.before).toMatchObject(counts);
      expect(result.after).toMatchObject({ leaks: 0, corruptions: 0 });
      expect(result.summary.length).toBeGreaterThan(0);
      qemuImg('check', '-q', path);
      expect(qemuImg('compare', '-f', 'qcow2', '-F', 'raw', path, raw)).toContain('identical');
      undoRepair(path, result.backupPath!);
      expect(readFileSync(path).equals(before)).toBe(true);
    }
  });

  it('mends leaks only when only these are asked for', () => {
    const path = corrupt('both.qcow2');
    const { corruptions, leaks } = theirs(path);
    expect([corruptions, leaks].every((count) => count > 0)).toBe(true);
    const { after } = repairImage({ path, scope: 'leaks' }, quietControl());
    expect(after.leaks).toBe(0);
    // The flag of the leaked cluster is right again with its count; the cluster that counts as free is not touched.
    expect(after.corruptions).toBeGreaterThan(0);
    expect(after.corruptions).toBeLessThanOrEqual(corruptions);
    expect(theirs(path)).toEqual({ corruptions: after.corruptions, leaks: 0 });
  });

  it('keeps every backup, each under a name of its own', () => {
    const { path, refcounts } = make('twice.qcow2');
    const backups = [1, 2, 3].map(() => {
      poke(path, refcounts + 2 * 8, [0, 2]);
      return repairImage({ path, scope: 'all' }, quietControl()).backupPath!;
    });
    expect(new Set(backups).size).toBe(3);
    for (const backup of backups) expect(existsSync(backup)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith('twice'))).toHaveLength(4);
  });

  it('refuses what has no tables, and compressed files, which it can check', () => {
    expect(() => checkImage({ path: raw }, quietControl())).toThrow(/input\.invalid.*no structure to check/);
    expect(() => repairImage({ path: raw, scope: 'all' }, quietControl())).toThrow('input.invalid');
    const wrapped = at('leak.qcow2.gz');
    writeFileSync(wrapped, execFileSync('gzip', ['-c', leak('inner.qcow2')], { maxBuffer: 64 << 20 }));
    const before = readFileSync(wrapped);
    expect(checkImage({ path: wrapped }, quietControl())).toMatchObject({ format: 'qcow2', leaks: 1 });
    expect(() => repairImage({ path: wrapped, scope: 'all' }, quietControl())).toThrow(
      /input\.invalid.*compressed \(gzip\)/,
    );
    expect(readFileSync(wrapped).equals(before)).toBe(true);
    expect(() => checkImage({ path: at('nothing') }, quietControl())).toThrow('io.not-found');
  });

  it('writes nothing when cancelled', () => {
    const path = leak('cancelled.qcow2');
    const before = readFileSync(path);
    const control = quietControl();
    control.cancel();
    expect(() => repairImage({ path, scope: 'all' }, control)).toThrow('operation.cancelled');
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('checks an empty image of every format that has tables', () => {
    for (const format of ['qcow2', 'vmdk', 'vdi', 'vhd', 'vhdx']) {
      const path = at(`empty.${format}`);
      createImage({ outputPath: path, target: { format }, capacityBytes: 5 << 20 }, quietControl());
      expect(checkImage({ path }, quietControl())).toMatchObject({ format, corruptions: 0, leaks: 0 });
    }
  });
});
