/** Downloads an object into a file that gets its name when its digest is the service's; goes on where it broke off. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { DownloadResult, DownloadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { OutputFile } from '#engine/bytes/output-file.ts';
import { attempted, usualRestsMilliseconds } from '../attempts.ts';
import { abortable, type TransferControl } from '../control.ts';
import { s3Access } from './settings.ts';
import { S3Store, type ObjectHead } from './store.ts';
import { tagDigest, type TagDigest } from './tag-digest.ts';
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

function compared(name: string, digest: TagDigest, { tag }: ObjectHead): DownloadResult['verified'] {
  const actual = digest.digest();
  const { algorithm } = digest;
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
