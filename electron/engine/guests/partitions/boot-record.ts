/** The master boot record: the first sector of an MBR disk, and what protects a GPT (UEFI 2.10, 5.2). */
import type { ByteSource } from '../../bytes/source.ts';
import { readBytes } from '../../bytes/source.ts';
import { bytes, struct, u16le, u32le, u8 } from '../../bytes/struct.ts';

export const bootRecordBytes = 512;
export const bootSignature = 0xaa55;
/** The type of the partition that covers a disk with a GPT. */
export const protectiveType = 0xee;
/** What the CHS fields say where LBA counts: beyond any cylinder. */
const beyondChs = Uint8Array.of(0xfe, 0xff, 0xff);

export const bootRecord = struct({ format: 'mbr', name: 'boot record' }, bootRecordBytes, {
  diskSignature: u32le(440),
  signature: u16le(510),
});

export const bootRecordEntry = struct({ format: 'mbr', name: 'partition record' }, 16, {
  bootIndicator: u8(0),
  startChs: bytes(1, 3),
  type: u8(4),
  endChs: bytes(5, 3),
  startingLba: u32le(8),
  sizeInLba: u32le(12),
});

export interface BootRecordEntry {
  readonly bootIndicator: number;
  readonly type: number;
  readonly startingLba: number;
  readonly sizeInLba: number;
}

export interface BootRecord {
  readonly diskSignature: number;
  /** All four, empty ones too. */
  readonly entries: readonly BootRecordEntry[];
}

/** The record in the sector at `fileOffset`; null where the sector ends otherwise, or the disk before it. */
export function readBootRecord(disk: ByteSource, fileOffset = 0): BootRecord | null {
  if (fileOffset + bootRecordBytes > disk.sizeBytes) return null;
  const sector = readBytes(disk, fileOffset, bootRecordBytes);
  const { signature, diskSignature } = bootRecord.decode(sector);
  if (signature !== bootSignature) return null;
  return { diskSignature, entries: readEntries(sector) };
}

/** The four entries of the sector, empty ones too, whatever its end says. */
export function readEntries(sector: Uint8Array): readonly ReturnType<typeof bootRecordEntry.decode>[] {
  return [0, 1, 2, 3].map((index) => bootRecordEntry.decode(sector, entryOffset(index)));
}

/** Puts entries, disk signature and end mark into `sector`; the boot code before them stays. */
export function encodeBootRecord(
  record: BootRecord,
  sector: Uint8Array = new Uint8Array(bootRecordBytes),
): Uint8Array {
  bootRecord.encode({ diskSignature: record.diskSignature, signature: bootSignature }, sector);
  for (let index = 0; index < 4; index++) {
    const entry = record.entries[index];
    const at = entryOffset(index);
    sector.fill(0, at, at + bootRecordEntry.sizeBytes);
    if (entry === undefined || entry.type === 0) continue;
    const last = entry.startingLba + entry.sizeInLba - 1;
    const chs = { startChs: chsOf(entry.startingLba), endChs: chsOf(last) };
    bootRecordEntry.encode({ ...entry, ...chs }, sector, at);
  }
  return sector;
}

const entryOffset = (index: number): number => 446 + index * bootRecordEntry.sizeBytes;

/** The geometry that all BIOSes assume for large disks: 255 heads, 63 sectors a track. */
function chsOf(lba: number): Uint8Array {
  const cylinder = Math.floor(lba / (255 * 63));
  if (cylinder > 1023) return beyondChs;
  const head = Math.floor(lba / 63) % 255;
  return Uint8Array.of(head, ((cylinder >> 2) & 0xc0) | ((lba % 63) + 1), cylinder & 0xff);
}
