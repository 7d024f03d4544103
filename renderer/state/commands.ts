/** What each command of the window does. */
import type { CommandId } from '#shared/domain/commands.ts';
import { app } from './app.svelte.ts';
import { desk } from './desk.svelte.ts';
import { folders } from './folders.svelte.ts';
import { library } from './library.svelte.ts';
import { making } from './making.svelte.ts';
import { navigation } from './navigation.svelte.ts';
import { opening } from './opening.svelte.ts';
import { palette } from './palette.svelte.ts';
import { tagging } from './tagging.svelte.ts';
import type { LibraryView } from '#shared/domain/app.ts';

function showAs(libraryView: LibraryView): void {
  navigation.go({ view: 'library' });
  void app.change({ libraryView });
}

const runs: { readonly [Id in CommandId]: () => void } = {
  open: () => void opening.chooseAndOpen(),
  'new-image': () => making.open({ kind: 'create' }),
  build: () => making.open({ kind: 'build', inputs: [] }),
  'watch-folder': () => void folders.chooseAndAdd(),
  settings: () => navigation.go({ view: 'settings' }),
  palette: () => (palette.open = true),
  search: () => {
    navigation.go({ view: 'library' });
    library.searchWanted = true;
  },
  undo: () => void desk.turn('undo'),
  redo: () => void desk.turn('redo'),
  tags: () => tagging.manage(),
  filters: () => {
    navigation.go({ view: 'library' });
    library.filtersOpen = !library.filtersOpen;
  },
  library: () => navigation.go({ view: 'library' }),
  jobs: () => navigation.go({ view: 'jobs' }),
  'as-list': () => showAs('list'),
  'as-grid': () => showAs('grid'),
  'as-space': () => showAs('space'),
  details: () => {
    navigation.go({ view: 'library' });
    library.panelOpen = !library.panelOpen;
  },
  theme: () => void app.change({ theme: app.theme === 'dark' ? 'light' : 'dark' }),
};

export function runCommand(id: CommandId): void {
  runs[id]();
}
