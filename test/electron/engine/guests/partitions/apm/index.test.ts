import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { apm } from '#engine/guests/partitions/apm/index.ts';
import { probePartitions } from '#engine/guests/partitions/registry.ts';
import { describeWith } from '../../../../../setup/tools.ts';
import { scratchFolder } from '../../../scratch.ts';
import { emptyFile, run } from '../../filesystems/guest-tree.ts';

const folder = scratchFolder();

describeWith('parted', 'Apple partition map, with parted', () => {
  it('reads what parted writes', () => {
    const path = emptyFile(join(folder, 'mac'), 64 << 20);
    run('parted', ['-s', path, 'mklabel', 'mac', 'mkpart', 'data', 'hfs+', '1MiB', '30MiB']);
    const disk = new FileSource(path);
    expect(probePartitions(disk)).toBe(apm);
    const { partitions, sectorBytes, warnings } = apm.read(disk);
    expect([sectorBytes, warnings]).toEqual([512, []]);
    const data = partitions.find(({ name }) => name === 'data');
    expect(data).toMatchObject({
      start: 1 << 20,
      length: 29 << 20,
      type: 'Apple_HFS',
      typeTitle: 'HFS or HFS+',
    });
    const shown = run('parted', ['-s', '-m', path, 'unit', 'B', 'print']);
    expect(shown).toContain(`${data!.number}:1048576B:31457279B`);
    disk.close();
  });
});

describe('Apple partition map', () => {
  const mapOf = (entryCount: number): Uint8Array => {
    const bytes = new Uint8Array(4096);
    bytes.set([0x45, 0x52, 2, 0]);
    bytes.set([0x50, 0x4d, 0, 0], 512);
    new DataView(bytes.buffer).setUint32(516, entryCount);
    new DataView(bytes.buffer).setUint32(524, 1);
    return bytes;
  };

  it('bounds what it promises', () => {
    expect(() => apm.read(new MemorySource(mapOf(0xffffffff)))).toThrow('image.malformed');
    const cutOff = apm.read(new MemorySource(mapOf(5)));
    expect(cutOff.warnings.map(({ code }) => code)).toEqual(['apm.cut-off']);
    expect(cutOff.partitions).toHaveLength(1);
    expect(apm.probe(new MemorySource(new Uint8Array(10)))).toBe('no');
    expect(() => apm.read(new MemorySource(new Uint8Array(1024)))).toThrow('image.malformed');
  });
});
