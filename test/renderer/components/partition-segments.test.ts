/** The bar of partitions: ascending, with the free room between, and without what is alignment only. */
import { expect, it } from 'vitest';
import type { Partition, PartitionTable, VolumeInfo } from '#shared/domain/guest.ts';
import { partitionSegments } from '../../../renderer/components/partition-segments.ts';

const mebibyte = 2 ** 20;
const ext4: VolumeInfo = { fileSystem: 'ext4', title: 'ext4', label: 'root', uuid: null, browsable: true };
const partition = (number: number, start: number, length: number, volume: VolumeInfo | null): Partition => ({
  number,
  start: start * mebibyte,
  length: length * mebibyte,
  type: '0x83',
  typeTitle: 'Linux',
  name: null,
  uuid: null,
  bootable: false,
  volume,
});
const table = (partitions: readonly Partition[], wholeDisk: VolumeInfo | null = null): PartitionTable => ({
  scheme: 'mbr',
  sectorBytes: 512,
  partitions,
  wholeDisk,
  facts: [],
  warnings: [],
});

it('puts free room where there is some', () => {
  const partitions = [partition(2, 60, 40, null), partition(1, 1, 39, ext4)];
  const segments = partitionSegments(table(partitions), 128 * mebibyte);
  expect(segments.map(({ title, length }) => [title, length / mebibyte])).toEqual([
    ['1 Linux', 39],
    ['Free', 20],
    ['2 Linux', 40],
    ['Free', 28],
  ]);
  expect(segments[0]).toMatchObject({ holds: 'ext4, “root”', fileSystem: 'ext4', share: 39 / 128 });
});

it('shows a disk without a table as one volume', () => {
  expect(partitionSegments(table([], ext4), mebibyte)).toEqual([
    {
      key: 'whole',
      title: 'Whole disk',
      holds: 'ext4, “root”',
      isFree: false,
      fileSystem: 'ext4',
      length: mebibyte,
      share: 1,
    },
  ]);
});

it('shows the rest behind an extended partition once, where partitions lie in each other', () => {
  const partitions = [partition(1, 1, 50, null), partition(2, 51, 49, null), partition(5, 52, 20, ext4)];
  const segments = partitionSegments(table(partitions), 100 * mebibyte);
  expect(segments.map(({ title }) => title)).toEqual(['1 Linux', '2 Linux', '5 Linux']);
});
