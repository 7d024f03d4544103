/** The structures of a GUID partition table (UEFI 2.10, 5.3), with no I/O. */
import { crc32 } from '../../../bytes/crc32.ts';
import { ascii, bits64le, bytes, struct, u32le, u64le } from '../../../bytes/struct.ts';

export const gptSignature = 'EFI PART';
export const revision1 = 0x00010000;
export const leastHeaderBytes = 92;
/** What the specification wants at least, and every program writes. */
export const usualEntryCount = 128;
export const usualEntryBytes = 128;
/** Many times what any program makes: 1 MiB of entries. */
export const mostEntries = 8192;
export const mostEntryBytes = 4096;
export const mostEntryArrayBytes = 1 << 20;
/** The first two are what disks have; the others turn up on optical media and in odd enclosures. */
export const sectorSizes: readonly number[] = [512, 4096, 2048, 1024];

/** 5.3.2. */
export const gptHeader = struct({ format: 'gpt', name: 'GPT header' }, leastHeaderBytes, {
  signature: ascii(0, 8),
  revision: u32le(8),
  headerBytes: u32le(12),
  headerCrc32: u32le(16),
  myLba: u64le(24),
  alternateLba: u64le(32),
  firstUsableLba: u64le(40),
  lastUsableLba: u64le(48),
  diskGuid: bytes(56, 16),
  entryLba: u64le(72),
  entryCount: u32le(80),
  entryBytes: u32le(84),
  entryArrayCrc32: u32le(88),
});

/** 5.3.3. */
export const gptEntry = struct({ format: 'gpt', name: 'GPT entry' }, usualEntryBytes, {
  typeGuid: bytes(0, 16),
  uniqueGuid: bytes(16, 16),
  startingLba: u64le(32),
  endingLba: u64le(40),
  attributes: bits64le(48),
  name: bytes(56, 72),
});

/** A header's fields, and its sectors before `headerBytes`, so that what we do not know is kept. */
export type GptHeaderFields = ReturnType<typeof gptHeader.decode>;

/** Attribute bit 2: legacy BIOS bootable. */
export const legacyBootable = 4n;

/** One sector with the header, its checksum right. */
export function encodeGptHeader(
  fields: Omit<GptHeaderFields, 'signature' | 'revision' | 'headerBytes' | 'headerCrc32'>,
  sectorBytes: number,
): Uint8Array {
  const sector = new Uint8Array(sectorBytes);
  const fixed = { signature: gptSignature, revision: revision1, headerBytes: leastHeaderBytes };
  gptHeader.encode({ ...fields, ...fixed }, sector);
  return gptHeader.encode({ headerCrc32: crc32(sector.subarray(0, leastHeaderBytes)) }, sector);
}

/** Names are UTF-16, ended by a zero where they are shorter than their field. */
export function decodeName(stored: Uint8Array): string | null {
  const text = Buffer.from(stored).toString('utf16le').split('\0', 1)[0]!;
  return text === '' ? null : text;
}
