/** The System Use Sharing Protocol (SUSP 1.12): fields behind a directory record, and their continuations. */
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../../bytes/source.ts';
import { continuationArea, malformed } from './layout.ts';

/** One field, whole: its signature, length and version are in `bytes`. */
export interface SystemUseField {
  readonly signature: string;
  readonly bytes: Uint8Array;
}

/** More than a name, a link target and dates of the longest kind ever take. */
const maximumContinuations = 64;

/**
 * The fields of a system use area and of the continuations that it chains, in their order.
 * @throws Failure `image.malformed` for a chain that comes back or leaves the volume.
 */
export function* systemUseFields(
  volume: ByteSource,
  area: Uint8Array,
  blockBytes: number,
): Iterable<SystemUseField> {
  let current: Uint8Array | null = area;
  const seen = new Set<number>();
  while (current !== null) {
    let next: Uint8Array | null = null;
    for (const field of fieldsOf(current)) {
      if (field.signature === 'ST') break;
      if (field.signature === 'CE' && field.bytes.length >= continuationArea.sizeBytes) {
        next = continuation(volume, field.bytes, blockBytes, seen);
      } else {
        yield field;
      }
    }
    current = next;
  }
}

function* fieldsOf(area: Uint8Array): Iterable<SystemUseField> {
  let at = 0;
  while (at + 4 <= area.length) {
    const length = area[at + 2]!;
    // Padding, or something that is not SUSP: nothing can follow it.
    if (length < 4 || at + length > area.length) return;
    yield {
      signature: String.fromCharCode(area[at]!, area[at + 1]!),
      bytes: area.subarray(at, at + length),
    };
    at += length;
  }
}

function continuation(
  volume: ByteSource,
  field: Uint8Array,
  blockBytes: number,
  seen: Set<number>,
): Uint8Array {
  const { blockLocation, offset, lengthBytes } = continuationArea.decode(field);
  const at = blockLocation * blockBytes + offset;
  if (seen.has(at)) throw malformed('SUSP CE', 'blockLocation', at, inEnglish('the continuation comes back'));
  seen.add(at);
  if (seen.size > maximumContinuations) {
    throw malformed(
      'SUSP CE',
      'blockLocation',
      at,
      inEnglish('over {maximumContinuations} continuations', { maximumContinuations }),
    );
  }
  if (offset > blockBytes || lengthBytes > blockBytes) {
    throw malformed(
      'SUSP CE',
      'lengthBytes',
      at,
      inEnglish('{offset} + {lengthBytes} is more than a block', { offset, lengthBytes }),
    );
  }
  return readBytes(volume, at, lengthBytes);
}

/** What SP in the root's own record says (SUSP 1.12, 5.3): the bytes to skip in other records; null without SUSP. */
export function systemUseSkip(rootArea: Uint8Array): number | null {
  // CD-ROM XA puts 14 bytes of its own first.
  for (const start of [0, 14]) {
    const [s, p, length, , be, ef, skip] = rootArea.subarray(start, start + 7);
    if (s === 0x53 && p === 0x50 && length === 7 && be === 0xbe && ef === 0xef)
      return start === 0 ? skip! : start;
  }
  return null;
}
