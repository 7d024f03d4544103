/** Descriptor tags of UDF (ECMA-167 3/7.2): which descriptor it is, and whether its bytes are what was written. */
import { inEnglish } from '#shared/in-english.ts';
import { descriptorTag, malformed } from './layout.ts';

/** The CRC of ITU-T V.41, as ECMA-167 3/7.2.6 has it. */
export function crcItu(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc;
}

/** The sum of a tag's bytes but the checksum itself. */
export function tagChecksum(bytes: Uint8Array, at = 0): number {
  let sum = 0;
  for (let index = 0; index < descriptorTag.sizeBytes; index++) if (index !== 4) sum += bytes[at + index]!;
  return sum & 0xff;
}

/** The identifier of the descriptor that `bytes` begins with; null where no tag is. Its body is not looked at. */
export function tagIdentifier(bytes: Uint8Array, at = 0): number | null {
  if (at + descriptorTag.sizeBytes > bytes.length) return null;
  const { identifier, checksum, version } = descriptorTag.decode(bytes, at);
  return checksum === tagChecksum(bytes, at) && (version === 2 || version === 3) ? identifier : null;
}

/**
 * Makes sure that `bytes` holds a whole descriptor of one of those kinds; which one it is. `fileOffset` is for messages.
 * @throws Failure `image.malformed`.
 */
export function requireTag(bytes: Uint8Array, identifiers: readonly number[], fileOffset: number): number {
  const identifier = tagIdentifier(bytes);
  if (identifier === null)
    throw malformed('descriptor tag', 'checksum', fileOffset, inEnglish('there is no descriptor'));
  if (!identifiers.includes(identifier)) {
    const problem = inEnglish('descriptor {identifier} where {identifiers} was expected', {
      identifier,
      identifiers: identifiers.join(' or '),
    });
    throw malformed('descriptor tag', 'identifier', fileOffset, problem);
  }
  const { crc, crcLength } = descriptorTag.decode(bytes);
  const body = bytes.subarray(descriptorTag.sizeBytes, descriptorTag.sizeBytes + crcLength);
  // Some writers count more than they have, or leave the CRC out.
  if (crcLength > 0 && body.length === crcLength && crcItu(body) !== crc) {
    throw malformed(
      'descriptor tag',
      'crc',
      fileOffset,
      inEnglish('the bytes of descriptor {identifier} were changed', { identifier }),
    );
  }
  return identifier;
}
