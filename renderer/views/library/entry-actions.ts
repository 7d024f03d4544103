/** What can be done with a library entry, as menu lines; only what this host can do. */
import Copy from '@lucide/svelte/icons/copy';
import FolderSearch from '@lucide/svelte/icons/folder-search';
import CloudCheck from '@lucide/svelte/icons/cloud-check';
import CircleMinus from '@lucide/svelte/icons/circle-minus';
import MapPin from '@lucide/svelte/icons/map-pin';
import PencilLine from '@lucide/svelte/icons/pencil-line';
import PanelTopOpen from '@lucide/svelte/icons/panel-top-open';
import Trash2 from '@lucide/svelte/icons/trash-2';
import type { Component } from 'svelte';
import type { LibraryEntry } from '#shared/domain/library.ts';
import type { MenuEntry } from '../../components/menu-entry.ts';
import { app } from '../../state/app.svelte.ts';
import { copyText } from '../../state/clipboard.ts';
import { entryDialogs } from '../../state/entry-dialogs.svelte.ts';
import { library } from '../../state/library.svelte.ts';
import { navigation } from '../../state/navigation.svelte.ts';
import { notices } from '../../state/notices.svelte.ts';
import { opening } from '../../state/opening.svelte.ts';
import { convertAction, imageActions, preflightAction } from '../making/image-actions.ts';

/** How the host's file manager is asked. */
export function revealLabel(): string {
  return app.isMac ? 'Reveal in Finder' : 'Show in file manager';
}

export function entryActions(entry: LibraryEntry): readonly MenuEntry[] {
  const icon = (component: unknown): Component => component as Component;
  const { missing } = entry;
  return [
    {
      kind: 'action',
      label: entry.kind === 'package' ? 'Open package' : 'Open details',
      icon: icon(PanelTopOpen),
      shortcut: 'Enter',
      disabled: missing,
      run: () => opening.openEntry(entry),
    },
    ...(missing || (entry.kind !== 'disk' && entry.kind !== 'optical')
      ? []
      : [convertAction(entry.path), ...imageActions(entry.path, { kind: entry.kind, wrapper: null })]),
    ...(missing || !['disk', 'optical', 'package'].includes(entry.kind) ? [] : [preflightAction(entry.path)]),
    ...(missing
      ? [
          {
            kind: 'action' as const,
            label: 'Locate…',
            icon: icon(MapPin),
            run: () => void library.locate(entry),
          },
        ]
      : []),
    { kind: 'line' },
    ...(app.info?.reveal === true
      ? [
          {
            kind: 'action' as const,
            label: revealLabel(),
            icon: icon(FolderSearch),
            disabled: missing,
            run: () => void library.reveal(entry),
          },
        ]
      : []),
    { kind: 'action', label: 'Copy path', icon: icon(Copy), run: () => void copyText(entry.path, 'Path') },
    {
      kind: 'action',
      label: 'Rename…',
      icon: icon(PencilLine),
      shortcut: 'F2',
      disabled: missing,
      run: () => (entryDialogs.renaming = entry),
    },
    { kind: 'line' },
    {
      kind: 'action',
      label: 'Remove from library',
      icon: icon(CircleMinus),
      run: () => void library.remove([entry]),
    },
    ...(app.info?.trash === true
      ? [
          {
            kind: 'action' as const,
            label: 'Move to trash…',
            icon: icon(Trash2),
            shortcut: 'Del',
            danger: true,
            disabled: missing,
            run: () => (entryDialogs.removal = { entries: [entry], mode: 'trash' }),
          },
        ]
      : []),
  ];
}

/** What can be done with all that is selected: a line more here is one in the menu. */
const manyActions: readonly (() => MenuEntry)[] = [
  () => ({
    kind: 'action',
    label: 'Check for clouds',
    icon: CloudCheck as Component,
    run: () =>
      void withSelected((entries) =>
        navigation.go({
          view: 'preflight',
          paths: entries.filter(({ missing }) => !missing).map(({ path }) => path),
        }),
      ),
  }),
  () => ({
    kind: 'action',
    label: 'Copy paths',
    icon: Copy as Component,
    run: () =>
      void withSelected((entries) => void copyText(entries.map(({ path }) => path).join('\n'), 'Paths')),
  }),
  () => ({ kind: 'line' }),
  () => ({
    kind: 'action',
    label: `Remove ${library.selection.count} from library`,
    icon: CircleMinus as Component,
    run: () => void withSelected((entries) => void library.remove(entries)),
  }),
  () => ({
    kind: 'action',
    label: 'Move to trash…',
    icon: Trash2 as Component,
    shortcut: 'Del',
    danger: true,
    disabled: app.info?.trash !== true,
    run: () => askToRemove('trash'),
  }),
];

/** What can be done with what is selected. */
export function selectionActions(): readonly MenuEntry[] {
  if (library.selection.count > 1) return manyActions.map((action) => action());
  return library.selected === null ? [] : entryActions(library.selected);
}

async function withSelected(use: (entries: readonly LibraryEntry[]) => void): Promise<void> {
  try {
    use(await library.selectedEntries());
  } catch (error) {
    notices.fail(error);
  }
}

function askToRemove(mode: 'trash' | 'choose'): void {
  void withSelected((entries) => {
    if (entries.length > 0) entryDialogs.removal = { entries, mode };
  });
}

/** The keys of a row in the list. */
export function entryKey(event: KeyboardEvent, entry: LibraryEntry): void {
  if (event.key === 'Delete') askToRemove('choose');
  else if (event.key === 'F2' && !entry.missing) entryDialogs.renaming = entry;
  else return;
  event.preventDefault();
}
