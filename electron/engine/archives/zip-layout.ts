/** The records of a zip file's end and central directory (PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3). */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import { readBytes } from '../bytes/source.ts';
import { struct, u16le, u32le, u64le, type ValuesOf } from '../bytes/struct.ts';

const identity = (name: string) => ({ format: 'zip', name });

/** Section 4.3.7. */
export const localHeader = struct(identity('local file header'), 30, {
  signature: u32le(0),
  flags: u16le(6),
  method: u16le(8),
  nameBytes: u16le(26),
  extraBytes: u16le(28),
});
export const localSignature = 0x04034b50;

/** Section 4.3.12. */
export const centralHeader = struct(identity('central directory header'), 46, {
  signature: u32le(0),
  madeBy: u16le(4),
  flags: u16le(8),
  method: u16le(10),
  crc32: u32le(16),
  compressedBytes: u32le(20),
  sizeBytes: u32le(24),
  nameBytes: u16le(28),
  extraBytes: u16le(30),
  commentBytes: u16le(32),
  diskNumber: u16le(34),
  externalAttributes: u32le(38),
  localOffset: u32le(42),
});
export const centralSignature = 0x02014b50;

/** Section 4.3.16. */
const endRecord = struct(identity('end of central directory'), 22, {
  signature: u32le(0),
  diskNumber: u16le(4),
  directoryDisk: u16le(6),
  entryCount: u16le(10),
  directoryBytes: u32le(12),
  directoryOffset: u32le(16),
  commentBytes: u16le(20),
});
const endSignature = 0x06054b50;
const longestComment = 0xffff;

/** Section 4.3.15. */
const locator64 = struct(identity('zip64 locator'), 20, {
  signature: u32le(0),
  endOffset: u64le(8),
  diskCount: u32le(16),
});
const locatorSignature = 0x07064b50;

/** Section 4.3.14. */
const endRecord64 = struct(identity('zip64 end of central directory'), 56, {
  signature: u32le(0),
  diskNumber: u32le(16),
  directoryDisk: u32le(20),
  entryCount: u64le(32),
  directoryBytes: u64le(40),
  directoryOffset: u64le(48),
});
const endSignature64 = 0x06064b50;

export type CentralHeader = ValuesOf<typeof centralHeader.fields>;

/** Where the central directory lies. */
export interface Directory {
  readonly fileOffset: number;
  readonly lengthBytes: number;
  readonly entryCount: number;
  /** What stands before the archive (a program that unpacks itself): all offsets are behind it. */
  readonly prefixBytes: number;
}

/** The failure that says what is wrong with the archive. */
export function malformedZip(problem: Message): Failure<'package.malformed'> {
  return new Failure('package.malformed', { structure: 'zip', problem });
}

/** Finds the directory from the end of the file. @throws Failure `package.malformed`, `image.unsupported`. */
export function findDirectory(file: ByteSource): Directory {
  const endOffset = findEnd(file);
  const end = endRecord.read(file, endOffset);
  const zip64 = readEnd64(file, endOffset);
  const record = zip64?.record ?? end;
  const { entryCount, directoryBytes, directoryOffset } = record;
  if (record.diskNumber !== 0 || record.directoryDisk !== 0) {
    throw new Failure('image.unsupported', {
      format: 'zip',
      feature: inEnglish('archives of several volumes'),
    });
  }
  const directoryEnd = zip64?.fileOffset ?? endOffset;
  const fileOffset = directoryEnd - directoryBytes;
  const prefixBytes = fileOffset - directoryOffset;
  if (fileOffset < 0 || prefixBytes < 0)
    throw malformedZip(inEnglish('the directory does not lie before its end record'));
  if (entryCount * centralHeader.sizeBytes > directoryBytes) {
    throw malformedZip(inEnglish('the directory is too short for its entries'));
  }
  return { fileOffset, lengthBytes: directoryBytes, entryCount, prefixBytes };
}

/** The last end record whose comment ends with the file. */
function findEnd(file: ByteSource): number {
  const length = Math.min(file.sizeBytes, endRecord.sizeBytes + longestComment);
  const tailOffset = file.sizeBytes - length;
  const tail = Buffer.from(readBytes(file, tailOffset, length).buffer);
  for (let at = length - endRecord.sizeBytes; at >= 0; at--) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== endSignature) continue;
    if (at + endRecord.sizeBytes + tail.readUInt16LE(at + 20) === length) return tailOffset + at;
  }
  throw malformedZip(inEnglish('it has no end record: it was cut off, or something was added to it'));
}

function readEnd64(file: ByteSource, endOffset: number) {
  const locatorOffset = endOffset - locator64.sizeBytes;
  if (locatorOffset < 0) return null;
  if (new DataView(readBytes(file, locatorOffset, 4).buffer).getUint32(0, true) !== locatorSignature)
    return null;
  const locator = locator64.read(file, locatorOffset);
  // What stands before the archive is not counted, so that the record may lie further on: it ends where the locator begins.
  const candidates = [locator.endOffset, locatorOffset - endRecord64.sizeBytes];
  for (const fileOffset of candidates) {
    if (fileOffset < 0 || fileOffset + endRecord64.sizeBytes > locatorOffset) continue;
    const record = endRecord64.read(file, fileOffset);
    if (record.signature === endSignature64) return { record, fileOffset };
  }
  throw malformedZip(inEnglish('the zip64 locator leads nowhere'));
}

/** The 64-bit values (section 4.5.3) that stand in the extra field for those that are all ones. */
export function widen(header: CentralHeader, extra: Uint8Array) {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  let { sizeBytes, compressedBytes, localOffset } = header;
  for (let at = 0; at + 4 <= extra.length;) {
    const id = view.getUint16(at, true);
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > extra.length) throw malformedZip(inEnglish('an extra field is longer than its place'));
    if (id === 1) {
      let next = at + 4;
      const take = (): number => {
        if (next + 8 > end) throw malformedZip(inEnglish('a zip64 field is too short'));
        const value = view.getBigUint64(next, true);
        next += 8;
        if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformedZip(inEnglish('a size is absurd'));
        return Number(value);
      };
      if (sizeBytes === 0xffffffff) sizeBytes = take();
      if (compressedBytes === 0xffffffff) compressedBytes = take();
      if (localOffset === 0xffffffff) localOffset = take();
      break;
    }
    at = end;
  }
  return { sizeBytes, compressedBytes, localOffset };
}
