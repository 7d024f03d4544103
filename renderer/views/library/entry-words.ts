/** Words for what an entry is and where it came from. */
import type { ImageKind } from '#shared/domain/image.ts';
import type { LibraryEntry, Origin } from '#shared/domain/library.ts';
import { fileNameOf, folderOf, shortenHome } from '#shared/text/paths.ts';

const kinds: { readonly [Kind in ImageKind]: string } = {
  disk: 'Disk image',
  optical: 'Optical disc',
  package: 'Package',
  kernel: 'Kernel',
  ramdisk: 'RAM disk',
  unknown: 'Unknown',
};

export function kindWords(kind: ImageKind): string {
  return kinds[kind];
}

const originVerbs = {
  extracted: 'Extracted',
  converted: 'Converted',
  built: 'Built',
  prepared: 'Prepared',
} as const;

/** `Extracted from appliance.ova`. */
export function originWords(origin: Origin): string {
  return `${originVerbs[origin.kind]} from ${fileNameOf(origin.sourcePath)}`;
}

/** The second line of an entry: that it is missing, where it came from, or where it lies. */
export function entryNote(entry: LibraryEntry, homeFolder: string): string {
  if (entry.missing) return 'Not where it was';
  return entry.origin === null ? shortenHome(folderOf(entry.path), homeFolder) : originWords(entry.origin);
}

/** The options of an origin in words: `compression: zlib, cluster size: 65536`. */
export function optionWords(origin: Origin): string {
  return Object.entries(origin.options)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}
