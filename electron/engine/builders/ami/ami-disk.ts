/** The builder of a disk from an AMI set: the bare file system becomes the first partition of a disk with a partition table. */
import { createHash } from 'node:crypto';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { VolumeInfo } from '#shared/domain/guest.ts';
import type { Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { DiskSource } from '../../guests/disk-source.ts';
import { gptTypes } from '../../guests/partitions/gpt/partition-kinds.ts';
import { planGpt } from '../../guests/partitions/gpt/plan.ts';
import { planMbr } from '../../guests/partitions/mbr/plan.ts';
import { openDisk, sourceName } from '../../pipeline/open.ts';
import type { Builder, Member } from '../driver.ts';
import { PlainImage } from './image-writing.ts';
import { partitionedSource, type DiskLayout } from './partitioned-source.ts';
import { recogniseMachineImage } from './machine-image.ts';
import { readSetInputs, type SetInputs } from './set-inputs.ts';

const linux = 0x83;

export const amiDisk: Builder<'ami-disk'> = {
  id: 'ami-disk',
  title: inEnglish('Disk from an AMI set'),
  help: inEnglish(
    'A whole disk whose first partition is the image. It holds no boot loader: boot it with the kernel and ramdisk of the set, or install GRUB in it.',
  ),
  extensions: ['img', 'raw', 'qcow2'],
  inputs: { kind: 'files', minimum: 1, maximum: 3 },
  fields: [
    {
      name: 'table',
      type: 'choice',
      title: inEnglish('Partition table'),
      help: inEnglish(
        'An MBR leaves GRUB its usual room before the partition; in a GPT, GRUB needs a BIOS boot partition, for which sectors 34 to 2047 are free.',
      ),
      default: 'mbr',
      choices: ['mbr', 'gpt'],
      titles: { mbr: 'MBR', gpt: 'GPT' },
    },
    {
      name: 'format',
      type: 'choice',
      title: inEnglish('Format'),
      help: inEnglish('What the disk is written as.'),
      default: 'raw',
      choices: ['raw', 'qcow2'],
      titles: { raw: inEnglish('Raw'), qcow2: 'QCOW2' },
    },
  ],
  assemble(inputs, fields, outputName, control) {
    const set = readSetInputs(inputs);
    const { layout, volume } = planLayout(set.image, String(fields['table']));
    const open = (): ByteSource => partitionedSource(new DiskSource(openDisk(set.image)), layout);
    const member: Member =
      fields['format'] === 'qcow2'
        ? qcow2Member(outputName, open, control)
        : { name: outputName, kind: 'copy', sizeBytes: layout.capacityBytes, open };
    return {
      enclosure: 'none',
      members: [member],
      warnings: [...set.warnings, ...bootWarnings(set, volume)],
      close: () => {},
    };
  },
};

/** @throws Failure `input.invalid` when the image is no bare file system: it would lie in a partition of itself. */
function planLayout(image: SourceReference, table: string): { layout: DiskLayout; volume: VolumeInfo } {
  const disk = new DiskSource(openDisk(image));
  try {
    const volume = recogniseMachineImage(disk);
    if (volume === null) {
      throw new Failure('input.invalid', {
        problem: inEnglish(
          '{image} is no bare file system of Linux: it has a partition table already, or nothing that can be told',
          { image: sourceName(image) },
        ),
      });
    }
    const id = identifierOf(volume, disk.sizeBytes, table);
    const lengthBytes = disk.sizeBytes;
    const name = 'root';
    const plan =
      table === 'gpt'
        ? planGpt(
            [{ lengthBytes, type: gptTypes.linuxData, uuid: id('partition'), name, bootable: true }],
            id('disk'),
          )
        : planMbr(
            [{ lengthBytes, type: linux, bootable: true }],
            Number.parseInt(id('disk').slice(0, 8), 16),
          );
    const { capacityBytes, changes, partitions } = plan;
    return { layout: { capacityBytes, partition: partitions[0]!, changes }, volume };
  } finally {
    disk.close();
  }
}

/** UUIDs (version 8) that follow from the file system's own: the same set gives the same disk. */
function identifierOf(volume: VolumeInfo, sizeBytes: number, table: string): (purpose: string) => string {
  return (purpose) => {
    const hash = createHash('sha256');
    hash.update(
      JSON.stringify(['ami-disk', volume.fileSystem, volume.uuid, volume.label, sizeBytes, table, purpose]),
    );
    const bytes = hash.digest().subarray(0, 16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x80;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  };
}

function qcow2Member(
  name: string,
  open: () => ByteSource,
  control: Parameters<Builder['assemble']>[3],
): Member {
  const counted = open();
  let image: PlainImage;
  try {
    image = new PlainImage(counted, 'qcow2', control);
  } finally {
    counted.close();
  }
  return {
    name,
    kind: 'stream',
    sizeBytes: image.sizeBytes,
    write(sink, progress) {
      const source = open();
      try {
        image.write(source, sink, progress);
      } finally {
        source.close();
      }
    },
  };
}

function bootWarnings({ kernel, ramdisk }: SetInputs, volume: VolumeInfo): Warning[] {
  const root = volume.label !== null && volume.label !== '' ? `LABEL=${volume.label}` : '/dev/vda1';
  const direct =
    kernel === null
      ? 'There is no kernel in the set: GRUB has to be installed in the disk before it boots.'
      : `To boot it, give the kernel ${sourceName(kernel)}${ramdisk === null ? '' : ` and the ramdisk ${sourceName(ramdisk)}`} to the hypervisor beside the disk, with root=${root}; or install GRUB in the disk.`;
  return [
    {
      code: 'ami.no-boot-loader',
      message: inEnglish('The disk does not boot by itself. {direct}', { direct }),
    },
  ];
}
