/** What .xz files are made of (The .xz File Format 1.2.1): stream header and footer, block headers, the index. */
import { crc32 } from '../bytes/crc32.ts';
import { readBytes, type ByteSource } from '../bytes/source.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { CompressedInput } from './compressed-input.ts';

export const streamHeaderBytes = 12;
export const streamFooterBytes = 12;
export const headerMagic = Uint8Array.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]);
export const footerMagic = Uint8Array.from([0x59, 0x5a]);

/** The kinds of integrity check (section 2.1.1.2) that exist; others have a size only. */
export const checkIds = { none: 0, crc32: 1, crc64: 4, sha256: 10 } as const;
const checkSizes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;

/** Records of one file's indices: 16 bytes each are kept. */
const recordLimit = 1 << 20;

/** Where a block lies, and what it yields. */
export interface XzBlock {
  readonly fileOffset: number;
  readonly unpaddedBytes: number;
  readonly outputOffset: number;
  readonly outputBytes: number;
  readonly check: number;
}

export function checkBytes(check: number): number {
  return checkSizes[check]!;
}

export function padded(lengthBytes: number): number {
  return Math.ceil(lengthBytes / 4) * 4;
}

/** Whether the file begins with a stream header. */
export function isXz(file: ByteSource): boolean {
  if (file.sizeBytes < streamHeaderBytes) return false;
  return readBytes(file, 0, headerMagic.length).every((byte, index) => byte === headerMagic[index]);
}

export function malformedXz(structure: string, field: string, problem: Message, fileOffset: number) {
  return new Failure('image.malformed', { format: 'xz', structure, field, fileOffset, problem });
}

function u32le(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Reads the flags of a header or footer (section 2.1.1.2): the kind of check. */
function readStreamFlags(bytes: Uint8Array, at: number, fileOffset: number): number {
  if (bytes[at] !== 0 || bytes[at + 1]! > 15) {
    throw new Failure('image.unsupported', {
      format: 'xz',
      feature: inEnglish('the stream flags at {fileOffset}', { fileOffset: fileOffset + at }),
    });
  }
  return bytes[at + 1]!;
}

/** The check of the stream that begins at `fileOffset` with these bytes. @throws Failure `image.malformed`. */
export function readStreamHeader(bytes: Uint8Array, fileOffset: number): number {
  if (!headerMagic.every((byte, index) => byte === bytes[index])) {
    throw malformedXz('stream header', 'magic', inEnglish('no stream begins here'), fileOffset);
  }
  if (crc32(bytes.subarray(6, 8)) !== u32le(bytes, 8)) {
    throw malformedXz('stream header', 'CRC32', inEnglish('the checksum is wrong'), fileOffset + 8);
  }
  return readStreamFlags(bytes, 6, fileOffset);
}

/** The check, and the size of the index, of the stream that ends with these bytes. @throws Failure `image.malformed`. */
export function readStreamFooter(
  bytes: Uint8Array,
  fileOffset: number,
): { check: number; indexBytes: number } {
  if (bytes[10] !== footerMagic[0] || bytes[11] !== footerMagic[1]) {
    throw malformedXz('stream footer', 'magic', inEnglish('no stream ends here'), fileOffset + 10);
  }
  if (crc32(bytes.subarray(4, 10)) !== u32le(bytes, 0)) {
    throw malformedXz('stream footer', 'CRC32', inEnglish('the checksum is wrong'), fileOffset);
  }
  return { check: readStreamFlags(bytes, 8, fileOffset), indexBytes: (u32le(bytes, 4) + 1) * 4 };
}

/** A multibyte integer (section 1.2) as `next` gives its bytes. */
export function readVli(next: () => number, fail: (problem: Message) => Failure): number {
  let value = 0;
  for (let index = 0; index < 9; index++) {
    const byte = next();
    if (byte === 0 && index > 0) throw fail(inEnglish('a number is not as short as it can be'));
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      if (!Number.isSafeInteger(value)) throw fail(inEnglish('a number is absurdly large'));
      return value;
    }
  }
  throw fail(inEnglish('a number does not end'));
}

export interface BlockHeader {
  readonly headerBytes: number;
  /** Null where the header does not say. */
  readonly compressedBytes: number | null;
  readonly outputBytes: number | null;
  readonly dictionaryBytes: number;
}

const lzma2Filter = 0x21;
const filterNames: Readonly<Record<number, string>> = {
  0x03: 'Delta',
  0x04: 'BCJ (x86)',
  0x05: 'BCJ (PowerPC)',
  0x06: 'BCJ (IA-64)',
  0x07: 'BCJ (ARM)',
  0x08: 'BCJ (ARM Thumb)',
  0x09: 'BCJ (SPARC)',
  0x0a: 'BCJ (ARM64)',
  0x0b: 'BCJ (RISC-V)',
};

/** Reads a block header (section 3.1), whose first byte is not 0. @throws Failure `image.malformed`, `image.unsupported`. */
export function readBlockHeader(input: CompressedInput): BlockHeader {
  const offset = input.offset;
  const headerBytes = (input.peek(1)[0]! + 1) * 4;
  const bytes = input.take(headerBytes);
  const fail = (problem: Message): Failure => malformedXz('block header', 'fields', problem, offset);
  if (crc32(bytes.subarray(0, headerBytes - 4)) !== u32le(bytes, headerBytes - 4)) {
    throw malformedXz('block header', 'CRC32', inEnglish('the checksum is wrong'), offset + headerBytes - 4);
  }
  let at = 2;
  const next = (): number => {
    if (at >= headerBytes - 4) throw fail(inEnglish('it is too short'));
    return bytes[at++]!;
  };
  const flags = bytes[1]!;
  if (flags & 0x3c) throw input.unsupported(inEnglish('reserved block flags'));
  const compressedBytes = flags & 0x40 ? readVli(next, fail) : null;
  const outputBytes = flags & 0x80 ? readVli(next, fail) : null;
  if (compressedBytes === 0) throw fail(inEnglish('the compressed size is 0'));
  const filterCount = (flags & 3) + 1;
  let dictionaryBytes = 0;
  for (let index = 0; index < filterCount; index++) {
    const id = readVli(next, fail);
    const propertyBytes = readVli(next, fail);
    if (id !== lzma2Filter)
      throw input.unsupported(inEnglish('the filter {filterNames}', { filterNames: filterNames[id] ?? id }));
    if (index !== filterCount - 1 || propertyBytes !== 1)
      throw fail(inEnglish('LZMA2 is not the last filter'));
    const bits = next();
    if (bits > 40) throw fail(inEnglish('the dictionary has no such size'));
    dictionaryBytes = bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11);
  }
  if (bytes.subarray(at, headerBytes - 4).some((byte) => byte !== 0)) {
    throw input.unsupported(inEnglish('header fields of a later version'));
  }
  return { headerBytes, compressedBytes, outputBytes, dictionaryBytes };
}

/**
 * Reads an index (section 4) from `offset` on: calls `take` for every record. @returns the size of the index.
 * @throws Failure `image.malformed`, `image.truncated`.
 */
export function readIndex(
  input: CompressedInput,
  take: (unpaddedBytes: number, outputBytes: number) => void,
): number {
  const start = input.offset;
  let crc = 0;
  const next = (): number => {
    const byte = input.take(1);
    crc = crc32(byte, crc);
    return byte[0]!;
  };
  const fail = (problem: Message): Failure => malformedXz('index', 'records', problem, input.offset);
  if (next() !== 0) throw fail(inEnglish('no index begins here'));
  const count = readVli(next, fail);
  if (count > recordLimit)
    throw input.unsupported(inEnglish('{count} blocks (at most {recordLimit})', { count, recordLimit }));
  for (let index = 0; index < count; index++) {
    const unpaddedBytes = readVli(next, fail);
    const outputBytes = readVli(next, fail);
    if (unpaddedBytes < 5) throw fail(inEnglish('a block is too short'));
    take(unpaddedBytes, outputBytes);
  }
  while ((input.offset - start) % 4 !== 0) if (next() !== 0) throw fail(inEnglish('the padding is not zero'));
  if (input.u32le() !== crc)
    throw malformedXz('index', 'CRC32', inEnglish('the checksum is wrong'), input.offset - 4);
  return input.offset - start;
}

/**
 * The blocks of a whole file, found from its end by the footers and indices of its streams.
 * @throws Failure `image.malformed`, `image.truncated`, `image.unsupported`.
 */
export function readBlocks(file: ByteSource, input: CompressedInput): XzBlock[] {
  const streams: { start: number; check: number; records: [number, number][] }[] = [];
  let count = 0;
  for (let end = file.sizeBytes; end > 0;) {
    end = withoutPadding(file, end);
    if (end < streamHeaderBytes + streamFooterBytes + 8)
      throw malformedXz('stream', 'size', inEnglish('it is too short'), 0);
    const footerOffset = end - streamFooterBytes;
    const { check, indexBytes } = readStreamFooter(
      readBytes(file, footerOffset, streamFooterBytes),
      footerOffset,
    );
    const indexOffset = footerOffset - indexBytes;
    if (indexOffset < streamHeaderBytes) {
      throw malformedXz(
        'stream footer',
        'backward size',
        inEnglish('it leads before the file'),
        footerOffset + 4,
      );
    }
    const records: [number, number][] = [];
    input.seek(indexOffset);
    const read = readIndex(input, (unpaddedBytes, outputBytes) => {
      if (++count > recordLimit)
        throw input.unsupported(inEnglish('more than {recordLimit} blocks', { recordLimit }));
      records.push([unpaddedBytes, outputBytes]);
    });
    if (read !== indexBytes) {
      throw malformedXz(
        'stream footer',
        'backward size',
        inEnglish('the index has another size'),
        footerOffset + 4,
      );
    }
    const blockBytes = records.reduce((sum, [unpaddedBytes]) => sum + padded(unpaddedBytes), 0);
    const start = indexOffset - blockBytes - streamHeaderBytes;
    if (start < 0)
      throw malformedXz('index', 'records', inEnglish('the blocks are longer than the file'), indexOffset);
    if (readStreamHeader(readBytes(file, start, streamHeaderBytes), start) !== check) {
      throw malformedXz('stream footer', 'flags', inEnglish('the header says otherwise'), footerOffset + 8);
    }
    streams.push({ start, check, records });
    end = start;
  }
  return placed(streams.reverse());
}

function placed(streams: readonly { start: number; check: number; records: readonly [number, number][] }[]) {
  const blocks: XzBlock[] = [];
  let outputOffset = 0;
  for (const { start, check, records } of streams) {
    let fileOffset = start + streamHeaderBytes;
    for (const [unpaddedBytes, outputBytes] of records) {
      blocks.push({ fileOffset, unpaddedBytes, outputOffset, outputBytes, check });
      fileOffset += padded(unpaddedBytes);
      outputOffset += outputBytes;
      if (!Number.isSafeInteger(outputOffset)) {
        throw malformedXz('index', 'records', inEnglish('the sizes are absurd'), fileOffset);
      }
    }
  }
  return blocks;
}

/** Stream padding (section 2.2): zeros, four at a time. */
function withoutPadding(file: ByteSource, end: number): number {
  const pieceBytes = 64 << 10;
  let at = end;
  while (at > 0) {
    const length = Math.min(pieceBytes, at);
    const piece = readBytes(file, at - length, length);
    let used = length;
    while (used > 0 && piece[used - 1] === 0) used--;
    at -= length - used;
    if (used > 0) break;
  }
  // The footer's own last byte is not zero, so what is cut off is whole groups of four.
  if ((end - at) % 4 !== 0)
    throw malformedXz('stream padding', 'size', inEnglish('it is no multiple of four'), at);
  return at;
}
