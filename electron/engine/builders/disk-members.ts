/** Disks as members of a package: in which format each is written, what it is called, and who will not take it. */
import type { SourceReference, TargetRequest } from '#shared/domain/conversion.ts';
import type { OptionDeclaration } from '#shared/domain/format.ts';
import type { Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { probePackage } from '../packages/registry.ts';
import { openDisk, openSource } from '../pipeline/open.ts';
import { describeMachine, descriptorLimit, type DescribedFile } from './descriptor-xml.ts';
import type { Member, WrittenMember } from './driver.ts';
import type { MachineDescription } from './machine-fields.ts';
import { memberOf } from './manifest-text.ts';

interface DiskFormat {
  readonly title: string;
  readonly extension: string;
  /** What ovf:format says; null where nobody has given one a name. */
  readonly uri: string | null;
  /** Who refuses it; null when all take it. */
  readonly refusedBy: string | null;
  /** `vmdkAdapter` is the controller as VMDK calls it. */
  target(vmdkAdapter: string): TargetRequest;
}

const diskFormats: Readonly<Record<string, DiskFormat>> = {
  'vmdk-streamOptimized': {
    title: inEnglish('VMDK, compressed'),
    extension: 'vmdk',
    uri: 'http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized',
    refusedBy: null,
    target: (vmdkAdapter) => ({
      format: 'vmdk',
      variant: 'streamOptimized',
      options: { adapter_type: vmdkAdapter },
    }),
  },
  raw: {
    title: inEnglish('Raw'),
    extension: 'img',
    uri: null,
    refusedBy: inEnglish(
      'VMware and VirtualBox refuse raw disks in a package; oVirt and KubeVirt take them.',
    ),
    target: () => ({ format: 'raw' }),
  },
  vhd: {
    title: 'VHD',
    extension: 'vhd',
    uri: 'http://go.microsoft.com/fwlink/?LinkId=137171',
    refusedBy: inEnglish('VMware refuses VHD disks in a package; VirtualBox and XenServer take them.'),
    target: () => ({ format: 'vhd' }),
  },
  qcow2: {
    title: 'QCOW2',
    extension: 'qcow2',
    uri: 'http://www.gnome.org/~markmc/qcow-image-format.html',
    refusedBy: inEnglish('VMware and VirtualBox refuse qcow2 disks in a package; oVirt takes them.'),
    target: () => ({ format: 'qcow2' }),
  },
};

export const diskFormatField: OptionDeclaration = {
  name: 'diskFormat',
  type: 'choice',
  title: inEnglish('Disk format'),
  help: inEnglish(
    'Compressed VMDK is what every program imports; others are for the program that asks for them.',
  ),
  default: 'vmdk-streamOptimized',
  choices: Object.keys(diskFormats),
  titles: Object.fromEntries(Object.entries(diskFormats).map(([id, { title }]) => [id, title])),
};

export type DiskMember = Member & { readonly kind: 'disk' };

/** Disks of a package, and what its descriptor says of them. */
export interface PackageDisks {
  readonly members: readonly DiskMember[];
  readonly formatUri: string | null;
  readonly warnings: readonly Warning[];
}

/** `inputs` as members in the format that the field names, for a controller. @throws Failure `image.*`. */
export function packageDisks(
  inputs: readonly SourceReference[],
  format: string,
  vmdkAdapter: string,
  nameOf: (index: number, extension: string) => string,
): PackageDisks {
  const { extension, uri, refusedBy, target } = diskFormats[format]!;
  const members = inputs.map((source, index): DiskMember => {
    requireDisk(source);
    return { name: nameOf(index, extension), kind: 'disk', source, target: target(vmdkAdapter) };
  });
  const warnings = refusedBy === null ? [] : [{ code: 'package.ignored', message: refusedBy }];
  return { members, formatUri: uri, warnings };
}

/** Opens the disk once, so that what cannot be opened is said before anything is written. @throws Failure `image.*`. */
function requireDisk(source: SourceReference): void {
  if (source.member === undefined) refusePackage(source);
  const disk = openDisk(source);
  try {
    const { encryption } = disk.top.reader;
    if (encryption !== null && source.passphrase === undefined) {
      throw new Failure('image.encrypted', { format: disk.top.driver.id, method: encryption });
    }
  } finally {
    disk.close();
  }
}

/** A package would be taken for a raw disk: nothing in it is where a disk has anything. @throws Failure `input.invalid`. */
function refusePackage(reference: SourceReference): void {
  const { source } = openSource(reference);
  try {
    if (probePackage(source) === null) return;
  } finally {
    source.close();
  }
  throw new Failure('input.invalid', {
    problem: inEnglish('{path} is a package; name one of its disks', { path: reference.path }),
  });
}

/** The descriptor of `machine`, with room kept for the sizes of its disks. */
export function descriptorMember(name: string, machine: MachineDescription, disks: PackageDisks): Member {
  const { members, formatUri } = disks;
  const described = (others: readonly WrittenMember[]): DescribedFile[] =>
    members.map((member) => {
      const { sizeBytes, disk } = memberOf(others, member.name);
      return { name: member.name, sizeBytes, formatUri, ...(disk ?? { virtualSizeBytes: 0, dataBytes: 0 }) };
    });
  return {
    name,
    kind: 'text',
    reservedBytes: descriptorLimit(
      machine,
      members.map((member) => ({ name: member.name, formatUri })),
    ),
    compose: (others) => Buffer.from(describeMachine(machine, described(others))),
  };
}

/** What some program will not make use of, said before the package is built. */
export function machineWarnings(machine: MachineDescription): Warning[] {
  const ignored = (message: Message): Warning => ({ code: 'package.ignored', message });
  const { subtype } = machine.controller;
  return [
    ...(machine.firmware === 'efi'
      ? [
          ignored(
            inEnglish(
              'VirtualBox does not read the firmware from the package: EFI has to be turned on in the machine before its first start.',
            ),
          ),
        ]
      : []),
    ...(subtype === 'VirtualSCSI'
      ? [ignored(inEnglish('VirtualBox has no paravirtual SCSI controller of VMware.'))]
      : []),
    ...(subtype === 'VirtioSCSI'
      ? [ignored(inEnglish('VMware has no virtio-scsi controller; VirtualBox has one from 6.1 on.'))]
      : []),
    ...(subtype === 'vmware.sata.ahci'
      ? [
          ignored(
            inEnglish(
              'Old versions of VirtualBox refuse the SATA controller under the name that VMware has for it.',
            ),
          ),
        ]
      : []),
    ...(machine.nicCount > 0 && machine.nicModel === 'VmxNet3'
      ? [ignored(inEnglish('VirtualBox has no VMXNET3 network adapter.'))]
      : []),
    ...(machine.nicCount > 0 && machine.nicModel === 'virtio'
      ? [ignored(inEnglish('VMware has no virtio network adapter.'))]
      : []),
    ...(machine.nicCount > 8 ? [ignored(inEnglish('VirtualBox imports 8 network adapters at most.'))] : []),
    ...(machine.memoryMib % 4 === 0
      ? []
      : [ignored(inEnglish('VMware wants a memory size that is a multiple of 4 MiB.'))]),
  ];
}
