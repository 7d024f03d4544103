/** The file type identifier and the two headers, of which the newer valid one counts ([MS-VHDX] 2.2.1, 2.2.2). */
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, requireWithin, type ByteSource } from '../../bytes/source.ts';
import type { ValuesOf } from '../../bytes/struct.ts';
import { isNullUuid } from '../uuids.ts';
import { crc32c } from './crc32c.ts';
import {
  fileSignature,
  fileTypeIdentifier,
  header,
  headerOffsets,
  headerSignature,
  mebibyte,
  unsupported,
  version1,
} from './layout.ts';

export type HeaderFields = ValuesOf<(typeof header)['fields']>;

export interface FoundHeader {
  readonly fields: HeaderFields;
  readonly fileOffset: number;
  /** True when the other header is not valid. */
  readonly alone: boolean;
  /** The program that made the file. */
  readonly creator: string;
}

interface Candidate {
  readonly fields: HeaderFields;
  readonly bytes: Uint8Array;
  readonly fileOffset: number;
}

/** Which of the two headers are valid, by their order in the file. @throws Failure `image.truncated`. */
export function headerStates(
  file: ByteSource,
): readonly { readonly fileOffset: number; readonly isValid: boolean }[] {
  return headerOffsets.map((fileOffset) => ({
    fileOffset,
    isValid: readCandidate(file, fileOffset) !== null,
  }));
}

/** Finds and checks the current header. @throws Failure `image.malformed`, `image.unsupported`, `image.truncated`. */
export function findHeader(file: ByteSource): FoundHeader {
  const identifier = fileTypeIdentifier.read(file, 0);
  if (identifier.signature !== fileSignature) {
    throw fileTypeIdentifier.malformed(
      'signature',
      inEnglish('it is not {fileSignature}', { fileSignature }),
    );
  }
  const valid = headerOffsets.map((offset) => readCandidate(file, offset)).filter((one) => one !== null);
  const [first, second] = valid;
  if (first === undefined)
    throw header.malformed('checksum', inEnglish('neither of the two headers is valid'), headerOffsets[0]);
  const current = second === undefined ? first : newer(first, second);
  check(file, current);
  const { fields, fileOffset } = current;
  return { fields, fileOffset, alone: second === undefined, creator: textOf(identifier.creator) };
}

function readCandidate(file: ByteSource, fileOffset: number): Candidate | null {
  const bytes = readBytes(file, fileOffset, header.sizeBytes);
  const view = new DataView(bytes.buffer);
  if (Buffer.from(bytes.buffer, 0, 4).toString('latin1') !== headerSignature) return null;
  if (view.getUint32(4, true) !== crc32c(bytes, 4)) return null;
  return { fields: header.decode(bytes, 0, fileOffset), bytes, fileOffset };
}

function newer(first: Candidate, second: Candidate): Candidate {
  const [a, b] = [first.fields.sequenceNumber, second.fields.sequenceNumber];
  if (a === b && Buffer.compare(first.bytes, second.bytes) !== 0) {
    const problem = inEnglish('both headers have the same number, and different content');
    throw header.malformed('sequenceNumber', problem, second.fileOffset);
  }
  return b > a ? second : first;
}

function check(file: ByteSource, { fields, fileOffset }: Candidate): void {
  const { version, logVersion, logGuid, logLength, logOffset } = fields;
  if (version !== version1) throw unsupported(`version ${version}`);
  // Of a log that is empty the version does not matter.
  if (logVersion !== 0 && !isNullUuid(logGuid))
    throw unsupported(inEnglish('a log of version {logVersion}', { logVersion }));
  if (logLength % mebibyte !== 0) {
    throw header.malformed(
      'logLength',
      inEnglish('{logLength} is not a multiple of 1 MiB', { logLength }),
      fileOffset,
    );
  }
  if (logOffset % mebibyte !== 0 || (logOffset === 0 && logLength > 0)) {
    throw header.malformed(
      'logOffset',
      inEnglish('{logOffset} is not a multiple of 1 MiB from 1 MiB on', { logOffset }),
      fileOffset,
    );
  }
  requireWithin(file, logOffset, logLength);
}

function textOf(field: Uint8Array): string {
  const text = new TextDecoder('utf-16le').decode(field);
  const end = text.indexOf('\0');
  return (end < 0 ? text : text.slice(0, end)).trim();
}
