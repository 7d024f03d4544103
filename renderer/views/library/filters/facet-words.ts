/** Words for what the library can be narrowed by. */
import { systemFamilies } from '#shared/domain/guest-system.ts';
import { queryKey } from '#shared/query/keys.ts';
import { parseQuery } from '#shared/query/parse.ts';
import { valueWords as conditionValue } from '#shared/text/query-text.ts';
import { t } from '#shared/text/words.ts';
import { formats } from '../../../state/formats.svelte.ts';

const titles: Readonly<Record<string, string>> = {
  kind: t('Kind'),
  format: t('Format'),
  tag: t('Tags'),
  rating: t('Rating'),
  is: t('State'),
  origin: t('Origin'),
  size: t('Size on disk'),
  added: t('Added'),
  os: t('Guest'),
  folder: t('Folder'),
  chain: t('Backing chain'),
};

/** In this order; keys that are not here come before the ranges. */
const order = ['kind', 'format', 'os', 'tag', 'folder', 'rating', 'is', 'chain', 'origin'];
const last = ['size', 'added'];

export function facetTitle(key: string): string {
  return titles[key] ?? capitalized(key);
}

/** Where a key stands among the others. */
export function facetPlace(key: string): number {
  const place = order.indexOf(key);
  if (place >= 0) return place;
  return last.includes(key) ? order.length + 1 + last.indexOf(key) : order.length;
}

/** Whether one value of the key excludes the others: a range. */
export function isRange(key: string): boolean {
  const takes = queryKey(key)?.takes;
  return takes === 'bytes' || takes === 'number' || takes === 'time';
}

/** `Qcow2`, `Disks`, `Larger than 10 GiB`, `★★★★ or more`. */
export function valueWords(key: string, value: string): string {
  if (key === 'format') return formats.titleOf(value);
  if (key === 'tag' || key === 'folder') return value;
  if (key === 'os') return systemFamilies.find(({ id }) => id === value)?.title ?? value;
  const { query } = parseQuery(`${key}:${isRange(key) ? value : JSON.stringify(value)}`);
  if (query.kind === 'number' && key === 'rating') {
    const stars = '★'.repeat(query.value);
    return query.operator === '=' ? stars : t('{stars} or more', { stars });
  }
  return capitalized(conditionValue(query));
}

function capitalized(words: string): string {
  return words.replace(/^./u, (letter) => letter.toUpperCase());
}
