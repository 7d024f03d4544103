/** Which disks and which hardware a box has, by what its provider keeps it in. */
import type { NetworkAdapter } from '#shared/domain/package.ts';
import type { Container } from '../container.ts';
import type { BoxMetadata } from './metadata.ts';
import { readVmx, vmxAdapters, vmxDisks, vmxNumber, type VmxValues } from './vmx.ts';

export interface BoxDisk {
  readonly file: string;
  readonly controller: string | null;
}

/** What of a machine its box says. */
export interface BoxMachine {
  readonly name: string | null;
  readonly os: string | null;
  readonly vcpus: number | null;
  readonly memoryBytes: number | null;
  readonly firmware: string | null;
  readonly annotation: string | null;
  readonly nics: readonly NetworkAdapter[];
  readonly disks: readonly BoxDisk[];
}

const nothing: Omit<BoxMachine, 'disks'> = {
  name: null,
  os: null,
  vcpus: null,
  memoryBytes: null,
  firmware: null,
  annotation: null,
  nics: [],
};

/** Files of boxes whose provider lists no disks by name (Hyper-V's, Parallels' and others'). */
const imageFile = /\.(vmdk|vhdx?|vdi|qcow2|raw|img)$/i;
/** The parts of a split VMDK belong to the descriptor that names them. */
const partOfDisk = /-(?:[sf]\d{3}|flat|delta|\d{6})\.vmdk$/i;

/** @throws Failure `package.malformed` for a configuration that cannot be one. */
export function readBoxMachine(metadata: BoxMetadata, container: Container): BoxMachine {
  if (metadata.provider === 'libvirt') return { ...nothing, disks: libvirtDisks(metadata) };
  const vmx = /^vmware/.test(metadata.provider)
    ? namesOf(container).find((name) => /\.vmx$/i.test(name))
    : undefined;
  if (vmx !== undefined) return vmwareMachine(vmx, container);
  const disks = namesOf(container).filter((name) => imageFile.test(name) && !partOfDisk.test(name));
  return { ...nothing, disks: disks.map((file) => ({ file, controller: null })) };
}

function namesOf(container: Container): string[] {
  return (container.files ?? []).filter(({ refusal }) => refusal === null).map(({ name }) => name);
}

/** One disk is always called box.img; several are listed. */
function libvirtDisks({ disks }: BoxMetadata): BoxDisk[] {
  return (disks.length > 0 ? disks : ['box.img']).map((file) => ({ file, controller: null }));
}

function vmwareMachine(name: string, container: Container): BoxMachine {
  const source = container.open(name);
  let values: VmxValues;
  try {
    values = readVmx(source, name);
  } finally {
    source.close();
  }
  const memoryMib = vmxNumber(values, 'memsize');
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  return {
    name: values.get('displayname') ?? null,
    os: values.get('guestos') ?? null,
    vcpus: vmxNumber(values, 'numvcpus'),
    memoryBytes: memoryMib === null ? null : memoryMib * 2 ** 20,
    firmware: /^efi$/i.test(values.get('firmware') ?? '') ? 'efi' : 'bios',
    annotation: values.get('annotation') ?? null,
    nics: vmxAdapters(values).map((adapter, index) => ({ name: `Network adapter ${index + 1}`, ...adapter })),
    disks: vmxDisks(values).map(({ file, controller }) => ({ file: folder + file, controller })),
  };
}
