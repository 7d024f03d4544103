/** The native menu and its shortcuts. */
import { app, Menu, shell, type MenuItemConstructorOptions } from 'electron';
import type { AppRequest } from '#shared/domain/app.ts';

export interface MenuActions {
  /** Brings the window to the front, making it if need be, and asks it for something. */
  ask(request: AppRequest): void;
  readonly libraryFolder: string;
  /** Adds what only developers need. */
  readonly developing: boolean;
}

const separator: MenuItemConstructorOptions = { type: 'separator' };

/** Puts the menu in place for the whole application. */
export function installMenu(actions: MenuActions): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(actions, process.platform === 'darwin')));
}

/** The menu as data. macOS has a menu of the application's own, where others have the entries in File and Help. */
export function menuTemplate(actions: MenuActions, mac: boolean): MenuItemConstructorOptions[] {
  const settings: MenuItemConstructorOptions = {
    id: 'settings',
    label: mac ? 'Settings…' : '&Settings…',
    accelerator: 'CmdOrCtrl+,',
    click: () => actions.ask({ kind: 'show', view: 'settings' }),
  };
  const menus: MenuItemConstructorOptions[] = [
    { role: 'fileMenu', label: '&File', submenu: fileItems(actions, settings, mac) },
    { role: 'editMenu' },
    { role: 'viewMenu', label: '&View', submenu: viewItems(actions) },
    { role: 'windowMenu' },
    { role: 'help', label: '&Help', submenu: helpItems(actions, mac) },
  ];
  return mac ? [{ role: 'appMenu', submenu: appItems(settings) }, ...menus] : menus;
}

function appItems(settings: MenuItemConstructorOptions): MenuItemConstructorOptions[] {
  return [
    { role: 'about' },
    separator,
    settings,
    separator,
    { role: 'services' },
    separator,
    { role: 'hide' },
    { role: 'hideOthers' },
    { role: 'unhide' },
    separator,
    { role: 'quit' },
  ];
}

function fileItems(
  actions: MenuActions,
  settings: MenuItemConstructorOptions,
  mac: boolean,
): MenuItemConstructorOptions[] {
  const open: MenuItemConstructorOptions = {
    id: 'open',
    label: '&Open…',
    accelerator: 'CmdOrCtrl+O',
    click: () => actions.ask({ kind: 'choose-files' }),
  };
  if (mac) return [open, separator, { role: 'close' }];
  return [open, separator, settings, separator, { role: 'close' }, { role: 'quit' }];
}

function viewItems(actions: MenuActions): MenuItemConstructorOptions[] {
  const show = (view: 'library' | 'jobs', label: string, key: string): MenuItemConstructorOptions => ({
    id: view,
    label,
    accelerator: `CmdOrCtrl+${key}`,
    click: () => actions.ask({ kind: 'show', view }),
  });
  const developer: MenuItemConstructorOptions[] = [{ role: 'reload' }, { role: 'toggleDevTools' }, separator];
  return [
    show('library', '&Library', '1'),
    show('jobs', '&Jobs', '2'),
    separator,
    ...(actions.developing ? developer : []),
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    separator,
    { role: 'togglefullscreen' },
  ];
}

function helpItems(actions: MenuActions, mac: boolean): MenuItemConstructorOptions[] {
  const library: MenuItemConstructorOptions = {
    id: 'library-folder',
    label: 'Show Library &Folder',
    click: () => void shell.openPath(actions.libraryFolder),
  };
  if (mac) return [library];
  return [library, separator, { label: `&About ${app.getName()}`, click: () => app.showAboutPanel() }];
}
