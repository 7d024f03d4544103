/** The fields of a virtual machine that a person fills in, declared once for all packages, and their values typed. */
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { OptionDeclaration } from '#shared/domain/format.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { guestSystem, guestSystems, guestSystemTitles, type GuestSystem } from './guest-systems.ts';

/** One line without control characters: it becomes a name in other programs. */
const line = '[^\\p{Cc}]{1,200}';

/** How hardware items say a controller: CIM's resource type and the subtype that VMware and VirtualBox know. */
export interface DiskController {
  readonly resourceType: number;
  readonly subtype: string;
  readonly title: string;
  /** Disks that one can have, and how many of it there may be. */
  readonly units: number;
  readonly count: number;
  /** adapter_type in a VMDK's descriptor. */
  readonly vmdkAdapter: string;
}

const diskControllers: Readonly<Record<string, DiskController>> = {
  lsilogic: scsi('lsilogic', inEnglish('LSI Logic SCSI')),
  lsilogicsas: scsi('lsilogicsas', inEnglish('LSI Logic SAS')),
  pvscsi: scsi('VirtualSCSI', inEnglish('VMware paravirtual SCSI')),
  sata: {
    resourceType: 20,
    subtype: 'vmware.sata.ahci',
    title: 'SATA',
    units: 30,
    count: 1,
    vmdkAdapter: 'lsilogic',
  },
  ide: { resourceType: 5, subtype: 'PIIX4', title: 'IDE', units: 2, count: 2, vmdkAdapter: 'ide' },
  virtio: {
    resourceType: 20,
    subtype: 'VirtioSCSI',
    title: 'virtio-scsi',
    units: 15,
    count: 1,
    vmdkAdapter: 'lsilogic',
  },
};

function scsi(subtype: string, title: string): DiskController {
  return { resourceType: 6, subtype, title, units: 15, count: 1, vmdkAdapter: 'lsilogic' };
}

const nicModels: Readonly<Record<string, string>> = {
  e1000: 'E1000',
  e1000e: 'E1000e',
  vmxnet3: 'VmxNet3',
  pcnet32: 'PCNet32',
  virtio: 'virtio',
};

export const osField: OptionDeclaration = {
  name: 'osType',
  type: 'choice',
  title: inEnglish('Operating system'),
  help: inEnglish('What is installed on the first disk; programs choose virtual hardware by it.'),
  default: 'linux',
  choices: guestSystems.map(({ id }) => id),
  titles: guestSystemTitles,
};

export const vcpusField: OptionDeclaration = {
  name: 'vcpus',
  type: 'integer',
  title: inEnglish('Processors'),
  help: inEnglish('Virtual processors.'),
  default: 2,
  minimum: 1,
  maximum: 768,
};

export const memoryField: OptionDeclaration = {
  name: 'memoryMiB',
  type: 'integer',
  title: inEnglish('Memory in MiB'),
  help: inEnglish('Memory of the machine; VMware wants a multiple of 4.'),
  default: 2048,
  minimum: 4,
  maximum: 25_165_824,
};

export const nicsField: OptionDeclaration = {
  name: 'nics',
  type: 'integer',
  title: inEnglish('Network adapters'),
  help: inEnglish('How many network adapters the machine has.'),
  default: 1,
  minimum: 0,
  maximum: 10,
};

export const nicModelField: OptionDeclaration = {
  name: 'nicModel',
  type: 'choice',
  title: inEnglish('Network adapter model'),
  help: inEnglish(
    'VMware and VirtualBox have E1000 in common; VMXNET3 is VMware’s, virtio is VirtualBox’ and KVM’s.',
  ),
  default: 'e1000',
  choices: Object.keys(nicModels),
  titles: nicModels,
};

export const controllerField: OptionDeclaration = {
  name: 'diskController',
  type: 'choice',
  title: inEnglish('Disk controller'),
  help: inEnglish('LSI Logic is what VMware and VirtualBox have in common.'),
  default: 'lsilogic',
  choices: Object.keys(diskControllers),
  titles: Object.fromEntries(Object.entries(diskControllers).map(([id, { title }]) => [id, title])),
};

const text = (name: string, title: string, help: string, lines?: number): OptionDeclaration => ({
  name,
  type: 'text',
  title,
  help,
  default: '',
  ...(lines === undefined ? { pattern: line } : { lines }),
});

export const nameField = text(
  'name',
  inEnglish('Name'),
  inEnglish('What the machine is called; by default, as its file.'),
);
/** What the package says about itself. */
export const wordsFields: readonly OptionDeclaration[] = [
  text('product', inEnglish('Product'), inEnglish('The name of the product.')),
  text('vendor', inEnglish('Vendor'), inEnglish('Who makes the product.')),
  text('version', inEnglish('Version'), inEnglish('The version of the product.')),
  text('annotation', inEnglish('Notes'), inEnglish('A description that programs show with the machine.'), 4),
  text(
    'eula',
    inEnglish('Licence'),
    inEnglish('A licence text that must be accepted before the package is imported.'),
    8,
  ),
];

/** Everything about a machine. */
export const machineFields: readonly OptionDeclaration[] = [
  nameField,
  osField,
  vcpusField,
  memoryField,
  nicsField,
  nicModelField,
  {
    ...text(
      'network',
      inEnglish('Network'),
      inEnglish('The network that the adapters are connected to, as VMware calls it; NAT for VirtualBox.'),
    ),
    type: 'text',
    default: 'VM Network',
  },
  {
    name: 'firmware',
    type: 'choice',
    title: inEnglish('Firmware'),
    help: inEnglish('How the disk boots: BIOS, or EFI.'),
    default: 'bios',
    choices: ['bios', 'efi'],
    titles: { bios: 'BIOS', efi: 'EFI' },
  },
  controllerField,
  {
    name: 'hardwareVersion',
    type: 'choice',
    title: inEnglish('Virtual hardware'),
    help: inEnglish(
      'The oldest VMware hardware version that may run the machine: 10 is ESXi 5.5, 13 is 6.5, 19 is 7.0 U2, 20 is 8.0.',
    ),
    default: 'vmx-13',
    choices: [
      'vmx-07',
      'vmx-10',
      'vmx-11',
      'vmx-13',
      'vmx-14',
      'vmx-15',
      'vmx-17',
      'vmx-19',
      'vmx-20',
      'vmx-21',
    ],
  },
  ...wordsFields,
];

/** The same, typed. Empty texts are null. */
export interface MachineDescription {
  readonly name: string;
  readonly os: GuestSystem;
  readonly vcpus: number;
  readonly memoryMib: number;
  readonly nicCount: number;
  readonly nicModel: string;
  readonly network: string;
  readonly firmware: 'bios' | 'efi';
  readonly controller: DiskController;
  readonly hardwareVersion: string;
  readonly product: string | null;
  readonly vendor: string | null;
  readonly version: string | null;
  readonly annotation: string | null;
  readonly eula: string | null;
}

/**
 * The machine that checked `fields` describe, with `diskCount` disks; `fallbackName` is what it is called without a name.
 * @throws Failure `input.invalid` when the controller does not hold as many disks.
 */
export function readMachine(
  fields: OptionValues,
  diskCount: number,
  fallbackName: string,
): MachineDescription {
  const controller = diskControllers[String(fields['diskController'])]!;
  const most = controller.units * controller.count;
  if (diskCount > most) {
    const problem = inEnglish('{title} holds {most} disks, not {diskCount}; choose another disk controller', {
      title: controller.title,
      most,
      diskCount,
    });
    throw new Failure('input.invalid', { problem });
  }
  const words = (name: string): string | null => textValue(fields, name);
  return {
    name: words('name') ?? fallbackName,
    os: guestSystem(String(fields['osType'])),
    vcpus: Number(fields['vcpus']),
    memoryMib: Number(fields['memoryMiB']),
    nicCount: Number(fields['nics']),
    nicModel: nicModels[String(fields['nicModel'])]!,
    network: words('network') ?? 'VM Network',
    firmware: fields['firmware'] === 'efi' ? 'efi' : 'bios',
    controller,
    hardwareVersion: String(fields['hardwareVersion']),
    product: words('product'),
    vendor: words('vendor'),
    version: words('version'),
    annotation: words('annotation'),
    eula: words('eula'),
  };
}

/** A text field's value; null when it is empty. */
export function textValue(fields: OptionValues, name: string): string | null {
  const value = String(fields[name] ?? '').trim();
  return value === '' ? null : value;
}

/** A name for files in a package that every program takes, made from what `name` begins with. */
export function fileStem(name: string): string {
  const stem = name
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._-]+|[._-]+$/g, '')
    .slice(0, 80);
  return stem === '' ? 'machine' : stem;
}
