/** The keys of the query language: what each takes, and what it means. A key is here only when its facts are recorded. */
import { inEnglish } from '../in-english.ts';

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
  {
    key: 'kind',
    takes: 'value',
    meaning: inEnglish('disk, package, machine, optical, kernel, ramdisk'),
    example: 'kind:disk',
  },
  { key: 'format', takes: 'value', meaning: inEnglish('the file’s format'), example: 'format:qcow2,vmdk' },
  {
    key: 'os',
    takes: 'value',
    meaning: inEnglish('the system on it, where it is known'),
    example: 'os:debian',
  },
  { key: 'name', takes: 'text', meaning: inEnglish('the file’s name holds this'), example: 'name:debian' },
  {
    key: 'folder',
    takes: 'value',
    meaning: inEnglish('it lies in this folder, or below it'),
    example: 'folder:/srv/images',
  },
  { key: 'path', takes: 'text', meaning: inEnglish('the path holds this'), example: 'path:backup' },
  {
    key: 'tag',
    takes: 'value',
    meaning: inEnglish('it has this tag'),
    example: 'tag:prod',
  },
  { key: 'note', takes: 'text', meaning: inEnglish('its note holds this'), example: 'note:licence' },
  {
    key: 'content',
    takes: 'value',
    meaning: inEnglish('its content’s digest begins so'),
    example: 'content:9f86d081',
  },
  { key: 'rating', takes: 'number', meaning: inEnglish('how many stars, 1 to 5'), example: 'rating:>=4' },
  { key: 'size', takes: 'bytes', meaning: inEnglish('what it takes on the disk'), example: 'size:>20G' },
  {
    key: 'virtual',
    takes: 'bytes',
    meaning: inEnglish('the size a machine sees'),
    example: 'virtual:>=100G',
  },
  { key: 'added', takes: 'time', meaning: inEnglish('when it came into the library'), example: 'added:<7d' },
  {
    key: 'modified',
    takes: 'time',
    meaning: inEnglish('when the file was written'),
    example: 'modified:>1y',
  },
  {
    key: 'origin',
    takes: 'choice',
    meaning: inEnglish('where it comes from'),
    example: 'origin:converted',
    choices: [
      { value: 'extracted', meaning: inEnglish('Platter extracted it') },
      { value: 'converted', meaning: inEnglish('Platter converted it') },
      { value: 'built', meaning: inEnglish('Platter built it') },
      { value: 'prepared', meaning: inEnglish('Platter prepared it for a cloud') },
      { value: 'found', meaning: inEnglish('it was there already') },
    ],
  },
  {
    key: 'chain',
    takes: 'choice',
    meaning: inEnglish('whether the images under it are there'),
    example: 'chain:broken',
    choices: [
      { value: 'complete', meaning: inEnglish('all that it stands on is there') },
      { value: 'broken', meaning: inEnglish('an image that it stands on is missing') },
      { value: 'unknown', meaning: inEnglish('an image that it stands on lies where Platter does not look') },
      { value: 'none', meaning: inEnglish('it stands on nothing') },
    ],
  },
  {
    key: 'is',
    takes: 'choice',
    meaning: inEnglish('a state'),
    example: 'is:missing',
    choices: [
      { value: 'missing', meaning: inEnglish('the file is not where it was') },
      {
        value: 'duplicate',
        meaning: inEnglish('another entry has the same content; only what was read is known'),
      },
      { value: 'part', meaning: inEnglish('it belongs to another entry, and is not listed otherwise') },
      { value: 'incomplete', meaning: inEnglish('a file without which it is not whole is missing') },
      { value: 'tagged', meaning: inEnglish('it has a tag') },
      { value: 'noted', meaning: inEnglish('it has a note') },
    ],
  },
];

const byKey = new Map(queryKeys.map((one) => [one.key, one]));

/** What a key takes; undefined when there is no such key. */
export function queryKey(key: string): QueryKey | undefined {
  return byKey.get(key);
}
