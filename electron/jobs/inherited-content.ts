/** What is known of a content goes on to a verified copy of it, which is not read again for that. */
import { stat } from 'node:fs/promises';
import type { ContentFile } from '#shared/domain/content.ts';
import type { ConversionRequest, ConversionResult, SourceReference } from '#shared/domain/conversion.ts';
import { findContent, recordContent } from '../catalogue/contents.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { findImageByPath } from '../catalogue/images.ts';

/** The files of both ends, as they are after the work. */
export interface VerifiedCopy {
  readonly source: SourceReference;
  readonly sourceFile: ContentFile;
  readonly result: ConversionResult;
  readonly file: ContentFile;
}

/** Null for what is no verified copy of all of a disk in one file. */
export async function verifiedCopy(
  { source, target }: ConversionRequest,
  result: ConversionResult,
): Promise<VerifiedCopy | null> {
  const isWhole = Object.entries(source).every(
    ([name, value]) => value === undefined || ['path', 'format', 'allowed'].includes(name),
  );
  if (!result.verified || !isWhole || target.backing !== undefined || target.format === 'as-is') return null;
  const [sourceFile, file] = await Promise.all([fileAt(source.path), fileAt(result.path)]);
  // An output in several files is larger than its first one.
  if (sourceFile === null || file === null || file.stamp.sizeBytes !== result.fileSizeBytes) return null;
  return { source, sourceFile, result, file };
}

/** Records the content of the copy where that of its source is known, and the source is what it was then. */
export function inheritContent(
  catalogue: Catalogue,
  { source, sourceFile, result, file }: VerifiedCopy,
  at: string,
): void {
  const from = findImageByPath(catalogue, source.path);
  const to = findImageByPath(catalogue, result.path);
  if (from === null || to === null || (source.format ?? from.format) !== from.format) return;
  const content = findContent(catalogue, from.id);
  const [known, ...others] = content?.files ?? [];
  const isSame =
    known?.stamp.sizeBytes === sourceFile.stamp.sizeBytes &&
    known.stamp.inode === sourceFile.stamp.inode &&
    Math.abs(known.stamp.modifiedMilliseconds - sourceFile.stamp.modifiedMilliseconds) < 1;
  if (content === null || !isSame || others.length > 0) return;
  if (content.virtualSizeBytes !== result.virtualSizeBytes) return;
  recordContent(catalogue, to.id, { ...content, files: [file] }, at);
}

const blockBytes = 512;

async function fileAt(path: string): Promise<ContentFile | null> {
  const status = await stat(path).catch(() => null);
  if (status?.isFile() !== true) return null;
  const { dev, ino, size, blocks, mtimeMs, birthtimeMs } = status;
  return {
    path,
    role: 'image',
    allocatedBytes: blocks * blockBytes,
    stamp: {
      device: String(dev),
      inode: String(ino),
      born: String(birthtimeMs),
      sizeBytes: size,
      modifiedMilliseconds: mtimeMs,
    },
  };
}
