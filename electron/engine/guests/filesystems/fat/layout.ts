/** Directory entries of FAT12, FAT16 and FAT32 (Microsoft's FAT specification 1.03), with no I/O. */
import { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import { bytes, struct, u16le, u32le, u8 } from '../../../bytes/struct.ts';

export const entryBytes = 32;

export const directoryEntry = struct({ format: 'fat', name: 'directory entry' }, entryBytes, {
  name: bytes(0, 11),
  attributes: u8(11),
  caseFlags: u8(12),
  clusterHigh: u16le(20),
  writeTime: u16le(22),
  writeDate: u16le(24),
  clusterLow: u16le(26),
  sizeBytes: u32le(28),
});

export type DirectoryEntry = ReturnType<typeof directoryEntry.decode>;

export const longNameEntry = struct({ format: 'fat', name: 'long name entry' }, entryBytes, {
  order: u8(0),
  name1: bytes(1, 10),
  attributes: u8(11),
  kind: u8(12),
  checksum: u8(13),
  name2: bytes(14, 12),
  name3: bytes(28, 4),
});

export const attribute = { readOnly: 0x1, volumeId: 0x8, folder: 0x10, longName: 0xf, mask: 0x3f } as const;
export const lastLongEntry = 0x40;
/** 20 entries of 13 characters hold the longest name. */
export const mostLongEntries = 20;
export const freeEntry = 0xe5;
/** Stands for 0xE5 as the first character of a name. */
export const escapedE5 = 0x05;
/** Windows NT's way of names like "readme.txt": all of the base, or of the extension, in lower case. */
export const lowerCase = { base: 0x08, extension: 0x10 } as const;
/** A directory has at most 65536 entries. */
export const largestDirectoryBytes = 65536 * entryBytes;

export function malformed(structure: string, field: string, fileOffset: number, problem: Message): Failure {
  return new Failure('image.malformed', { format: 'fat', structure, field, fileOffset, problem });
}
