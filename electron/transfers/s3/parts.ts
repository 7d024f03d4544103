/** How an object is cut into parts, and the digests of a part and of a whole that is joined of parts. */
import { createHash } from 'node:crypto';
import { lanes } from '../aws/sdk.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';

const mebibyte = 1 << 20;
/** What broke off is sent again from here on: small. Each costs a request: not too small. */
const usualPartBytes = 8 * mebibyte;
/** S3's own limits, read in its user guide ("Amazon S3 multipart upload limits"). */
const mostParts = 10_000;
const mostPartBytes = 5 << 10;
/** All parts under way together take about so much memory. */
const mostBytesUnderWay = 256 * mebibyte;

export interface Cut {
  readonly partBytes: number;
  readonly partCount: number;
  /** Parts that are under way at once. */
  readonly lanes: number;
}

/** Follows from the size alone, so that another run cuts at the same places. @throws Failure `input.invalid` for what is too much. */
export function cutOf(sizeBytes: number): Cut {
  const least = Math.ceil(sizeBytes / mostParts / mebibyte) * mebibyte;
  const partBytes = Math.max(usualPartBytes, least);
  if (partBytes > mostPartBytes * mebibyte) {
    throw new Failure('input.invalid', { problem: inEnglish('it is larger than an object in S3 can be') });
  }
  return {
    partBytes,
    partCount: Math.max(1, Math.ceil(sizeBytes / partBytes)),
    lanes: Math.max(1, Math.min(lanes, Math.floor(mostBytesUnderWay / partBytes))),
  };
}

/** Both digests of a part: the one that every service has, and the one that good ones check. */
export interface PartDigests {
  readonly md5: Buffer;
  readonly sha256: Buffer;
}

export function digestsOf(bytes: Uint8Array): PartDigests {
  return {
    md5: createHash('md5').update(bytes).digest(),
    sha256: createHash('sha256').update(bytes).digest(),
  };
}

/** The tag that S3 gives to an object that was joined of parts with these MD5s. */
export function joinedTag(md5s: readonly Buffer[]): string {
  return `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${md5s.length}`;
}

/** How many parts a tag speaks of; null for that of an object that was sent in one. */
export function partCountIn(tag: string): number | null {
  const found = /^[0-9a-f]{32}-(\d{1,5})$/.exec(tag);
  return found === null ? null : Number(found[1]);
}
