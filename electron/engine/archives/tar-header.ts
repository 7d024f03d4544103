/** The tar header block: POSIX.1 ustar (pax, section "ustar Interchange Format"), with what GNU tar, star and v7 do to it. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import { ascii, bytes, struct } from '../bytes/struct.ts';

export const blockBytes = 512;

const header = struct({ format: 'tar', name: 'header' }, blockBytes, {
  name: bytes(0, 100),
  size: bytes(124, 12),
  chksum: bytes(148, 8),
  typeflag: ascii(156, 1),
  linkname: bytes(157, 100),
  magic: ascii(257, 6),
  prefix: bytes(345, 155),
  /** star's extended ustar ends with this, and has times where the prefix would go on. */
  starMagic: ascii(508, 4),
});

/** GNU's own fields, in place of ustar's prefix, of a member whose typeflag is S (GNU tar manual, "Old GNU Format"). */
export const gnuSparseFields = { entries: 386, entryCount: 4, isExtended: 482, realSize: 483 } as const;

export interface TarHeader {
  readonly name: string;
  readonly sizeBytes: number;
  readonly typeflag: string;
}

/** The failure that says what is wrong with the archive at `fileOffset`. */
export function malformedTar(problem: Message, fileOffset: number): Failure<'package.malformed'> {
  return new Failure('package.malformed', { structure: `tar header at ${fileOffset}`, problem });
}

/** Whether the checksum holds: the sum of all bytes, its own field as spaces; old tars summed signed bytes. */
export function hasTarChecksum(block: Uint8Array): boolean {
  let stored: number;
  try {
    stored = readTarNumber(block.subarray(148, 156), 0);
  } catch {
    return false;
  }
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < blockBytes; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : block[at]!;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  return stored === unsigned || stored === signed;
}

/** Decodes a block whose checksum holds. @throws Failure `package.malformed`. */
export function readTarHeader(block: Uint8Array, fileOffset: number): TarHeader {
  const fields = header.decode(block, 0, fileOffset);
  // "ustar\0" is POSIX; GNU writes "ustar  " and uses the prefix for other things; v7 has nothing.
  const posix = fields.magic === 'ustar\0';
  const prefix = posix ? tarText(fields.prefix.subarray(0, fields.starMagic === 'tar\0' ? 131 : 155)) : '';
  const name = tarText(fields.name);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    sizeBytes: readTarNumber(fields.size, fileOffset),
    typeflag: fields.typeflag,
  };
}

/**
 * A number in octal, padded with spaces and zeros, or in base 256 where the first bit is set (GNU tar manual,
 * "Extensions"). An empty field is 0. @throws Failure `package.malformed` when it is negative, too large or neither.
 */
export function readTarNumber(field: Uint8Array, fileOffset: number): number {
  const first = field[0]!;
  if (first & 0x80) {
    if (first & 0x40) throw malformedTar(inEnglish('a number is negative'), fileOffset);
    let value = BigInt(first & 0x3f);
    for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
    if (value > Number.MAX_SAFE_INTEGER)
      throw malformedTar(inEnglish('a number is absurdly large'), fileOffset);
    return Number(value);
  }
  const text = tarText(field).trim();
  if (text.startsWith('-')) throw malformedTar(inEnglish('a number is negative'), fileOffset);
  if (!/^[0-7]*$/.test(text))
    throw malformedTar(inEnglish('"{text}" is not an octal number', { text: printable(text) }), fileOffset);
  // Twelve octal digits are 36 bits at most.
  return text === '' ? 0 : parseInt(text, 8);
}

/** The text up to the first NUL: UTF-8, or Latin-1 where it is none. */
export function tarText(field: Uint8Array): string {
  const end = field.indexOf(0);
  const text = end === -1 ? field : field.subarray(0, end);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    return Buffer.from(text).toString('latin1');
  }
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

/** Reads what is known to be there, or known to be short: asking a compressed archive for its size would decode it all. */
export function readReached(source: ByteSource, fileOffset: number, lengthBytes: number): Uint8Array {
  const block = new Uint8Array(lengthBytes);
  source.read(fileOffset, block);
  return block;
}
