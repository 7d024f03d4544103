/** Members of a cpio archive as the kernel unpacks it (init/initramfs.c), read in one direction. */
import type { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { UnsizedBytes } from '../kernels/unsized-bytes.ts';
import { alignmentBytes, cpioHeader, cpioMagic, trailerName } from './layout.ts';

/** PATH_MAX: the kernel skips members with longer names. */
const longestName = 4096;

export interface CpioMember {
  readonly name: string;
  /** st_mode: type and permissions. */
  readonly mode: number;
  readonly sizeBytes: number;
  readonly dataOffset: number;
}

/** Whether the bytes at `offset` are a member's header. */
export function isCpio(bytes: UnsizedBytes, offset: number): boolean {
  const header = bytes.read(offset, cpioHeader.sizeBytes);
  return (
    header.length === cpioHeader.sizeBytes && cpioMagic.test(Buffer.from(header).toString('latin1', 0, 6))
  );
}

/**
 * The members of the archive at `offset`; returns where its trailer ends, or where the bytes end without one.
 * @throws Failure `image.malformed`, `image.truncated`.
 */
export function* cpioMembers(bytes: UnsizedBytes, offset: number): Generator<CpioMember, number> {
  for (let at = offset; ;) {
    const encoded = bytes.read(at, cpioHeader.sizeBytes);
    if (encoded.length < cpioHeader.sizeBytes) throw endsEarly(at);
    const header = cpioHeader.decode(encoded, 0, at);
    if (!cpioMagic.test(header.magic))
      throw cpioHeader.malformed('magic', inEnglish('it is not 070701 or 070702'), at);
    if (header.nameSize === 0 || header.nameSize > longestName) {
      throw cpioHeader.malformed(
        'nameSize',
        inEnglish('{nameSize} is not between 1 and {longestName}', {
          nameSize: header.nameSize,
          longestName,
        }),
        at,
      );
    }
    const stored = bytes.read(at + cpioHeader.sizeBytes, header.nameSize);
    if (stored.length < header.nameSize) throw endsEarly(at);
    const name = Buffer.from(stored).toString('utf8').split('\0', 1)[0]!;
    const dataOffset = padded(at + cpioHeader.sizeBytes + header.nameSize);
    const end = padded(dataOffset + header.fileSize);
    if (name === trailerName) return end;
    yield { name, mode: header.mode, sizeBytes: header.fileSize, dataOffset };
    at = end;
  }
}

function padded(offset: number): number {
  return Math.ceil(offset / alignmentBytes) * alignmentBytes;
}

function endsEarly(offset: number): Failure<'image.malformed'> {
  return cpioHeader.malformed('magic', inEnglish('the archive ends without its trailer'), offset);
}
