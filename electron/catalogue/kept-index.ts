/** The index of the library as it is kept in the catalogue from one start to the next: its columns one after the other. */
import { createHash } from 'node:crypto';
import type { Catalogue } from './database.ts';
import type { Link } from './references.ts';

/** Goes up whenever something else is kept, or in another way. */
const format = 1;

/** The columns of numbers, and of codes, in the order in which they are kept. */
export const numberColumns = ['ids', 'own', 'virtual', 'added', 'modified', 'rating'] as const;
export const codeColumns = ['kind', 'format', 'variant', 'origin', 'guest', 'folder'] as const;
export const bitColumns = ['live', 'missing', 'noted'] as const;

/** What is made of each name, by the names. */
export function named<Name extends string, Column>(
  names: readonly Name[],
  column: (name: Name) => Column,
): Record<Name, Column> {
  return Object.fromEntries(names.map((name) => [name, column(name)])) as Record<Name, Column>;
}

/** Of every slot that was ever used. Bits are words of 32, the lowest first. */
export interface KeptColumns {
  readonly size: number;
  readonly numbers: Readonly<Record<(typeof numberColumns)[number], Float64Array>>;
  readonly codes: Readonly<Record<(typeof codeColumns)[number], Uint32Array>>;
  readonly bits: Readonly<Record<(typeof bitColumns)[number], Uint32Array>>;
  readonly tagged: ReadonlyMap<number, Uint32Array>;
  readonly names: readonly string[];
  /** What the codes stand for; those of folders for `folders`. */
  readonly texts: readonly string[];
  readonly folders: readonly string[];
}

export interface KeptIndex {
  /** The last change that is in it. */
  readonly sequence: number;
  readonly columns: KeptColumns;
  readonly links: ReadonlyMap<number, readonly Link[]>;
}

interface Head {
  readonly size: number;
  readonly texts: readonly string[];
  readonly folders: readonly string[];
  readonly tags: readonly number[];
  readonly links: readonly (readonly [number, readonly Link[]])[];
}

/** No file's name has it. */
const betweenNames = '\0';
const headLengthBytes = 4;
const digestBytes = 32;

function digestOf(content: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of content) hash.update(part);
  return hash.digest();
}

/** Stores the index in place of the one that was kept before. */
export function keepIndex(catalogue: Catalogue, { sequence, columns, links }: KeptIndex): void {
  const { size, numbers, codes, bits, tagged, names, texts, folders } = columns;
  const head: Head = { size, texts, folders, tags: [...tagged.keys()], links: [...links] };
  const headBytes = Buffer.from(JSON.stringify(head));
  const headLength = Buffer.alloc(headLengthBytes);
  headLength.writeUInt32LE(headBytes.length);
  const arrays = [
    ...numberColumns.map((name) => numbers[name]),
    ...codeColumns.map((name) => codes[name]),
    ...bitColumns.map((name) => bits[name]),
    ...tagged.values(),
  ].map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
  const content = [headLength, headBytes, ...arrays, Buffer.from(names.join(betweenNames))];
  const data = Buffer.concat([digestOf(content), ...content]);
  catalogue.run(
    'INSERT OR REPLACE INTO kept_index (id, format, sequence, data) VALUES (1, @format, @sequence, @data)',
    { format, sequence, data },
  );
}

/** Up to which change an index is kept; null where none is that this version reads. */
export function keptSequence(catalogue: Catalogue): number | null {
  const kept = catalogue.get<{ sequence: number }>('SELECT sequence FROM kept_index WHERE format = @format', {
    format,
  });
  return kept?.sequence ?? null;
}

/** The index that is kept; null where none is, it is damaged, or it does not fit together. */
export function readKeptIndex(catalogue: Catalogue): KeptIndex | null {
  const kept = catalogue.get<{ sequence: number; data: Buffer }>(
    'SELECT sequence, data FROM kept_index WHERE format = @format',
    { format },
  );
  if (kept === undefined) return null;
  const content = kept.data.subarray(digestBytes);
  if (!digestOf([content]).equals(kept.data.subarray(0, digestBytes))) return null;
  try {
    const { columns, links } = decode(content);
    return isSound(columns) ? { sequence: kept.sequence, columns, links } : null;
  } catch {
    return null;
  }
}

/** @throws Error where there is less than it says, and for a head that is none. */
function decode(data: Buffer): Omit<KeptIndex, 'sequence'> {
  let at = headLengthBytes + data.readUInt32LE(0);
  const head = JSON.parse(data.toString('utf8', headLengthBytes, at)) as Head;
  const { size, texts, folders, tags, links } = head;
  const take = (lengthBytes: number): ArrayBuffer => {
    if (!(lengthBytes <= data.length - at)) throw new RangeError('the index is cut off');
    const taken = new Uint8Array(data.subarray(at, at + lengthBytes));
    at += lengthBytes;
    return taken.buffer;
  };
  const bitsOf = (): Uint32Array => {
    const words = new Uint32Array(take(Math.ceil(size / 32) * 4));
    if (size % 32 !== 0) words[words.length - 1]! &= 2 ** (size % 32) - 1;
    return words;
  };
  const numbers = named(numberColumns, () => new Float64Array(take(size * 8)));
  const codes = named(codeColumns, () => new Uint32Array(take(size * 4)));
  const bits = named(bitColumns, bitsOf);
  const tagged = new Map(tags.map((tag) => [tag, bitsOf()]));
  const names = data.toString('utf8', at).split(betweenNames);
  return {
    columns: { size, numbers, codes, bits, tagged, names, texts, folders },
    links: new Map(links),
  };
}

/** Whether every code stands for something, and every slot has a name. */
function isSound({ size, codes, names, texts, folders }: KeptColumns): boolean {
  const known = (name: (typeof codeColumns)[number]): number =>
    name === 'folder' ? folders.length : texts.length;
  return (
    names.length === size && codeColumns.every((name) => codes[name].every((code) => code < known(name)))
  );
}
