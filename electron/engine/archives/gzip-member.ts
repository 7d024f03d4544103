/** Headers and trailers of gzip members (RFC 1952, section 2.3) around what zlib decodes. */
import { inEnglish } from '#shared/in-english.ts';
import type { CompressedInput } from './compressed-input.ts';

/** A header's name or comment: real ones are a few dozen bytes. */
const longestText = 1 << 20;

/**
 * Reads a member's header; false where the file ends, or holds nothing but zeros (tape padding).
 * @throws Failure `image.malformed`, `image.truncated`.
 */
export function skipGzipHeader(input: CompressedInput): boolean {
  const { offset } = input;
  if (offset > 0 && (input.ended || input.endsInZeros())) return false;
  const [id1, id2, method, flags] = input.take(10) as unknown as [number, number, number, number];
  if (id1 !== 0x1f || id2 !== 0x8b)
    throw input.malformed('member header', 'ID', inEnglish('it is not gzip'), offset);
  if (method !== 8)
    throw input.malformed(
      'member header',
      'CM',
      inEnglish('there is no method {method}', { method }),
      offset + 2,
    );
  if (flags & 0xe0)
    throw input.malformed('member header', 'FLG', inEnglish('reserved bits are set'), offset + 3);
  if (flags & 4) input.take(input.byte() | (input.byte() << 8));
  if (flags & 8) skipText(input);
  if (flags & 16) skipText(input);
  if (flags & 2) input.take(2);
  return true;
}

/** Checks CRC32 and ISIZE (the size modulo 2³²) behind a member's data. @throws Failure `image.malformed`. */
export function endGzipMember(input: CompressedInput, crc: number, sizeBytes: number): void {
  const { offset } = input;
  if (input.u32le() !== crc) {
    throw input.malformed('member trailer', 'CRC32', inEnglish('the data has another checksum'), offset);
  }
  if (input.u32le() !== sizeBytes % 2 ** 32) {
    throw input.malformed('member trailer', 'ISIZE', inEnglish('the data has another size'), offset + 4);
  }
}

function skipText(input: CompressedInput): void {
  const { offset } = input;
  for (let length = 0; input.byte() !== 0; length++) {
    if (length >= longestText)
      throw input.malformed('member header', 'FNAME', inEnglish('it does not end'), offset);
  }
}
