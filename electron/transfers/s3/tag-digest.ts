/** The tag of an object, computed from its bytes: what proves that bytes here and there are the same. */
import { createHash } from 'node:crypto';
import { Failure } from '#shared/failure.ts';
import { isPassing } from '../attempts.ts';
import { cutOf, joinedTag, partCountIn } from './parts.ts';
import type { ObjectHead, S3Store } from './store.ts';

/** What computes the tag that such an object has; null where that follows from no bytes that one can see. @throws Failure `cloud.*`. */
export async function tagDigest(
  store: S3Store,
  key: string,
  { tag, tagIsDigest, sizeBytes }: ObjectHead,
  signal: AbortSignal,
): Promise<TagDigest | null> {
  if (!tagIsDigest) return null;
  if (/^[0-9a-f]{32}$/.test(tag)) return new TagDigest(Math.max(1, sizeBytes), false, true);
  const count = partCountIn(tag);
  if (count === null) return null;
  const told = await partBytesTold(store, key, count, signal);
  // All parts but the last are of one size where they were cut by any of the usual tools.
  const partBytes = told ?? cutOf(sizeBytes).partBytes;
  return Math.ceil(sizeBytes / partBytes) === count ? new TagDigest(partBytes, true, told !== null) : null;
}

/** The size of the first part; null where the service does not tell. */
async function partBytesTold(
  store: S3Store,
  key: string,
  count: number,
  signal: AbortSignal,
): Promise<number | null> {
  try {
    const first = await store.find(key, signal, 1);
    return first?.partCount === count ? first.sizeBytes : null;
  } catch (error) {
    if (error instanceof Failure && error.code === 'cloud.refused' && !isPassing(error)) return null;
    throw error;
  }
}

/** MD5 over parts as they come in pieces. */
export class TagDigest {
  readonly #partBytes: number;
  readonly #joined: boolean;
  /** Whether another digest than the tag proves that something is wrong: not where the cut is a guess. */
  readonly isCertain: boolean;
  readonly #md5s: Buffer[] = [];
  #hash = createHash('md5');
  #inPart = 0;

  constructor(partBytes: number, joined: boolean, isCertain: boolean) {
    this.isCertain = isCertain;
    this.#partBytes = partBytes;
    this.#joined = joined;
  }

  /** For people. */
  get algorithm(): string {
    return this.#joined ? 'md5 of parts' : 'md5';
  }

  update(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      const taken = piece.subarray(at, at + this.#partBytes - this.#inPart);
      this.#hash.update(taken);
      at += taken.length;
      this.#inPart += taken.length;
      if (this.#inPart === this.#partBytes) this.#endPart();
    }
  }

  digest(): string {
    if (this.#inPart > 0 || this.#md5s.length === 0) this.#endPart();
    return this.#joined ? joinedTag(this.#md5s) : this.#md5s[0]!.toString('hex');
  }

  #endPart(): void {
    this.#md5s.push(this.#hash.digest());
    this.#hash = createHash('md5');
    this.#inPart = 0;
  }
}
