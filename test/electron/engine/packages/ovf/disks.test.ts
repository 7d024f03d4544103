import { describe, expect, it } from 'vitest';
import { item, minimal } from '../../../../fixtures/packages/descriptors.ts';
import { openPackageOf } from '../../../../fixtures/packages/memory-container.ts';
import { failureOf } from '../../../../fixtures/packages/recording.ts';

describe('what a careful person wants to know', () => {
  const warningsOf = (
    parts: Parameters<typeof minimal>[0],
    files: Record<string, Uint8Array | string> = {},
  ) => openPackageOf(minimal(parts), files).info.warnings;
  const file = '<File ovf:id="f" ovf:href="d.vmdk"/>';
  const disk = '<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="1024"/>';

  it.each<[string, Parameters<typeof minimal>[0], Record<string, string>, string, RegExp]>([
    [
      'a file that is not there',
      { files: file, disks: disk },
      {},
      'package.file-missing',
      /d\.vmdk is not in the package/,
    ],
    [
      'a disk in no file',
      { disks: disk },
      {},
      'package.file-missing',
      /“f” that the descriptor does not list/,
    ],
    [
      'a wrong size',
      { files: file.replace('/>', ' ovf:size="9"/>'), disks: disk },
      { 'd.vmdk': 'vmdk' },
      'package.size-mismatch',
      /4 bytes long, although the descriptor says 9/,
    ],
    [
      'another format',
      { files: file, disks: disk.replace('/>', ' ovf:format="http://x/vmdk.html"/>') },
      { 'd.vmdk': 'qcow2' },
      'package.format-mismatch',
      /is qcow2, although the descriptor says vmdk/,
    ],
    [
      'a delta',
      {
        files: file,
        disks: disk.replace('/>', ' ovf:parentRef="base"/><Disk ovf:diskId="base" ovf:capacity="1024"/>'),
      },
      { 'd.vmdk': 'vmdk' },
      'package.delta-disk',
      /differs from the disk base/,
    ],
    [
      'more data than there is room for',
      { files: file, disks: disk.replace('/>', ' ovf:populatedSize="2048"/>') },
      { 'd.vmdk': 'vmdk' },
      'package.size-mismatch',
      /2048 bytes of d hold data, but also that it only has 1024/,
    ],
    [
      'VHD as VirtualBox calls it',
      {
        files: file,
        disks: disk.replace('/>', ' ovf:format="http://go.microsoft.com/fwlink/?LinkId=137171"/>'),
      },
      { 'd.vmdk': 'vmdk' },
      'package.format-mismatch',
      /is vmdk, although the descriptor says vhd/,
    ],
    [
      'a capacity in words',
      { files: file, disks: disk.replace('1024', 'big') },
      { 'd.vmdk': 'vmdk' },
      'package.unknown-quantity',
      /“big”/,
    ],
    [
      'a capacity of an unknown property',
      { files: file, disks: disk.replace('1024', `$${'{x}'}`) },
      { 'd.vmdk': 'vmdk' },
      'package.unknown-quantity',
      /x/,
    ],
    [
      'a capacity in unknown units',
      { files: file, disks: disk.replace('/>', ' ovf:capacityAllocationUnits="hertz"/>') },
      { 'd.vmdk': 'vmdk' },
      'package.unknown-quantity',
      /hertz/,
    ],
    [
      'a name that climbs',
      { files: file.replace('d.vmdk', '../d.vmdk'), disks: disk },
      {},
      'package.unsafe-name',
      /“\.\.\/d\.vmdk” is not opened: it climbs/,
    ],
    [
      'a URL',
      { files: file.replace('d.vmdk', 'http://x/d.vmdk'), disks: disk },
      {},
      'package.unsafe-name',
      /it is a URL/,
    ],
    [
      'an absolute name',
      { files: file.replace('d.vmdk', '/etc/passwd'), disks: disk },
      {},
      'package.unsafe-name',
      /it is absolute/,
    ],
    [
      'a compression that is not known',
      { files: file.replace('/>', ' ovf:compression="compress"/>'), disks: disk },
      { 'd.vmdk': '\x1f\x9d' },
      'image.unsupported',
      /compressed with compress/,
    ],
    [
      'two kinds of hardware',
      { after: '<VirtualHardwareSection><Info/></VirtualHardwareSection>' },
      {},
      'package.several-hardware',
      /2 kinds/,
    ],
    [
      'memory in pages',
      { items: item({ ResourceType: 4, VirtualQuantity: 1, AllocationUnits: 'page' }) },
      {},
      'package.unknown-quantity',
      /1 page/,
    ],
  ])('%s', (_, parts, files, code, message) => {
    const [warning, ...others] = warningsOf(parts, files);
    expect(warning?.code).toBe(code);
    expect(warning?.message).toMatch(message);
    expect(others).toEqual([]);
  });

  it('opening what is refused or missing says the same', () => {
    const text = minimal({
      files: file.replace('d.vmdk', '../d.vmdk') + '<File ovf:id="g" ovf:href="gone"/>',
      disks: disk,
    });
    const reader = openPackageOf(text);
    expect(reader.info.systems[0]!.disks).toMatchObject([
      { name: 'd.vmdk', file: '../d.vmdk', format: null },
    ]);
    expect(failureOf(() => reader.openFile('../d.vmdk'))).toMatchObject({
      code: 'package.unsafe-name',
      details: { name: '../d.vmdk', reason: 'it climbs out of the package' },
    });
    expect(failureOf(() => reader.openFile('gone'))).toMatchObject({
      code: 'package.file-missing',
      details: { file: 'gone' },
    });
    expect(failureOf(() => reader.openFile('never-heard-of')).code).toBe('package.file-missing');
  });

  it('of a hundred things, and no more', () => {
    const files = Array.from({ length: 300 }, (_, n) => `<File ovf:id="f${n}" ovf:href="gone-${n}"/>`);
    expect(warningsOf({ files: files.join('') })).toHaveLength(100);
  });
});
