/** Builders of Vagrant boxes, for libvirt and for VirtualBox (Vagrant, "Box File Format"; vagrant-libvirt, "Box Format"). */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { OptionDeclaration } from '#shared/domain/format.ts';
import { inEnglish } from '#shared/in-english.ts';
import { descriptorMember, packageDisks, type PackageDisks } from '../disk-members.ts';
import type { Builder, Member, WrittenMember } from '../driver.ts';
import {
  controllerField,
  memoryField,
  nicModelField,
  osField,
  readMachine,
  vcpusField,
  type MachineDescription,
} from '../machine-fields.ts';
import { memberOf } from '../manifest-text.ts';
import { libvirtVagrantfile, virtualBoxVagrantfile } from './vagrantfile.ts';

const mostDisks = 15;
const gibibyte = 2 ** 30;

const architectureField: OptionDeclaration = {
  name: 'architecture',
  type: 'choice',
  title: inEnglish('Architecture'),
  help: inEnglish('The processor that the machine needs; Vagrant 2.4 and later choose boxes by it.'),
  default: 'unspecified',
  choices: ['unspecified', 'amd64', 'arm64', 'i386'],
  titles: { unspecified: inEnglish('Not said'), amd64: 'x86-64', arm64: 'ARM64', i386: 'x86, 32-bit' },
};

const diskBusField: OptionDeclaration = {
  name: 'diskBus',
  type: 'choice',
  title: inEnglish('Disk bus'),
  help: inEnglish('How the disks are attached; virtio unless the guest lacks its drivers.'),
  default: 'virtio',
  choices: ['virtio', 'scsi', 'sata', 'ide'],
  titles: { scsi: 'SCSI', sata: 'SATA', ide: 'IDE' },
};

const libvirtNicField: OptionDeclaration = {
  name: 'nicModel',
  type: 'choice',
  title: inEnglish('Network adapter model'),
  help: inEnglish('virtio unless the guest lacks its drivers.'),
  default: 'virtio',
  choices: ['virtio', 'e1000', 'e1000e', 'rtl8139'],
  titles: { e1000: 'E1000', e1000e: 'E1000e', rtl8139: 'RTL8139' },
};

export const boxLibvirt: Builder<'box-libvirt'> = {
  id: 'box-libvirt',
  title: inEnglish('Vagrant box for libvirt'),
  help: inEnglish('A qcow2 disk with what vagrant-libvirt wants to know, for KVM.'),
  extensions: ['box'],
  inputs: { kind: 'disks', minimum: 1, maximum: mostDisks },
  fields: [vcpusField, memoryField, diskBusField, libvirtNicField, architectureField],
  assemble(inputs, values) {
    const nameOf = (index: number): string => (index === 0 ? 'box.img' : `box_${index + 1}.img`);
    const disks = packageDisks(inputs, 'qcow2', '', nameOf);
    const vagrantfile = libvirtVagrantfile({
      vcpus: Number(values[vcpusField.name]),
      memoryMib: Number(values[memoryField.name]),
      diskBus: String(values[diskBusField.name]),
      nicModel: String(values[libvirtNicField.name]),
    });
    return {
      enclosure: 'tar',
      members: [
        libvirtMetadata(disks, architectureOf(values)),
        fixedText('Vagrantfile', vagrantfile),
        ...disks.members,
      ],
      warnings: [],
      close: () => {},
    };
  },
};

export const boxVirtualBox: Builder<'box-virtualbox'> = {
  id: 'box-virtualbox',
  title: inEnglish('Vagrant box for VirtualBox'),
  help: inEnglish('A machine as VirtualBox imports it, with what Vagrant wants to know.'),
  extensions: ['box'],
  inputs: { kind: 'disks', minimum: 1, maximum: mostDisks },
  fields: [osField, vcpusField, memoryField, nicModelField, controllerField, architectureField],
  assemble(inputs: readonly SourceReference[], values, outputName) {
    const machine = virtualBoxMachine(values, inputs.length, outputName.replace(/\.box$/i, ''));
    const disks = packageDisks(
      inputs,
      'vmdk-streamOptimized',
      machine.controller.vmdkAdapter,
      (index) => `box-disk${String(index + 1).padStart(3, '0')}.vmdk`,
    );
    const metadata = { provider: 'virtualbox', ...architectureOf(values) };
    return {
      enclosure: 'tar',
      members: [
        fixedText('metadata.json', `${JSON.stringify(metadata)}\n`),
        descriptorMember('box.ovf', machine, disks),
        vagrantfileMember(disks),
        ...disks.members,
      ],
      warnings: [],
      close: () => {},
    };
  },
};

/** Vagrant reaches a machine through its first adapter, which has to be on NAT. */
function virtualBoxMachine(
  values: Parameters<typeof readMachine>[0],
  diskCount: number,
  name: string,
): MachineDescription {
  const fixed = { network: 'NAT', nics: 1, firmware: 'bios', hardwareVersion: 'virtualbox-2.2' };
  return readMachine({ ...values, ...fixed }, diskCount, name);
}

function architectureOf(values: Readonly<Record<string, unknown>>): { architecture?: string } {
  const architecture = String(values[architectureField.name]);
  return architecture === architectureField.default ? {} : { architecture };
}

function fixedText(name: string, text: string): Member {
  const bytes = Buffer.from(text);
  return { name, kind: 'stream', sizeBytes: bytes.length, write: (sink) => sink.write(0, bytes) };
}

/** The plugin wants GiB, rounded up; several disks are listed, one is always box.img. */
function libvirtMetadata({ members }: PackageDisks, architecture: { architecture?: string }): Member {
  const text = (virtualSize: number): Uint8Array => {
    const disks = members.length === 1 ? {} : { disks: members.map(({ name }) => ({ path: name })) };
    const metadata = {
      provider: 'libvirt',
      format: 'qcow2',
      virtual_size: virtualSize,
      ...architecture,
      ...disks,
    };
    return Buffer.from(`${JSON.stringify(metadata)}\n`);
  };
  return {
    name: 'metadata.json',
    kind: 'text',
    reservedBytes: text(Number.MAX_SAFE_INTEGER).length,
    compose: (others) => text(Math.ceil(virtualSizeOf(others, members[0]!.name) / gibibyte)),
  };
}

function virtualSizeOf(others: readonly WrittenMember[], name: string): number {
  return memberOf(others, name).disk?.virtualSizeBytes ?? 0;
}

/** The address follows from the disks: the same box has the same one, and two boxes hardly ever share one. */
function vagrantfileMember({ members }: PackageDisks): Member {
  return {
    name: 'Vagrantfile',
    kind: 'text',
    reservedBytes: Buffer.byteLength(virtualBoxVagrantfile('0'.repeat(6))),
    compose: (others) =>
      Buffer.from(virtualBoxVagrantfile(memberOf(others, members[0]!.name).sha256.slice(0, 6).toUpperCase())),
  };
}
