/** Giving an entry the file that it is now. */
import { formatName } from '#shared/domain/format-name.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { relocateImage } from './annotations.ts';
import type { Catalogue } from './database.ts';
import { rememberImage, type KnownImage } from './images.ts';

/**
 * The entry's file is this image from now on. `droppedId`: the entry that had its path.
 * @throws Failure `input.invalid` when it is of another kind or format than the entry.
 */
export function locateEntry(
  catalogue: Catalogue,
  { id, kind, format, name }: LibraryEntry,
  image: KnownImage,
): { readonly entry: LibraryEntry; readonly droppedId: number | null } {
  if (image.kind !== kind || image.format !== format) {
    throw new Failure('input.invalid', {
      problem: inEnglish('{path} is {format}, and {name} was {format2}', {
        path: image.path,
        format: formatName(image.format),
        name,
        format2: formatName(format),
      }),
    });
  }
  return catalogue.transaction(() => {
    const droppedId = relocateImage(catalogue, id, image.path, false);
    return { droppedId, entry: rememberImage(catalogue, image, new Date().toISOString()) };
  });
}
