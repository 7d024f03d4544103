/** Words for what an entry is and where it came from. */
import type { ImageKind } from '#shared/domain/image.ts';
import type { LibraryEntry, Origin } from '#shared/domain/library.ts';
import { fileNameOf, folderOf, shortenHome } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';

const kinds: { readonly [Kind in ImageKind]: string } = {
  disk: t('Disk image'),
  optical: t('Optical disc'),
  package: t('Package'),
  machine: t('Machine'),
  kernel: t('Kernel'),
  ramdisk: t('RAM disk'),
  unknown: t('Unknown'),
};

export function kindWords(kind: ImageKind): string {
  return kinds[kind];
}

/** `Extracted from appliance.ova`. */
export function originWords(origin: Origin): string {
  const source = { name: fileNameOf(origin.sourcePath) };
  switch (origin.kind) {
    case 'extracted':
      return t('Extracted from {name}', source);
    case 'converted':
      return t('Converted from {name}', source);
    case 'built':
      return t('Built from {name}', source);
    case 'prepared':
      return t('Prepared from {name}', source);
  }
}

/** The second line of an entry: that it is missing, where it came from, or where it lies. */
export function entryNote(entry: LibraryEntry, homeFolder: string): string {
  if (entry.missing) return t('Not where it was');
  return entry.origin === null ? shortenHome(folderOf(entry.path), homeFolder) : originWords(entry.origin);
}

/** The options of an origin in words: `compression: zlib, cluster size: 65536`. */
export function optionWords(origin: Origin): string {
  return Object.entries(origin.options)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}
