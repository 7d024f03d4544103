// A disk that grows while it is read: its end, its tables, and what lies under it.
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grownSize } from '#engine/pipeline/grown-disk.ts';
import { openDisk } from '#engine/pipeline/open.ts';
import { DiskSource } from '#engine/guests/disk-source.ts';
import { readPartitionTable } from '#engine/guests/volumes.ts';
import { describeWith } from '../../../setup/tools.ts';
import { run } from '../operations/guest-files.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';

const mebibyte = 1 << 20;
const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const content = (path: string, unitBytes: number, leastBytes = 0): Buffer => {
  const disk = openDisk({ path, grown: { unitBytes, leastBytes } });
  const bytes = Buffer.alloc(disk.capacityBytes);
  disk.read(0, bytes);
  disk.close();
  return bytes;
};

it.each([
  [1, 512, 0, 512],
  [512, 512, 0, 512],
  [513, 512, 0, 1024],
  [5, 1, 0, 5],
  [1, mebibyte, 20 * mebibyte, 20 * mebibyte],
])('%i bytes in units of %i, at least %i, are %i', (bytes, unitBytes, leastBytes, expected) => {
  expect(grownSize(bytes, { unitBytes, leastBytes })).toBe(expected);
});

describe('a disk without a GPT', () => {
  it('ends in zeros', () => {
    const bytes = noise(mebibyte + 512, 4);
    writeFileSync(at('plain.raw'), bytes);
    const grown = content(at('plain.raw'), mebibyte);
    expect(grown.length).toBe(2 * mebibyte);
    expect(grown.subarray(0, bytes.length).equals(bytes)).toBe(true);
    expect(grown.subarray(bytes.length).every((byte) => byte === 0)).toBe(true);
    expect(() => content(at('plain.raw'), Number.MAX_SAFE_INTEGER - 1, 2 ** 53 - 1)).toThrow(/PiB|safe/);
  });
});

describeWith(['qemu-img', 'sgdisk'], 'a disk with a GPT', () => {
  const path = writeRawDisk(at('gpt.raw'), 8 * mebibyte + 1024, [
    { at: 2 * mebibyte, bytes: noise(4096, 2) },
  ]);
  run('sgdisk', '--clear', '--new=1:2048:+4M', path);

  it('has its backup at the new end, in any format, and its partitions where they were', () => {
    run('qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', '-c', path, at('gpt.qcow2'));
    const [raw, qcow2] = [content(path, mebibyte), content(at('gpt.qcow2'), mebibyte)];
    expect(raw.length).toBe(9 * mebibyte);
    expect(qcow2.equals(raw)).toBe(true);
    const partition = readFileSync(path).subarray(2 * mebibyte, 6 * mebibyte);
    expect(raw.subarray(2 * mebibyte, 6 * mebibyte).equals(partition)).toBe(true);
    const disk = new DiskSource(openDisk({ path, grown: { unitBytes: mebibyte, leastBytes: 0 } }));
    expect(readPartitionTable(disk).warnings).toEqual([]);
    disk.close();
  });

  it('is mended without growing where only the backup is wrong', () => {
    const grown = at('tail.raw');
    writeFileSync(grown, readFileSync(path));
    truncateSync(grown, 10 * mebibyte);
    writeFileSync(at('mended.raw'), content(grown, 1));
    expect(run('sgdisk', '-v', at('mended.raw')).toString()).toMatch(/No problems found/);
    // One that is right already stays what it is.
    expect(content(at('mended.raw'), 1).equals(readFileSync(at('mended.raw')))).toBe(true);
  });

  it('shows nothing of a parent that is larger than its child', () => {
    writeRawDisk(at('base.raw'), 4 * mebibyte, [{ at: 2 * mebibyte, bytes: noise(mebibyte, 9) }]);
    run(
      'qemu-img',
      'create',
      '-f',
      'qcow2',
      '-b',
      'base.raw',
      '-F',
      'raw',
      at('child.qcow2'),
      String(2 * mebibyte),
    );
    const grown = content(at('child.qcow2'), 4 * mebibyte);
    expect(grown.length).toBe(4 * mebibyte);
    expect(grown.subarray(2 * mebibyte).every((byte) => byte === 0)).toBe(true);
  });
});
