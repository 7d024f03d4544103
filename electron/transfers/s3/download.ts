/** Downloads an object into a file that gets its name when its digest is the service's; goes on where it broke off. */
import { createHash } from 'node:crypto';
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { DownloadResult, DownloadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { OutputFile } from '#engine/bytes/output-file.ts';
import { attempted, isPassing, usualRestsMilliseconds } from '../attempts.ts';
import { abortable, type TransferControl } from '../control.ts';
import { cutOf, joinedTag, partCountIn } from './parts.ts';
import { s3Access } from './settings.ts';
import { S3Store, type ObjectHead } from './store.ts';
import type { S3UploadOptions } from './upload.ts';

/** Fetches an object. @throws Failure `cloud.*`, `io.*`, `operation.*`; nothing is left behind then. */
export async function downloadObject(
  work: DownloadWork,
  access: CloudAccess,
  control: TransferControl,
  { restsMilliseconds = usualRestsMilliseconds }: S3UploadOptions = {},
): Promise<DownloadResult> {
  const store = await S3Store.open(s3Access(access));
  const key = work.image.id;
  try {
    return await abortable(control, async (signal) => {
      const again = <T>(request: () => Promise<T>): Promise<T> =>
        attempted({ restsMilliseconds, signal }, request);
      const head = await again(() => store.find(key, signal));
      if (head === null) throw missing(store.bucket, key);
      const digest = await again(() => tagDigest(store, key, head, signal));
      const output = new OutputFile(work.outputPath, work.force ?? false, control);
      try {
        control.begin('downloading', head.sizeBytes, work.image.name ?? key);
        let doneBytes = 0;
        await again(async () => {
          for await (const piece of contentOf(store, key, doneBytes, head, signal)) {
            control.throwIfCancelled();
            output.write(doneBytes, piece);
            digest?.update(piece);
            doneBytes += piece.length;
            control.advance(piece.length);
          }
          if (doneBytes < head.sizeBytes) throw brokeOff(key, inEnglish('it ended before its end'));
        });
        const verified = digest === null ? null : compared(key, digest, head);
        output.sync();
        output.commit();
        return { path: work.outputPath, sizeBytes: doneBytes, verified };
      } catch (error) {
        output.discard();
        throw error;
      }
    });
  } finally {
    store.close();
  }
}

/** The rest of the object from `start` on. */
async function* contentOf(
  store: S3Store,
  key: string,
  start: number,
  { tag, sizeBytes }: ObjectHead,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  if (start >= sizeBytes) return;
  const body = await store.content(key, start, tag, signal);
  try {
    yield* body;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    throw brokeOff(key, String((error as Error).message));
  }
}

/** What computes the tag that such an object has; null where that follows from no bytes that one can see. */
async function tagDigest(
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
class TagDigest {
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

function compared(name: string, digest: TagDigest, { tag }: ObjectHead): DownloadResult['verified'] {
  const actual = digest.digest();
  const algorithm = partCountIn(tag) === null ? 'md5' : 'md5 of parts';
  if (actual === tag) return { algorithm, digest: actual };
  if (!digest.isCertain) return null;
  throw new Failure('cloud.digest-mismatch', { name, algorithm, expected: tag, actual });
}

function brokeOff(address: string, reason: Message): Failure<'cloud.unreachable'> {
  return new Failure('cloud.unreachable', { address, reason });
}

function missing(bucket: string, key: string): Failure<'cloud.refused'> {
  const problem = inEnglish('{bucket} has no object "{key}", or does not show it to this account', {
    bucket,
    key,
  });
  return new Failure('cloud.refused', { action: inEnglish('read the object'), status: 404, problem });
}
