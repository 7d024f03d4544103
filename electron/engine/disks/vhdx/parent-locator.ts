/** The names that a differencing VHDX gives for its parent, and the write of the parent it was made for ([MS-VHDX] 2.6.2.6). */
import type { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { guidText } from '../uuids.ts';
import {
  malformedAt,
  parentLocatorEntry,
  parentLocatorHeader,
  unsupported,
  vhdxLocatorType,
} from './layout.ts';
import type { ItemBytes } from './metadata.ts';

export interface ParentLocator {
  /** The name to look the parent up by. */
  readonly name: string;
  /** All keys and values as they are stored. */
  readonly entries: ReadonlyMap<string, string>;
  /** GUIDs in the usual notation, one of which must be the parent's DataWriteGuid. */
  readonly linkages: readonly string[];
}

/** @throws Failure `image.malformed`, `image.unsupported` for a locator of another kind. */
export function decodeParentLocator({ bytes, fileOffset }: ItemBytes): ParentLocator {
  const malformed = (field: string, problem: Message): Failure =>
    malformedAt('parent locator', field, fileOffset, problem);
  if (bytes.length < parentLocatorHeader.sizeBytes)
    throw malformed('locatorType', inEnglish('the item is too short'));
  const { locatorType, keyValueCount } = parentLocatorHeader.decode(bytes, 0, fileOffset);
  if (guidText(locatorType) !== vhdxLocatorType)
    throw unsupported(inEnglish('the parent locator {locatorType}', { locatorType: guidText(locatorType) }));
  if (parentLocatorHeader.sizeBytes + keyValueCount * parentLocatorEntry.sizeBytes > bytes.length) {
    throw malformed(
      'keyValueCount',
      inEnglish('{keyValueCount} entries do not fit in the item', { keyValueCount }),
    );
  }
  const text = (offset: number, lengthBytes: number): string => {
    if (offset + lengthBytes > bytes.length)
      throw malformed('entry', inEnglish('its text is not in the item'));
    return new TextDecoder('utf-16le')
      .decode(bytes.subarray(offset, offset + lengthBytes))
      .replace(/\0+$/, '');
  };
  const entries = new Map<string, string>();
  for (let index = 0; index < keyValueCount; index++) {
    const at = parentLocatorHeader.sizeBytes + index * parentLocatorEntry.sizeBytes;
    const entry = parentLocatorEntry.decode(bytes, at, fileOffset + at);
    const key = text(entry.keyOffset, entry.keyLength);
    if (entries.has(key)) throw malformed(key, inEnglish('the key is there twice'));
    entries.set(key, text(entry.valueOffset, entry.valueLength));
  }
  const linkages = ['parent_linkage', 'parent_linkage2']
    .map((key) => entries.get(key)?.toLowerCase().replace(/[{}]/g, ''))
    .filter((guid) => guid !== undefined);
  if (linkages.length === 0) throw malformed('parent_linkage', inEnglish('the key is missing'));
  // Windows spells `\` what the other systems spell `/`.
  const name =
    entries.get('relative_path')?.replaceAll('\\', '/') ||
    entries.get('absolute_win32_path') ||
    entries.get('volume_path');
  if (!name) throw malformed('relative_path', inEnglish('a differencing disk names no parent'));
  return { name, entries, linkages };
}
