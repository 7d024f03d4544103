/** What the type bytes of MBR partitions stand for, as far as they are still met. */

export const extendedTypes: readonly number[] = [0x05, 0x0f, 0x85];

const titles: Readonly<Record<number, string>> = {
  0x01: 'FAT12',
  0x04: 'FAT16 (small)',
  0x05: 'Extended',
  0x06: 'FAT16',
  0x07: 'NTFS or exFAT',
  0x0b: 'FAT32',
  0x0c: 'FAT32 (LBA)',
  0x0e: 'FAT16 (LBA)',
  0x0f: 'Extended (LBA)',
  0x11: 'Hidden FAT12',
  0x12: 'Diagnostics',
  0x14: 'Hidden FAT16 (small)',
  0x16: 'Hidden FAT16',
  0x17: 'Hidden NTFS or ISO 9660',
  0x1b: 'Hidden FAT32',
  0x1c: 'Hidden FAT32 (LBA)',
  0x1e: 'Hidden FAT16 (LBA)',
  0x27: 'Windows recovery',
  0x39: 'Plan 9',
  0x41: 'PReP boot',
  0x42: 'Windows dynamic disk',
  0x63: 'Unix System V',
  0x82: 'Linux swap',
  0x83: 'Linux',
  0x85: 'Linux extended',
  0x8e: 'Linux LVM',
  0xa5: 'FreeBSD',
  0xa6: 'OpenBSD',
  0xa8: 'Darwin UFS',
  0xa9: 'NetBSD',
  0xab: 'Darwin boot',
  0xaf: 'HFS or HFS+',
  0xbe: 'Solaris boot',
  0xbf: 'Solaris',
  0xcd: 'ISO 9660 (isohybrid)',
  0xda: 'Data without a file system',
  0xea: 'Linux extended boot',
  0xee: 'Protective MBR',
  0xef: 'EFI system',
  0xfb: 'VMware VMFS',
  0xfc: 'VMware swap',
  0xfd: 'Linux RAID',
};

/** The type in words; null where it is unknown. */
export function mbrTypeTitle(type: number): string | null {
  return titles[type] ?? null;
}

export function mbrTypeText(type: number): string {
  return `0x${type.toString(16).padStart(2, '0')}`;
}
