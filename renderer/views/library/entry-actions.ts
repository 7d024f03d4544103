/** What can be done with a library entry, as menu lines; only what this host can do. */
import Copy from '@lucide/svelte/icons/copy';
import FolderSearch from '@lucide/svelte/icons/folder-search';
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
      run: () => void library.remove(entry),
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
            run: () => (entryDialogs.removal = { entry, mode: 'trash' }),
          },
        ]
      : []),
  ];
}

/** The keys of a row in the list. */
export function entryKey(event: KeyboardEvent, entry: LibraryEntry): void {
  if (event.key === 'Delete') entryDialogs.removal = { entry, mode: 'choose' };
  else if (event.key === 'F2' && !entry.missing) entryDialogs.renaming = entry;
  else return;
  event.preventDefault();
}
