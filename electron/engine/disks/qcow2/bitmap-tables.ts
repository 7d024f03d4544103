/** The tables of an image's dirty bitmaps: counts what they refer to, and finds what is wrong with them (section Bitmaps). */
import { inEnglish } from '#shared/in-english.ts';
import { requireWithin, type ByteSource } from '../../bytes/source.ts';
import { readBitmapDirectory } from './bitmaps.ts';
import type { Findings } from './findings.ts';
import type { Header } from './header.ts';
import type { References } from './references.ts';
import { entryOffset } from './table-entries.ts';
import type { WordReader } from './word-reader.ts';

interface BitmapTablesParts {
  readonly file: ByteSource;
  readonly header: Header;
  readonly reader: WordReader;
  readonly references: References;
  readonly findings: Findings;
}

/**
 * Walks all of them, and the directory that they are named in.
 * @throws Failure `image.malformed`, `image.truncated`, `operation.cancelled`.
 */
export function countBitmapTables({ file, header, reader, references, findings }: BitmapTablesParts): void {
  const directory = readBitmapDirectory(file, header);
  if (directory === null) return;
  references.referMetadata(directory.fileOffset, directory.lengthBytes, 'the bitmap directory');
  for (const { name, tableOffset, tableEntries } of directory.bitmaps()) {
    requireWithin(file, tableOffset, tableEntries * 8);
    references.referMetadata(tableOffset, tableEntries * 8, 'a bitmap table');
    for (const { words, fileOffset } of reader.entries(tableOffset, tableEntries)) {
      for (let at = 0; at < words.length; at += 2) {
        const offset = entryOffset(words[at]!, words[at + 1]!);
        const reserved = (words[at]! & 0xff000000) !== 0 || (words[at + 1]! & 0x1fe) !== 0;
        const misplaced = offset !== 0 && ((words[at + 1]! & 1) !== 0 || offset % header.clusterBytes !== 0);
        if (reserved || misplaced) {
          const problem = inEnglish('Bitmap "{name}" has an entry that points nowhere.', { name });
          findings.add('corruption', fileOffset + at * 4, () => problem);
        } else if (offset !== 0) {
          references.referMetadata(offset, header.clusterBytes, 'a bitmap table');
        }
      }
    }
  }
}
