/** The native menu and its shortcuts. */
import { app, Menu, shell, type MenuItemConstructorOptions } from 'electron';
import type { AppRequest } from '#shared/domain/app.ts';
import { commands } from '#shared/domain/commands.ts';
import { inWords } from '#shared/text/in-words.ts';
import { t } from '#shared/text/words.ts';

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
  const settings = commandItem(
    actions,
    commands.find(({ id }) => id === 'settings')!,
  );
  const menus: MenuItemConstructorOptions[] = [
    { role: 'fileMenu', label: t('&File'), submenu: fileItems(actions, settings, mac) },
    { role: 'editMenu' },
    { role: 'viewMenu', label: t('&View'), submenu: viewItems(actions) },
    { role: 'windowMenu' },
    { role: 'help', label: t('&Help'), submenu: helpItems(actions, mac) },
  ];
  return mac ? [{ role: 'appMenu', submenu: appItems(settings) }, ...menus] : menus;
}

function commandItem(actions: MenuActions, command: (typeof commands)[number]): MenuItemConstructorOptions {
  const { id, title, keys } = command;
  return {
    id,
    label: inWords(title),
    ...(keys === null ? {} : { accelerator: keys }),
    click: () => actions.ask({ kind: 'command', id }),
  };
}

function commandItems(actions: MenuActions, menu: 'file' | 'view'): MenuItemConstructorOptions[] {
  return commands.filter((command) => command.menu === menu).map((command) => commandItem(actions, command));
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
  const items = commandItems(actions, 'file');
  if (mac) return [...items, separator, { role: 'close' }];
  return [...items, separator, settings, separator, { role: 'close' }, { role: 'quit' }];
}

function viewItems(actions: MenuActions): MenuItemConstructorOptions[] {
  const developer: MenuItemConstructorOptions[] = [{ role: 'reload' }, { role: 'toggleDevTools' }, separator];
  return [
    ...commandItems(actions, 'view'),
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
    label: t('Show Library &Folder'),
    click: () => void shell.openPath(actions.libraryFolder),
  };
  if (mac) return [library];
  return [
    library,
    separator,
    { label: t('&About {name}', { name: app.getName() }), click: () => app.showAboutPanel() },
  ];
}
