/** What can be said of entries: tags and ratings, by menu and by keys. */
import { t } from '#shared/text/words.ts';
import Star from '@lucide/svelte/icons/star';
import Tags from '@lucide/svelte/icons/tags';
import type { Component } from 'svelte';
import { desk, type Annotated } from '../../state/desk.svelte.ts';
import { library } from '../../state/library.svelte.ts';
import type { Chosen } from '../../state/subject.ts';
import { tagging } from '../../state/tagging.svelte.ts';
import type { ActionDeclaration } from './action.ts';

const drawn = (icon: unknown): Component => icon as Component;
const inLibrary = ({ one }: Chosen): boolean => one === null || one.entry !== null;

/** Several are those that are selected in the library: their ids are known, however many. */
function annotated({ one }: Chosen): Annotated {
  return one?.entry
    ? { ids: [one.entry.id], name: one.name }
    : { ids: [...library.selection.ids], name: null };
}

const stars = [5, 4, 3, 2, 1] as const;

export const annotationActions: readonly ActionDeclaration[] = [
  {
    id: 'tag',
    group: 'mark',
    icon: drawn(Tags),
    key: { name: 't', label: 'T' },
    title: ({ count }) => (count > 1 ? t('Tag {count} items…', { count }) : t('Tag…')),
    fits: inLibrary,
    run: (chosen) => tagging.open(annotated(chosen)),
  },
  ...stars.map((count): ActionDeclaration => ({
    id: `rate-${count}`,
    group: 'mark',
    icon: drawn(Star),
    key: { name: String(count), label: String(count) },
    under: t('Rate'),
    title: () => t('Rate {count}', { count: '★'.repeat(count) }),
    fits: inLibrary,
    run: async (chosen) => void (await desk.rate(annotated(chosen), count)),
  })),
  {
    id: 'rate-0',
    group: 'mark',
    icon: drawn(Star),
    key: { name: '0', label: '0' },
    under: t('Rate'),
    title: () => t('Rate not at all'),
    fits: inLibrary,
    run: async (chosen) => void (await desk.rate(annotated(chosen), null)),
  },
];
