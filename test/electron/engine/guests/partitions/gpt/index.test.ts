import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileChange } from '#engine/bytes/patch.ts';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { gpt } from '#engine/guests/partitions/gpt/index.ts';
import { gptTypes } from '#engine/guests/partitions/gpt/partition-kinds.ts';
import { moveBackupGpt, planGpt } from '#engine/guests/partitions/gpt/plan.ts';
import { probePartitions } from '#engine/guests/partitions/registry.ts';
import type { TableContent } from '#engine/guests/partitions/driver.ts';
import { Failure } from '#shared/failure.ts';
import { describeWith, toolPath } from '../../../../../setup/tools.ts';
import { noise } from '../../../pattern.ts';
import { scratchFolder } from '../../../scratch.ts';
import { emptyFile, run } from '../../filesystems/guest-tree.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const diskGuid = '11111111-2222-4333-8444-555555555555';
const uuid = (number: number): string => `AAAAAAAA-0000-4000-8000-00000000000${number}`;
const codes = (table: TableContent): string[] => table.warnings.map(({ code }) => code);

function readAt(path: string): TableContent {
  const disk = new FileSource(path);
  try {
    expect(probePartitions(disk)).toBe(gpt);
    return gpt.read(disk);
  } finally {
    disk.close();
  }
}

function apply(path: string, changes: readonly FileChange[], sizeBytes: number): void {
  const descriptor = openSync(path, 'r+');
  ftruncateSync(descriptor, sizeBytes);
  for (const { fileOffset, bytes } of changes) writeSync(descriptor, bytes, 0, bytes.length, fileOffset);
  closeSync(descriptor);
}

const wanted = [
  { lengthBytes: 2 << 20, type: gptTypes.biosBoot, uuid: uuid(1), name: 'boot', bootable: false },
  { lengthBytes: (9 << 20) + 100, type: gptTypes.linuxData, uuid: uuid(2), name: 'räum ∂', bootable: true },
];

function writePlan(name: string, sectorBytes = 512): string {
  const plan = planGpt(wanted, diskGuid, sectorBytes);
  apply(emptyFile(at(name), 0), plan.changes, plan.capacityBytes);
  return at(name);
}

describeWith(['sgdisk', 'parted'], 'GPT, with sgdisk and parted', () => {
  it('reads what sgdisk writes', () => {
    const path = emptyFile(at('sgdisk'), 64 << 20);
    const root = ['-n', '5:0:0', '-t', '5:8304', '-c', '5:the root', '-A', '5:set:2'];
    run('sgdisk', ['-U', diskGuid, '-n', '1:2048:+8M', '-t', '1:EF00', '-u', `1:${uuid(1)}`, ...root, path]);
    const table = readAt(path);
    expect(table).toMatchObject({ sectorBytes: 512, warnings: [] });
    expect(table.facts[0]).toEqual({ label: 'Disk GUID', value: diskGuid });
    expect(table.partitions).toMatchObject([
      { number: 1, start: 1 << 20, length: 8 << 20, typeTitle: 'EFI system', uuid: uuid(1).toLowerCase() },
      { number: 5, name: 'the root', typeTitle: 'Linux root (x86-64)', bootable: true },
    ]);
  });

  it('writes what sgdisk and parted find right', () => {
    const path = writePlan('planned');
    expect(run('sgdisk', ['-v', path])).toContain('No problems found');
    const shown = run('sgdisk', ['-i', '2', path]);
    expect(shown).toContain(`Partition unique GUID: ${uuid(2)}`);
    expect(shown).toContain("Partition name: 'räum ∂'");
    expect(run('parted', ['-s', '-m', path, 'unit', 'B', 'print'])).toMatch(/2:3145728B:12583423B:/);
    expect(readAt(path)).toMatchObject({
      partitions: [{ start: 1 << 20 }, { start: 3 << 20 }],
      warnings: [],
    });
    expect(Buffer.compare(readFileSync(writePlan('again')), readFileSync(path))).toBe(0);
  });

  it('recognises sectors of 4096 bytes by where the header lies', () => {
    const table = readAt(writePlan('4k', 4096));
    expect(table).toMatchObject({ sectorBytes: 4096, partitions: [{ start: 1 << 20 }, { start: 3 << 20 }] });
    expect(table.warnings).toEqual([]);
  });

  it.each([
    ['grown', 20 << 20],
    ['grown by one sector', (14 << 20) + 512],
    ['cut to what is needed', (13 << 20) + 512 * 34],
  ])('moves the backup of a disk that was %s', (name, sizeBytes) => {
    const path = writePlan(name);
    const before = new FileSource(path);
    const changes = moveBackupGpt(before, sizeBytes);
    before.close();
    apply(path, changes, sizeBytes);
    expect(run('sgdisk', ['-v', path])).toContain('No problems found');
    expect(readAt(path).warnings).toEqual([]);
    const after = new FileSource(path);
    expect(moveBackupGpt(after, sizeBytes)).toEqual([]);
    expect(() => moveBackupGpt(after, 12 << 20)).toThrow('input.invalid');
    after.close();
  });

  it('moves it as sgdisk -e does, whose result needs no change', () => {
    const path = emptyFile(at('moved by sgdisk'), 64 << 20);
    run('sgdisk', ['-n', '1:0:+8M', path]);
    apply(path, [], 100 << 20);
    expect(codes(readAt(path))).toEqual(['gpt.backup-misplaced']);
    const disk = new FileSource(path);
    const changes = moveBackupGpt(disk, 100 << 20);
    disk.close();
    writeFileSync(at('moved by us'), readFileSync(path));
    apply(at('moved by us'), changes, 100 << 20);
    run('sgdisk', ['-e', path]);
    const repaired = new FileSource(path);
    // sgdisk leaves the old backup where it was.
    const left = moveBackupGpt(repaired, 100 << 20).map(({ fileOffset }) => fileOffset);
    repaired.close();
    expect(left.filter((offset) => offset < 1 << 20)).toEqual([]);
    expect(run('sgdisk', ['-v', at('moved by us')])).toContain('No problems found');
  });

  it('warns of a hybrid MBR', () => {
    const path = emptyFile(at('hybrid'), 64 << 20);
    run('sgdisk', ['-n', '1:2048:+8M', '-h', '1', path]);
    const table = readAt(path);
    expect(codes(table)).toContain('gpt.hybrid-mbr');
    expect(table.partitions).toHaveLength(1);
  });

  it('reads the backup where the first copy is damaged, and says so', () => {
    const path = writePlan('damaged');
    apply(path, [{ fileOffset: 512 + 80, bytes: Uint8Array.of(77) }], 14 << 20);
    expect(codes(readAt(path))).toEqual(['gpt.primary-damaged']);
    const disk = new FileSource(path);
    const changes = moveBackupGpt(disk, 14 << 20);
    disk.close();
    apply(path, changes, 14 << 20);
    expect(run('sgdisk', ['-v', path])).toContain('No problems found');
  });

  it('warns of a damaged, missing, and cut-off backup, and of what follows it', () => {
    const backup = (14 << 20) - 512;
    const path = writePlan('backups');
    apply(path, [{ fileOffset: backup + 30, bytes: Uint8Array.of(77) }], 14 << 20);
    expect(codes(readAt(path))).toEqual(['gpt.backup-damaged']);
    apply(path, [{ fileOffset: backup, bytes: new Uint8Array(512) }], 14 << 20);
    expect(codes(readAt(path))).toEqual(['gpt.backup-missing']);
    apply(path, [], 10 << 20);
    expect(codes(readAt(path))).toEqual(['gpt.backup-past-end', 'partition.past-end']);
    expect(readAt(path).partitions.map(({ number }) => number)).toEqual([1]);
    const trailing = writePlan('trailing');
    apply(trailing, [{ fileOffset: 15 << 20, bytes: noise(600) }], 16 << 20);
    expect(codes(readAt(trailing))).toEqual(['gpt.backup-misplaced', 'disk.trailing-data']);
  });

  it('agrees with sgdisk that entries of other sizes are fine', () => {
    const path = emptyFile(at('many'), 64 << 20);
    run('sgdisk', ['-S', '512', '-n', '300:2048:+1M', path]);
    expect(readAt(path).partitions.map(({ number }) => number)).toEqual([300]);
    expect(execFileSync(toolPath('sgdisk')!, ['-v', path], { encoding: 'utf8' })).toContain('No problems');
  });
});

describe('a damaged GPT', () => {
  it('ends in an answer or a Failure', () => {
    const plan = planGpt(wanted, diskGuid);
    const whole = new Uint8Array(plan.capacityBytes);
    for (const { fileOffset, bytes } of plan.changes) whole.set(bytes, fileOffset);
    for (let round = 0; round < 60; round++) {
      const damaged = whole.slice();
      const places = new DataView(noise(64, round + 1).buffer);
      for (let index = 0; index < 4; index++) {
        damaged[446 + (places.getUint32(index * 4) % 800)] = places.getUint8(50 + index);
      }
      const disk = new MemorySource(damaged);
      try {
        probePartitions(disk)?.read(disk);
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'internal') throw error;
      }
    }
  });

  it('is refused where it is to be written with nonsense', () => {
    expect(() => planGpt([], diskGuid)).toThrow('input.invalid');
    expect(() => planGpt([{ ...wanted[0]!, uuid: 'x' }], diskGuid)).toThrow('input.invalid');
    expect(() => planGpt([{ ...wanted[0]!, name: 'n'.repeat(37) }], diskGuid)).toThrow('input.invalid');
  });
});
