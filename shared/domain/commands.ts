/** What the window as a whole can be asked to do: one list for its keys, its palette and the system's menu. */
import { inEnglish } from '../in-english.ts';

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
    title: inEnglish('Open…'),
    keys: 'CmdOrCtrl+O',
    keysInPage: true,
    menu: 'file',
    words: inEnglish('add file image package import'),
  },
  {
    id: 'new-image',
    title: inEnglish('New image…'),
    keys: null,
    keysInPage: true,
    menu: 'file',
    words: inEnglish('create empty disk'),
  },
  {
    id: 'build',
    title: inEnglish('Build…'),
    keys: null,
    keysInPage: true,
    menu: 'file',
    words: inEnglish('package ova ovf box iso seed export'),
  },
  {
    id: 'watch-folder',
    title: inEnglish('Watch a folder…'),
    keys: null,
    keysInPage: true,
    menu: 'file',
    words: inEnglish('scan add directory'),
  },
  {
    id: 'settings',
    title: inEnglish('Settings…'),
    keys: 'CmdOrCtrl+,',
    keysInPage: true,
    menu: null,
    words: inEnglish('preferences options theme folders'),
  },
  {
    id: 'palette',
    title: inEnglish('Commands…'),
    keys: 'CmdOrCtrl+K',
    keysInPage: true,
    menu: 'view',
    words: '',
  },
  {
    id: 'search',
    title: inEnglish('Search the library'),
    keys: 'CmdOrCtrl+F',
    keysInPage: true,
    menu: 'view',
    words: inEnglish('find filter'),
  },
  {
    id: 'undo',
    title: inEnglish('Undo the last change of the library'),
    keys: 'CmdOrCtrl+Z',
    keysInPage: true,
    menu: null,
    words: inEnglish('take back revert edit'),
  },
  {
    id: 'redo',
    title: inEnglish('Redo the change of the library'),
    keys: 'CmdOrCtrl+Shift+Z',
    keysInPage: true,
    menu: null,
    words: inEnglish('again repeat edit'),
  },
  {
    id: 'tags',
    title: inEnglish('Manage tags…'),
    keys: null,
    keysInPage: true,
    menu: null,
    words: inEnglish('labels colours colors rename delete'),
  },
  {
    id: 'filters',
    title: inEnglish('Show or hide filters'),
    keys: null,
    keysInPage: true,
    menu: 'view',
    words: inEnglish('facets narrow side'),
  },
  {
    id: 'library',
    title: inEnglish('Library'),
    keys: 'CmdOrCtrl+1',
    keysInPage: false,
    menu: 'view',
    words: inEnglish('go images home'),
  },
  {
    id: 'jobs',
    title: inEnglish('Jobs'),
    keys: 'CmdOrCtrl+2',
    keysInPage: false,
    menu: 'view',
    words: inEnglish('go running progress queue history'),
  },
  {
    id: 'as-list',
    title: inEnglish('Library as a list'),
    keys: 'CmdOrCtrl+Shift+L',
    keysInPage: true,
    menu: 'view',
    words: inEnglish('view table rows'),
  },
  {
    id: 'as-grid',
    title: inEnglish('Library as a grid'),
    keys: 'CmdOrCtrl+Shift+G',
    keysInPage: true,
    menu: 'view',
    words: inEnglish('view cards icons'),
  },
  {
    id: 'as-space',
    title: inEnglish('Library by space'),
    keys: 'CmdOrCtrl+Shift+S',
    keysInPage: true,
    menu: 'view',
    words: inEnglish('view treemap disk usage size'),
  },
  {
    id: 'details',
    title: inEnglish('Show or hide details'),
    keys: 'CmdOrCtrl+I',
    keysInPage: true,
    menu: 'view',
    words: inEnglish('inspector panel info'),
  },
  {
    id: 'theme',
    title: inEnglish('Switch between light and dark'),
    keys: null,
    keysInPage: true,
    menu: null,
    words: inEnglish('theme appearance colours colors'),
  },
] as const satisfies readonly CommandDeclaration[];

export type CommandId = (typeof commands)[number]['id'];

/** A command's keys as people read them: `Ctrl+K`, `⌘K`. */
export function keyWords(keys: string, isMac: boolean): string {
  return isMac ? keys.replace('CmdOrCtrl+', '⌘').replace('Shift+', '⇧') : keys.replace('CmdOrCtrl', 'Ctrl');
}
