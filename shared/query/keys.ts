/** The keys of the query language: what each takes, and what it means. A key is here only when its facts are recorded. */

interface KeyOf<Takes extends string> {
  readonly key: string;
  readonly takes: Takes;
  /** What it asks for, in a few words. */
  readonly meaning: string;
  /** One that shows how it is written. */
  readonly example: string;
}

/**
 * `value`: one of those that entries have, or several with commas; `choice`: one of those given; `text`: the beginning
 * of a word, or a part of it; `bytes`, `number` and `time` are compared.
 */
export type QueryKey =
  | KeyOf<'value'>
  | KeyOf<'text'>
  | KeyOf<'bytes'>
  | KeyOf<'number'>
  | KeyOf<'time'>
  | (KeyOf<'choice'> & { readonly choices: readonly { readonly value: string; readonly meaning: string }[] });

export const queryKeys: readonly QueryKey[] = [
  { key: 'kind', takes: 'value', meaning: 'disk, package, optical, kernel, ramdisk', example: 'kind:disk' },
  { key: 'format', takes: 'value', meaning: 'the file’s format', example: 'format:qcow2,vmdk' },
  { key: 'name', takes: 'text', meaning: 'the file’s name holds this', example: 'name:debian' },
  { key: 'path', takes: 'text', meaning: 'the path holds this', example: 'path:backup' },
  {
    key: 'tag',
    takes: 'value',
    meaning: 'it has this tag',
    example: 'tag:prod',
  },
  { key: 'note', takes: 'text', meaning: 'its note holds this', example: 'note:licence' },
  { key: 'rating', takes: 'number', meaning: 'how many stars, 1 to 5', example: 'rating:>=4' },
  { key: 'size', takes: 'bytes', meaning: 'what it takes on the disk', example: 'size:>20G' },
  { key: 'virtual', takes: 'bytes', meaning: 'the size a machine sees', example: 'virtual:>=100G' },
  { key: 'added', takes: 'time', meaning: 'when it came into the library', example: 'added:<7d' },
  { key: 'modified', takes: 'time', meaning: 'when the file was written', example: 'modified:>1y' },
  {
    key: 'origin',
    takes: 'choice',
    meaning: 'where it comes from',
    example: 'origin:converted',
    choices: [
      { value: 'extracted', meaning: 'Platter extracted it' },
      { value: 'converted', meaning: 'Platter converted it' },
      { value: 'built', meaning: 'Platter built it' },
      { value: 'found', meaning: 'it was there already' },
    ],
  },
  {
    key: 'is',
    takes: 'choice',
    meaning: 'a state',
    example: 'is:missing',
    choices: [
      { value: 'missing', meaning: 'the file is not where it was' },
      { value: 'duplicate', meaning: 'another entry has the same content, as far as samples tell' },
      { value: 'tagged', meaning: 'it has a tag' },
      { value: 'noted', meaning: 'it has a note' },
    ],
  },
];

const byKey = new Map(queryKeys.map((one) => [one.key, one]));

/** What a key takes; undefined when there is no such key. */
export function queryKey(key: string): QueryKey | undefined {
  return byKey.get(key);
}
