/** Names as ISO 9660 and Joliet allow them, unique within their folder, for entries of any name. */
import type { ImageEntry } from './image-tree.ts';

/** The identifiers of a folder's entries in one tree, and their order there. */
export interface NamedEntry {
  readonly entry: ImageEntry;
  readonly identifier: Uint8Array;
}

interface Rules {
  /** The most characters of a folder's name; of a file's, without the dot between name and extension. */
  readonly longest: number;
  readonly longestExtension: number;
  /** Whether a dot must be there, and may be there only once. */
  readonly oneDot: boolean;
  clean(text: string): string;
  encode(name: string): Uint8Array;
}

/** ECMA-119, 7.5 and 7.6: up to 30 d-characters; extensions longer than eight are rare, and cut. */
const plain: Rules = {
  longest: 30,
  longestExtension: 8,
  oneDot: true,
  clean: (text) => text.toUpperCase().replace(/[^A-Z0-9_]/g, '_'),
  encode: (name) => Buffer.from(name, 'latin1'),
};

/** Joliet: 64 units of UTF-16, without control characters and what Windows forbids. */
const joliet: Rules = {
  longest: 64,
  longestExtension: 16,
  oneDot: false,
  clean: (text) => text.replace(/[\u0000-\u001f*/:;?\\]/g, '_'),
  encode: (name) => Buffer.from(name, 'utf16le').swap16(),
};

/** The entries under the names of the standard, sorted as it asks (9.3). */
export const plainNames = (entries: readonly ImageEntry[]): NamedEntry[] => named(entries, plain);

/** The same for Joliet, which has no links. */
export const jolietNames = (entries: readonly ImageEntry[]): NamedEntry[] =>
  named(
    entries.filter(({ kind }) => kind !== 'link'),
    joliet,
  );

function named(entries: readonly ImageEntry[], rules: Rules): NamedEntry[] {
  const taken = new Set<string>();
  const counters = new Map<string, number>();
  const found = entries.map((entry) => {
    const folder = entry.kind === 'folder';
    const [stem, extension] = parts(entry.name, folder, rules);
    let name = joined(stem, extension, folder, rules);
    for (let number = counters.get(name) ?? 0; taken.has(name.toUpperCase()); number++) {
      const first = joined(stem, extension, folder, rules);
      counters.set(first, number + 1);
      const digits = String(number);
      const room = rules.longest - extension.length - digits.length;
      name = joined(cut(stem, Math.min(room, stem.length)) + digits, extension, folder, rules);
    }
    taken.add(name.toUpperCase());
    return { entry, name };
  });
  // By code units: padded with spaces, as the standard compares, since no allowed character is below it but the dot.
  found.sort((a, b) => compare(sortKey(a.name), sortKey(b.name)));
  return found.map(({ entry, name }) => ({
    entry,
    identifier: rules.encode(entry.kind === 'folder' ? name : `${name};1`),
  }));
}

/** Name and extension are compared one after the other, so the dot must be below all else. */
const sortKey = (name: string): string => name.replace('.', '\0');
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function parts(name: string, folder: boolean, rules: Rules): [string, string] {
  const dot = folder && rules.oneDot ? -1 : name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot + 1)] : [name, ''];
  if (extension.length > rules.longestExtension && !rules.oneDot) {
    return [cut(rules.clean(name), rules.longest), ''];
  }
  const end = cut(rules.clean(extension), rules.longestExtension);
  const room = rules.longest - end.length - (rules.oneDot || end === '' ? 0 : 1);
  return [cut(rules.clean(stem), room), end];
}

function joined(stem: string, extension: string, folder: boolean, rules: Rules): string {
  if (folder && extension === '') return stem;
  return extension === '' && !rules.oneDot ? stem : `${stem}.${extension}`;
}

/** Cuts, but never between the two halves of a character. */
function cut(text: string, length: number): string {
  const part = text.slice(0, length);
  return length < text.length && /[\ud800-\udbff]$/.test(part) ? part.slice(0, -1) : part;
}
