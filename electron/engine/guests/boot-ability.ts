/** Which firmware finds something to start on a disk, and for which machines: as far as a look at a few sectors and names tells. */
import type { PartitionTable, Partition } from '#shared/domain/guest.ts';
import type { BootAbility, Distribution } from '#shared/domain/preflight.ts';
import { Failure } from '#shared/failure.ts';
import { readBytes, SliceSource, type ByteSource } from '../bytes/source.ts';
import { isZero } from '../bytes/zeros.ts';
import type { FileSystemReader } from './filesystems/driver.ts';
import { probeFileSystem } from './filesystems/registry.ts';
import { readElf } from './kernels/architectures.ts';
import { gptTypes } from './partitions/gpt/partition-kinds.ts';
import { readDistribution } from './os-release.ts';
import { findRootVolume, holds } from './root-volume.ts';
import { BorrowedSource } from './volumes.ts';

/** The room for boot code in an MBR: what follows is the disk's signature and the table. */
const bootCodeBytes = 440;
const mbrEfiSystem = '0xef';
/** Names that UEFI 2.10, 3.5.1.1, gives the loader of a medium that it does not know, by machine. */
const loaders: Readonly<Record<string, string>> = {
  x86_64: 'BOOTX64.EFI',
  aarch64: 'BOOTAA64.EFI',
  i386: 'BOOTIA32.EFI',
  arm: 'BOOTARM.EFI',
  riscv64: 'BOOTRISCV64.EFI',
  loongarch64: 'BOOTLOONGARCH64.EFI',
};
/** A program that every Linux has; the first that is there tells its machine. */
const programs: readonly string[] = [
  'usr/bin/bash',
  'bin/bash',
  'bin/busybox',
  'usr/bin/env',
  'bin/sh',
  'sbin/init',
];

export interface FoundBoot {
  readonly boot: BootAbility;
  /** As `uname -m` has it. */
  readonly architectures: readonly string[];
  readonly hasLinuxRoot: boolean;
  readonly distribution: Distribution | null;
}

/** Reads the first sector, the ESP's names, and a program's header on a Linux root. @throws Failure `io.*` only. */
export function findBoot(disk: ByteSource, table: PartitionTable): FoundBoot {
  const esp = table.partitions.find(isEfiSystem);
  const machines = esp === undefined ? [] : efiMachines(disk, esp);
  const root = unlessDamaged(() => findRootVolume(disk));
  return {
    boot: {
      bios: startsWithBios(disk, table),
      uefi: esp === undefined ? false : machines === null ? null : machines.length > 0,
      efiSystemPartition: esp !== undefined,
    },
    architectures: [...new Set([...(machines ?? []), ...programMachine(root?.reader ?? null)])],
    hasLinuxRoot: root !== null,
    distribution: root === null ? null : readDistribution(root.reader),
  };
}

function isEfiSystem({ type }: Partition): boolean {
  return type === gptTypes.efiSystem || type === mbrEfiSystem;
}

/**
 * Boot code, and what it goes on with: an active partition, GRUB's own image behind the sector or in a BIOS boot
 * partition, a GPT partition marked for old firmware. Programs that make tables put code there, too, which finds nothing.
 */
function startsWithBios(disk: ByteSource, { scheme, partitions, sectorBytes }: PartitionTable): boolean {
  // BIOS reads sectors of 512 bytes.
  if (scheme === null || sectorBytes !== 512 || disk.sizeBytes < 1024) return false;
  const code = readBytes(disk, 0, bootCodeBytes);
  if (isZero(code)) return false;
  const isGrub = Buffer.from(code).includes('GRUB');
  if (scheme === 'mbr') return isGrub || partitions.some(({ bootable }) => bootable);
  const biosBoot = partitions.find(({ type }) => type === gptTypes.biosBoot);
  if (biosBoot !== undefined) return !isZero(readBytes(disk, biosBoot.start, Math.min(512, biosBoot.length)));
  return partitions.some((partition) => partition.bootable && !isEfiSystem(partition));
}

/** The machines that the ESP has a loader for; null where its files cannot be read. */
function efiMachines(disk: ByteSource, { start, length }: Partition): string[] | null {
  return unlessDamaged(() => {
    const volume = new SliceSource(new BorrowedSource(disk), { start, length }, disk.path);
    const reader = probeFileSystem(volume)?.open(volume) ?? null;
    if (reader === null) return null;
    const found = Object.entries(loaders).filter(([, name]) => holds(reader, `EFI/BOOT/${name}`));
    return found.map(([machine]) => machine);
  });
}

function programMachine(root: FileSystemReader | null): string[] {
  if (root === null) return [];
  for (const path of programs) {
    const found = unlessDamaged(() => {
      if (!holds(root, path)) return null;
      const file = root.open(path);
      return readElf(readBytes(file, 0, Math.min(64, file.sizeBytes)));
    });
    if (found !== null) return [found.architecture];
  }
  return [];
}

function unlessDamaged<T>(look: () => T | null): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Failure && !error.code.startsWith('io.')) return null;
    throw error;
  }
}
