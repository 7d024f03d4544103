import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { encodeBootRecord, type BootRecordEntry } from '#engine/guests/partitions/boot-record.ts';
import { mbr } from '#engine/guests/partitions/mbr/index.ts';
import { planMbr } from '#engine/guests/partitions/mbr/plan.ts';
import { probePartitions } from '#engine/guests/partitions/registry.ts';
import { describeWith } from '../../../../../setup/tools.ts';
import { writeRawDisk } from '../../../pattern.ts';
import { scratchFolder } from '../../../scratch.ts';
import { emptyFile, run } from '../../filesystems/guest-tree.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);

const entry = (type: number, startingLba: number, sizeInLba: number, bootIndicator = 0): BootRecordEntry => ({
  bootIndicator,
  type,
  startingLba,
  sizeInLba,
});

function diskOf(records: Readonly<Record<number, readonly BootRecordEntry[]>>, sectors = 4096): MemorySource {
  const bytes = new Uint8Array(sectors * 512);
  for (const [sector, entries] of Object.entries(records)) {
    bytes.set(encodeBootRecord({ diskSignature: 0x1234abcd, entries }), Number(sector) * 512);
  }
  return new MemorySource(bytes);
}

const codesOf = (disk: MemorySource): string[] => mbr.read(disk).warnings.map(({ code }) => code);

describeWith('parted', 'MBR, with parted', () => {
  it('reads primary and logical partitions as parted writes them', () => {
    const path = emptyFile(at('parted'), 64 << 20);
    const make = (kind: string, from: number, to: number) => ['mkpart', kind, `${from}MiB`, `${to}MiB`];
    run('parted', ['-s', path, 'mklabel', 'msdos', ...make('primary', 1, 9), 'set', '1', 'boot', 'on']);
    run('parted', [
      '-s',
      path,
      ...make('extended', 10, 60),
      ...make('logical', 11, 20),
      ...make('logical', 21, 59),
    ]);
    const disk = new FileSource(path);
    expect(probePartitions(disk)).toBe(mbr);
    const { partitions, warnings, sectorBytes } = mbr.read(disk);
    expect([sectorBytes, warnings]).toEqual([512, []]);
    const lines = partitions.map(({ number, start, length }) => `${number}:${start}B:${start + length - 1}B`);
    const shown = run('parted', ['-s', '-m', path, 'unit', 'B', 'print']).split('\n').slice(2);
    expect(lines).toEqual(shown.filter(Boolean).map((line) => line.split(':').slice(0, 3).join(':')));
    expect(partitions[0]).toMatchObject({ type: '0x83', typeTitle: 'Linux', bootable: true });
    expect(partitions[2]!.uuid).toMatch(/^[0-9a-f]{8}-05$/);
    disk.close();
  });

  it('writes what parted reads', () => {
    const plan = planMbr(
      [
        { lengthBytes: 3_000_000, type: 0x83, bootable: true },
        { lengthBytes: 1 << 20, type: 0x82, bootable: false },
      ],
      0xdeadbeef,
    );
    const path = writeRawDisk(at('planned'), plan.capacityBytes, [{ at: 0, bytes: plan.changes[0]!.bytes }]);
    const shown = run('parted', ['-s', '-m', path, 'unit', 'B', 'print']);
    expect(shown).toMatch(/1:1048576B:4048895B:3000320B:.*boot/);
    expect(shown).toMatch(/2:4194304B:5242879B:1048576B/);
    expect(() => planMbr([], 1)).toThrow('input.invalid');
    expect(() => planMbr([{ lengthBytes: 3e12, type: 0x83, bootable: false }], 1)).toThrow('input.invalid');
  });
});

describe('MBR', () => {
  it('ends a chain that loops, breaks off, or leaves its partition', () => {
    const extended = { 0: [entry(0x05, 100, 1000)] };
    const loop = diskOf({
      ...extended,
      100: [entry(0x83, 1, 9), entry(5, 50, 10)],
      150: [entry(0, 0, 0), entry(5, 50, 9)],
    });
    expect(codesOf(loop)).toEqual(['mbr.broken-chain']);
    expect(mbr.read(loop).partitions.map(({ number }) => number)).toEqual([1, 5]);
    expect(codesOf(diskOf({ ...extended, 100: [entry(0x83, 1, 9), entry(5, 50, 10)] }))).toEqual([
      'mbr.broken-chain',
    ]);
    expect(codesOf(diskOf({ ...extended, 100: [entry(0x83, 1, 9), entry(5, 2000, 10)] }))).toEqual([
      'mbr.broken-chain',
    ]);
  });

  it('leaves out what lies past the end, and warns of what overlaps', () => {
    const past = diskOf({ 0: [entry(0x83, 100, 200), entry(0x83, 4000, 97)] });
    expect(codesOf(past)).toEqual(['partition.past-end']);
    expect(mbr.read(past).partitions).toHaveLength(1);
    expect(codesOf(diskOf({ 0: [entry(0x83, 100, 200), entry(0x83, 299, 10)] }))).toEqual([
      'partition.overlap',
    ]);
  });

  it('warns of what clouds refuse', () => {
    expect(codesOf(diskOf({ 0: [] }))).toEqual(['mbr.no-partitions']);
    expect(codesOf(diskOf({ 0: [entry(0xee, 1, 4095)] }))).toEqual(['mbr.gpt-missing']);
    expect(codesOf(diskOf({ 0: [entry(0x83, 9, 9, 0x80), entry(0x83, 99, 9, 0x80)] }))).toEqual([
      'mbr.several-active',
    ]);
  });

  it('is not where a boot indicator has another value, or where there is no mark', () => {
    expect(mbr.probe(diskOf({ 0: [entry(0x83, 100, 200, 0x7f)] }))).toBe('no');
    expect(mbr.probe(new MemorySource(new Uint8Array(1024)))).toBe('no');
    expect(mbr.probe(new MemorySource(new Uint8Array(100)))).toBe('no');
    expect(() => mbr.read(new MemorySource(new Uint8Array(1024)))).toThrow('image.malformed');
  });
});
