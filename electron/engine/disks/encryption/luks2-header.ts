/** The two headers of LUKS version 2: the newer one whose checksum is right (LUKS2 On-Disk Format, section 2). */
import { createHash } from 'node:crypto';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { ascii, bits64be, bytes, struct, u16be, u64be } from '../../bytes/struct.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { knowsHash } from './key-derivation.ts';
import { luksMagic, textOf } from './luks1.ts';

/** Section 2.1, figure 2. */
export const luks2Header = struct({ format: 'luks', name: 'LUKS2 binary header' }, 4096, {
  magic: ascii(0, 6),
  version: u16be(6),
  hdrSize: u64be(8),
  seqid: bits64be(16),
  label: ascii(24, 48),
  csumAlg: ascii(72, 32),
  salt: bytes(104, 64),
  uuid: ascii(168, 40),
  subsystem: ascii(208, 48),
  hdrOffset: u64be(256),
  csum: bytes(448, 64),
});

const secondMagic = 'SKUL\xba\xbe';
/** Sizes of a header with its JSON area: 16 KiB, doubled up to 4 MiB; the second header lies behind the first. */
const headerSizes = Array.from({ length: 9 }, (_, index) => 16384 * 2 ** index);

export interface Luks2Metadata {
  readonly label: string;
  readonly uuid: string;
  /** The JSON area, parsed and not checked. */
  readonly json: unknown;
}

/** Reads the newer header. @throws Failure `image.malformed`, `image.truncated` when both are damaged. */
export function readLuks2Metadata(source: ByteSource): Luks2Metadata {
  const first = attempt(() => readHeader(source, 0, luksMagic));
  let best = first;
  for (const offset of headerSizes) {
    if (offset + luks2Header.sizeBytes > source.sizeBytes) break;
    if (new TextDecoder('latin1').decode(readBytes(source, offset, 4)) !== 'SKUL') continue;
    const second = attempt(() => readHeader(source, offset, secondMagic));
    if (second instanceof Failure) continue;
    if (best instanceof Failure || second.seqid > best.seqid) best = second;
  }
  if (best instanceof Failure) throw best;
  return best;
}

function attempt<T>(action: () => T): T | Failure {
  try {
    return action();
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith('image.')) return error;
    throw error;
  }
}

function readHeader(
  source: ByteSource,
  fileOffset: number,
  magic: string,
): Luks2Metadata & { readonly seqid: bigint } {
  const header = luks2Header.read(source, fileOffset);
  if (header.magic !== magic)
    throw luks2Header.malformed('magic', inEnglish('it is not the magic of LUKS2'), fileOffset);
  if (header.version !== 2)
    throw luks2Header.malformed(
      'version',
      inEnglish('{version} is not 2', { version: header.version }),
      fileOffset,
    );
  if (!headerSizes.includes(header.hdrSize)) {
    throw luks2Header.malformed(
      'hdrSize',
      inEnglish('{hdrSize} is no size of a header', { hdrSize: header.hdrSize }),
      fileOffset,
    );
  }
  if (header.hdrOffset !== fileOffset) {
    throw luks2Header.malformed(
      'hdrOffset',
      inEnglish('{hdrOffset} is not where it lies', { hdrOffset: header.hdrOffset }),
      fileOffset,
    );
  }
  const area = readBytes(source, fileOffset, header.hdrSize);
  checkSum(area, header.csum, textOf(header.csumAlg), fileOffset);
  const json = area.subarray(luks2Header.sizeBytes);
  const end = json.indexOf(0);
  const text = new TextDecoder().decode(end < 0 ? json : json.subarray(0, end));
  const uuid = textOf(header.uuid);
  try {
    return { label: textOf(header.label), uuid, seqid: header.seqid, json: JSON.parse(text) as unknown };
  } catch {
    throw new Failure('image.malformed', {
      format: 'luks',
      structure: 'LUKS2 JSON area',
      field: 'text',
      fileOffset: fileOffset + luks2Header.sizeBytes,
      problem: inEnglish('it is not JSON'),
    });
  }
}

/** The checksum is of the header and its JSON area, with its own field as zeros. */
function checkSum(area: Uint8Array, expected: Uint8Array, algorithm: string, fileOffset: number): void {
  if (!knowsHash(algorithm))
    throw luks2Header.malformed('csumAlg', inEnglish('"{algorithm}" is no hash', { algorithm }), fileOffset);
  const at = luks2Header.fields.csum.offset;
  const digest = createHash(algorithm)
    .update(area.subarray(0, at))
    .update(new Uint8Array(expected.length))
    .update(area.subarray(at + expected.length))
    .digest();
  if (digest.compare(expected.subarray(0, digest.length)) !== 0) {
    throw luks2Header.malformed('csum', inEnglish('the header does not have this checksum'), fileOffset);
  }
}
