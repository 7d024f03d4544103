/** What the palette offers: what can be done with images, the window's own commands, and images by name. */
import LayoutPanelLeft from '@lucide/svelte/icons/layout-panel-left';
import FolderOpen from '@lucide/svelte/icons/folder-open';
import FolderSearch from '@lucide/svelte/icons/folder-search';
import Layers from '@lucide/svelte/icons/layers';
import LayoutGrid from '@lucide/svelte/icons/layout-grid';
import List from '@lucide/svelte/icons/list';
import ListFilter from '@lucide/svelte/icons/list-filter';
import Redo2 from '@lucide/svelte/icons/redo-2';
import Tags from '@lucide/svelte/icons/tags';
import Undo2 from '@lucide/svelte/icons/undo-2';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Package from '@lucide/svelte/icons/package';
import PanelRight from '@lucide/svelte/icons/panel-right';
import Plus from '@lucide/svelte/icons/plus';
import Search from '@lucide/svelte/icons/search';
import Settings from '@lucide/svelte/icons/settings-2';
import SunMoon from '@lucide/svelte/icons/sun-moon';
import type { Component } from 'svelte';
import { commands, keyWords, type CommandId } from '#shared/domain/commands.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { inWords } from '#shared/text/in-words.ts';
import { app } from '../../state/app.svelte.ts';
import { runCommand } from '../../state/commands.ts';
import { imageCache } from '../../state/image-page.svelte.ts';
import { library } from '../../state/library.svelte.ts';
import { navigation } from '../../state/navigation.svelte.ts';
import { notices } from '../../state/notices.svelte.ts';
import { chosenOne, subjectOfInfo, type Chosen } from '../../state/subject.ts';
import { actionsOn, selectedInLibrary } from '../actions/image-actions.ts';

/** One thing that is offered. */
export interface Line {
  /** Also of the element, which the field names as the one that is chosen. */
  readonly id: string;
  readonly title: string;
  /** What else people would search for. */
  readonly words: string;
  readonly icon: Component | null;
  /** Instead of an icon: the image that it is about. */
  readonly entry?: LibraryEntry;
  readonly keys: string;
  readonly danger: boolean;
  readonly run: () => void;
}

const icons: { readonly [Id in CommandId]: unknown } = {
  open: FolderOpen,
  'new-image': Plus,
  build: Package,
  'watch-folder': FolderSearch,
  settings: Settings,
  palette: Search,
  search: Search,
  undo: Undo2,
  redo: Redo2,
  tags: Tags,
  filters: ListFilter,
  library: Layers,
  jobs: ListChecks,
  'as-list': List,
  'as-grid': LayoutGrid,
  'as-space': LayoutPanelLeft,
  details: PanelRight,
  theme: SunMoon,
};

/** The image whose page is open, else what is selected in the library. */
export function chosenInWindow(): Chosen {
  const { route } = navigation;
  if (route.view === 'image') {
    const { info } = imageCache.get(route.path);
    if (info !== null) return chosenOne(subjectOfInfo(info, library.byPath.at(route.path)));
  }
  return selectedInLibrary();
}

/** What can be done with what is chosen. */
export function actionLines(chosen: Chosen): readonly Line[] {
  return actionsOn(chosen).map(({ id, title, icon, key, danger, run }) => ({
    id: `image.${id}`,
    title,
    words: '',
    icon,
    keys: key?.label ?? '',
    danger,
    run,
  }));
}

/** What the window can be asked to do, but for the palette itself. */
export function commandLines(): readonly Line[] {
  return commands
    .filter(({ id }) => id !== 'palette')
    .map(({ id, title, words, keys, keysInPage }) => ({
      id: `command.${id}`,
      title: inWords(title),
      words: inWords(words),
      icon: icons[id] as Component,
      keys: keys === null || (!keysInPage && app.host === 'web') ? '' : keyWords(keys, app.isMac),
      danger: false,
      run: () => runCommand(id),
    }));
}

/** Images, which the library shows when they are taken. */
export function entryLines(entries: readonly LibraryEntry[]): readonly Line[] {
  return entries.map((entry) => ({
    id: `entry.${entry.id}`,
    title: entry.name,
    words: '',
    icon: null,
    entry,
    keys: '',
    danger: false,
    run: () => {
      navigation.go({ view: 'library' });
      void notices.attempt(() => library.show(entry));
    },
  }));
}
