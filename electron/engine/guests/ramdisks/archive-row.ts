/** A ramdisk as the kernel reads it: cpio archives in a row, plain or compressed, with zeros in between (init/initramfs.c). */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { isZero } from '../../bytes/zeros.ts';
import { compressionMethod, openCompressed } from '../kernels/compressed.ts';
import { UnsizedBytes } from '../kernels/unsized-bytes.ts';
import { cpioMembers, isCpio, type CpioMember } from './cpio.ts';

/** More members than any ramdisk has. */
const memberLimit = 500_000;
/** How far a compressed archive is decoded. */
const decodedLimitBytes = 512 << 20;
/** Programs pad to a page or a sector. */
const paddingLimitBytes = 1 << 20;
const paddingStepBytes = 4096;

export interface RowSummary {
  /** One entry for each archive, in their order: the compression's name, or null for a plain one. */
  readonly archives: readonly (string | null)[];
  /** What stopped the walk before the end, in words; null when all was read. */
  readonly problem: Message | null;
  /** True where `visit` had seen enough, or the walk came to its limit. */
  readonly stopped: boolean;
}

/**
 * Walks through all archives of `source`. `visit` is called for each member and may read its data at once; when it
 * returns true inside a compressed archive the walk ends, for going on there costs time. Does not close `source`.
 * @throws Failure `io.*`.
 */
export function walkArchives(
  source: ByteSource,
  visit: (member: CpioMember, bytes: UnsizedBytes) => boolean,
): RowSummary {
  const walk = new Walk(visit);
  try {
    walk.plain(source);
  } catch (error) {
    if (!(error instanceof Failure) || error.code.startsWith('io.')) throw error;
    walk.problem = problemOf(error);
  }
  const { archives, problem, stopped } = walk;
  return { archives, problem, stopped };
}

class Walk {
  readonly archives: (string | null)[] = [];
  problem: Message | null = null;
  stopped = false;
  readonly #visit: (member: CpioMember, bytes: UnsizedBytes) => boolean;
  #memberCount = 0;

  constructor(visit: (member: CpioMember, bytes: UnsizedBytes) => boolean) {
    this.#visit = visit;
  }

  /** The file itself: what is compressed in it goes to its end. */
  plain(source: ByteSource): void {
    const bytes = new UnsizedBytes(source);
    for (let at: number | null = 0; at !== null && at < source.sizeBytes && !this.stopped;) {
      if (isCpio(bytes, at)) {
        at = skipZeros(bytes, this.#archive(bytes, at, null));
        continue;
      }
      const method = compressionMethod(bytes.read(at, 8));
      if (method === null) {
        this.problem = inEnglish('what lies at byte {at} is no archive', { at });
        return;
      }
      const plain = this.#open(source, at, method);
      try {
        this.#compressed(new UnsizedBytes(plain), method);
      } finally {
        plain.close();
      }
      return;
    }
  }

  #open(source: ByteSource, offset: number, method: string): ByteSource {
    try {
      return openCompressed(source, { start: offset, length: source.sizeBytes - offset }, method);
    } catch (error) {
      // What cannot be looked into is an archive all the same.
      this.archives.push(method);
      throw error;
    }
  }

  #compressed(bytes: UnsizedBytes, method: string): void {
    try {
      this.#allOf(bytes, method);
    } catch (error) {
      // What is missing then is missing because the stream breaks off.
      if (!bytes.cutOff || !(error instanceof Failure)) throw error;
    }
    if (bytes.cutOff) this.problem = inEnglish('the compressed data end too early');
  }

  #allOf(bytes: UnsizedBytes, method: string): void {
    for (let at: number | null = 0; at !== null && !this.stopped;) {
      if (!isCpio(bytes, at)) {
        if (at === 0) this.problem = inEnglish('what is compressed with {method} is no archive', { method });
        else if (bytes.read(at, 1).length > 0)
          this.problem = inEnglish('something else follows the last archive');
        return;
      }
      at = skipZeros(bytes, this.#archive(bytes, at, method));
    }
  }

  /** Where the archive at `offset` ends. */
  #archive(bytes: UnsizedBytes, offset: number, method: string | null): number {
    this.archives.push(method);
    const members = cpioMembers(bytes, offset);
    for (;;) {
      const next = members.next();
      if (next.done === true) return next.value;
      const isEnough = this.#visit(next.value, bytes);
      this.#memberCount += 1;
      const isFar = method !== null && next.value.dataOffset > decodedLimitBytes;
      if (isFar || this.#memberCount >= memberLimit || (isEnough && method !== null)) {
        this.stopped = true;
        return next.value.dataOffset;
      }
    }
  }
}

/** The first byte from `offset` on that is not zero; null when there is none within the padding there may be. */
function skipZeros(bytes: UnsizedBytes, offset: number): number | null {
  for (let at = offset; at < offset + paddingLimitBytes; at += paddingStepBytes) {
    const block = bytes.read(at, paddingStepBytes);
    if (block.length === 0) return null;
    if (!isZero(block)) return at + block.findIndex((byte) => byte !== 0);
  }
  return null;
}

function problemOf(failure: Failure): Message {
  if (failure.code === 'image.unsupported') {
    return inEnglish('Platter does not undo {format} here', {
      format: (failure as Failure<'image.unsupported'>).details.format,
    });
  }
  if (failure.code === 'image.malformed') {
    const { structure, field, fileOffset, problem } = (failure as Failure<'image.malformed'>).details;
    return inEnglish('{structure}, {field}, byte {fileOffset}: {problem}', {
      structure,
      field,
      fileOffset,
      problem: asValue(problem),
    });
  }
  return inEnglish('the file ends too early');
}
