/** The builder of an AMI set: the root partition of a disk as a bare file system, with the kernel and the ramdisk out of its /boot. */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { findBootFiles, type BootFiles } from '../../guests/boot-files.ts';
import { DiskSource } from '../../guests/disk-source.ts';
import { findRootVolume } from '../../guests/root-volume.ts';
import { openDisk, sourceName } from '../../pipeline/open.ts';
import type { Builder, Member } from '../driver.ts';
import { recogniseMachineImage } from './machine-image.ts';
import { nameField } from './set-inputs.ts';
import { copyMember, imageMember, setName, setNames } from './set-members.ts';

export const ami: Builder<'ami'> = {
  id: 'ami',
  title: inEnglish('AMI set (image, kernel, ramdisk)'),
  help: inEnglish(
    'The root partition of a disk as a bare file system, with the kernel and the ramdisk that it boots, in a folder.',
  ),
  extensions: [],
  inputs: { kind: 'disks', minimum: 1, maximum: 1 },
  fields: [
    nameField,
    {
      name: 'bootFiles',
      type: 'boolean',
      title: inEnglish('Kernel and ramdisk'),
      help: inEnglish('Take both out of /boot; off for an image whose kernel is given elsewhere.'),
      default: true,
    },
  ],
  assemble(inputs, fields, outputName) {
    const [input] = inputs as readonly [SourceReference];
    const name = setName(String(fields[nameField.name]), outputName);
    const disk = new DiskSource(openDisk(input));
    try {
      const boot = fields['bootFiles'] === false ? null : findBootFiles(disk);
      const root = boot === null ? rootOf(disk, input) : { span: boot.root, partition: boot.rootPartition };
      const image = root.partition === null ? input : { ...input, volume: within(input, root.span) };
      const files = boot === null ? [] : bootMembers(name, boot);
      return {
        enclosure: 'folder',
        members: [imageMember(name, image), ...files],
        warnings: warningsOf(fields['bootFiles'] !== false, boot),
        close: () => disk.close(),
      };
    } catch (error) {
      disk.close();
      throw error;
    }
  },
};

/** The root of a disk that has no kernel: a Linux tree, else the bare file system that the disk is. @throws Failure `input.invalid`. */
function rootOf(
  disk: DiskSource,
  input: SourceReference,
): { readonly span: Span; readonly partition: number | null } {
  const root = findRootVolume(disk);
  if (root !== null) return { span: root, partition: root.partitionNumber };
  if (recogniseMachineImage(disk) !== null) {
    return { span: { start: 0, length: disk.sizeBytes }, partition: null };
  }
  throw new Failure('input.invalid', {
    problem: inEnglish('{input} has no partition with a Linux system that Platter can read', {
      input: sourceName(input),
    }),
  });
}

/** The span in the disk's own bytes, where the input is a part of it already. */
function within({ volume }: SourceReference, { start, length }: Span): Span {
  return { start: start + (volume?.start ?? 0), length };
}

/** Both stay readable until the disk is closed, with the assembly. */
function bootMembers(name: string, { kernel, ramdisk }: BootFiles): Member[] {
  return [
    copyMember(setNames.kernel(name), () => kernel.open()),
    ...(ramdisk === null ? [] : [copyMember(setNames.ramdisk(name), () => ramdisk.open())]),
  ];
}

function warningsOf(wanted: boolean, boot: BootFiles | null): Warning[] {
  if (boot === null) {
    if (!wanted) return [];
    const message = inEnglish(
      'There is no kernel in the /boot of the disk: the set has an image only, and needs a kernel from elsewhere.',
    );
    return [{ code: 'ami.no-kernel', message }];
  }
  const warnings: Warning[] = [];
  if (boot.ramdisk === null) {
    const message = inEnglish('No ramdisk was found for {path}: the kernel has to find its root by itself.', {
      path: boot.kernel.path,
    });
    warnings.push({ code: 'ami.no-ramdisk', message });
  }
  if (boot.commandLine !== null) {
    const message = inEnglish(
      'The disk boots its kernel with “{commandLine}”; without a partition, root= has to name the whole disk (root=/dev/vda) or its label.',
      { commandLine: boot.commandLine.slice(0, 500) },
    );
    warnings.push({ code: 'ami.command-line', message });
  }
  return warnings;
}
