/** Downloads from Glance into a file that gets its name when its digest is the cloud's. */
import type { CloudImage } from '#shared/domain/cloud-image.ts';
import type { DownloadResult, DownloadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { OutputFile } from '#engine/bytes/output-file.ts';
import { abortable, type TransferControl } from '../control.ts';
import { hashOf } from '../sending.ts';
import { Glance } from './glance.ts';
import type { OpenStackAccess } from './settings.ts';

/**
 * Fetches an image. @throws Failure `cloud.*`, `io.*`, `operation.*`; nothing is left behind then.
 */
export async function downloadImage(
  work: DownloadWork,
  access: OpenStackAccess,
  control: TransferControl,
): Promise<DownloadResult> {
  const glance = new Glance(access);
  try {
    return await abortable(control, async (signal) => {
      const image = await glance.show(work.image.id, signal);
      const output = new OutputFile(work.outputPath, work.force ?? false, control);
      try {
        const result = await fetchInto(output, image, glance, control, signal);
        output.sync();
        output.commit();
        return { path: work.outputPath, ...result };
      } catch (error) {
        output.discard();
        throw error;
      }
    });
  } finally {
    glance.close();
  }
}

async function fetchInto(
  output: OutputFile,
  image: CloudImage,
  glance: Glance,
  control: TransferControl,
  signal: AbortSignal,
): Promise<Omit<DownloadResult, 'path'>> {
  const name = image.name ?? image.id;
  const hash = image.hash === null ? null : hashOf(image.hash.algorithm);
  control.begin('downloading', image.sizeBytes ?? 0, name);
  let sizeBytes = 0;
  const { body } = await glance.content(image.id, signal);
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      control.throwIfCancelled();
      output.write(sizeBytes, piece);
      hash?.update(piece);
      sizeBytes += piece.length;
      control.advance(piece.length);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    signal.throwIfAborted();
    throw new Failure(
      'cloud.unreachable',
      { address: name, reason: String((error as Error).message) },
      error,
    );
  }
  if (image.sizeBytes !== null && sizeBytes !== image.sizeBytes) {
    throw new Failure('image.truncated', {
      path: name,
      neededBytes: image.sizeBytes,
      actualBytes: sizeBytes,
    });
  }
  if (image.hash === null || hash === null) return { sizeBytes, verified: null };
  const { algorithm, value: expected } = image.hash;
  const digest = hash.digest('hex');
  if (digest === expected) return { sizeBytes, verified: { algorithm, digest } };
  throw new Failure('cloud.digest-mismatch', { name, algorithm, expected, actual: digest });
}
