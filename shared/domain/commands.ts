/** What the window as a whole can be asked to do: one list for its keys, its palette and the system's menu. */

export interface CommandDeclaration {
  readonly id: string;
  readonly title: string;
  /** As Electron writes them; null: none. */
  readonly keys: string | null;
  /** False: a browser keeps these keys for itself. */
  readonly keysInPage: boolean;
  /** In which of the system's menus it is; null: in none. */
  readonly menu: 'file' | 'view' | null;
  /** What else people would search for. */
  readonly words: string;
}

export const commands = [
  {
    id: 'open',
    title: 'Open…',
    keys: 'CmdOrCtrl+O',
    keysInPage: true,
    menu: 'file',
    words: 'add file image package import',
  },
  {
    id: 'new-image',
    title: 'New image…',
    keys: null,
    keysInPage: true,
    menu: 'file',
    words: 'create empty disk',
  },
  {
    id: 'build',
    title: 'Build…',
    keys: null,
    keysInPage: true,
    menu: 'file',
    words: 'package ova ovf box iso seed export',
  },
  {
    id: 'watch-folder',
    title: 'Watch a folder…',
    keys: null,
    keysInPage: true,
    menu: 'file',
    words: 'scan add directory',
  },
  {
    id: 'settings',
    title: 'Settings…',
    keys: 'CmdOrCtrl+,',
    keysInPage: true,
    menu: null,
    words: 'preferences options theme folders',
  },
  {
    id: 'palette',
    title: 'Commands…',
    keys: 'CmdOrCtrl+K',
    keysInPage: true,
    menu: 'view',
    words: '',
  },
  {
    id: 'search',
    title: 'Search the library',
    keys: 'CmdOrCtrl+F',
    keysInPage: true,
    menu: 'view',
    words: 'find filter',
  },
  {
    id: 'library',
    title: 'Library',
    keys: 'CmdOrCtrl+1',
    keysInPage: false,
    menu: 'view',
    words: 'go images home',
  },
  {
    id: 'jobs',
    title: 'Jobs',
    keys: 'CmdOrCtrl+2',
    keysInPage: false,
    menu: 'view',
    words: 'go running progress queue history',
  },
  {
    id: 'as-list',
    title: 'Library as a list',
    keys: null,
    keysInPage: true,
    menu: 'view',
    words: 'view table rows',
  },
  {
    id: 'as-grid',
    title: 'Library as a grid',
    keys: null,
    keysInPage: true,
    menu: 'view',
    words: 'view cards icons',
  },
  {
    id: 'as-space',
    title: 'Library by space',
    keys: null,
    keysInPage: true,
    menu: 'view',
    words: 'view treemap disk usage size',
  },
  {
    id: 'details',
    title: 'Show or hide details',
    keys: 'CmdOrCtrl+I',
    keysInPage: true,
    menu: 'view',
    words: 'inspector panel info',
  },
  {
    id: 'theme',
    title: 'Switch between light and dark',
    keys: null,
    keysInPage: true,
    menu: null,
    words: 'theme appearance colours colors',
  },
] as const satisfies readonly CommandDeclaration[];

export type CommandId = (typeof commands)[number]['id'];

/** A command's keys as people read them: `Ctrl+K`, `⌘K`. */
export function keyWords(keys: string, isMac: boolean): string {
  return isMac ? keys.replace('CmdOrCtrl+', '⌘').replace('Shift+', '⇧') : keys.replace('CmdOrCtrl', 'Ctrl');
}
