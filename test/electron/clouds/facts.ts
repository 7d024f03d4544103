/** Facts for tests of rules: a Linux disk that every cloud could start, and what a test changes of it. */
import type { DiskFacts, DiskLayout, MachineFacts, PreflightFacts } from '#shared/domain/preflight.ts';

export const layout: DiskLayout = {
  scheme: 'gpt',
  sectorBytes: 512,
  partitionCount: 2,
  wholeDisk: null,
  hybridMbr: false,
  backupGpt: 'at-end',
  boot: { bios: true, uefi: true, efiSystemPartition: true },
  system: 'linux',
  distribution: { id: 'debian', version: '12' },
  architectures: ['x86_64'],
  encryptedVolumes: 0,
};

export const disk: DiskFacts = {
  name: null,
  member: null,
  kind: 'disk',
  format: 'raw',
  variant: null,
  virtualSizeBytes: 2 ** 31,
  imageBytes: 2 ** 31,
  wrapper: null,
  encrypted: false,
  parent: null,
  brokenBy: null,
  furtherFiles: [],
  snapshotCount: 0,
  claims: [],
  layout,
  inspection: {
    matches: [{ format: 'gpt', complete: true, failures: [], sizeProblem: null }],
    breaksOff: false,
  },
};

export interface Changes extends Partial<Omit<DiskFacts, 'layout'>> {
  readonly layout?: Partial<DiskLayout> | null;
}

export function diskWith({ layout: changed, ...changes }: Changes): DiskFacts {
  return { ...disk, ...changes, layout: changed === null ? null : { ...layout, ...changed } };
}

/** A file that is one disk. */
export function factsWith(changes: Changes = {}): PreflightFacts {
  const one = diskWith(changes);
  return {
    path: '/images/disk',
    kind: one.kind,
    format: one.format,
    fileBytes: one.imageBytes,
    machine: null,
    set: null,
    disks: [one],
  };
}

export const machine: MachineFacts = {
  name: 'machine',
  system: 'Debian GNU/Linux 64-bit',
  vcpus: 2,
  memoryBytes: 2 ** 31,
  firmware: 'bios',
  controller: 'SCSI 0:0 (lsilogic)',
  nicModel: 'E1000',
  files: ['machine.ovf', 'disk1.vmdk'],
};

/** A package of disks. */
export function packageWith(format: string, ...disks: readonly Changes[]): PreflightFacts {
  const held = disks.map((changes, index) =>
    diskWith({ name: `disk${index + 1}.vmdk`, member: `disk${index + 1}.vmdk`, ...changes }),
  );
  return {
    path: `/images/machine.${format}`,
    kind: 'package',
    format,
    fileBytes: 2 ** 30,
    machine,
    set: null,
    disks: held,
  };
}
