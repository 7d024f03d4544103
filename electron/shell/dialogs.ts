/** What the desktop can do for the services: its dialogs, its file manager, its trash. */
import { app, dialog, shell, type BrowserWindow, type OpenDialogOptions } from 'electron';
import { systemFailure } from '#shared/failure.ts';
import type { HostAbilities, SecretStore } from '../services/host.ts';

export interface DialogSurroundings {
  /** Dialogs belong to the window while there is one. */
  window(): BrowserWindow | null;
  /** The extensions of what Platter reads, without the dot. Content decides what a file is; they shorten the list. */
  extensions(): Promise<readonly string[]>;
  openSecrets(): SecretStore | null;
}

/** The desktop's abilities. */
export function desktopHost({ window, extensions, openSecrets }: DialogSurroundings): HostAbilities {
  const open = async (options: OpenDialogOptions): Promise<string[] | null> => {
    const parent = window();
    const answer = await (parent ? dialog.showOpenDialog(parent, options) : dialog.showOpenDialog(options));
    return answer.canceled ? null : answer.filePaths;
  };
  return {
    host: 'desktop',
    version: app.getVersion(),
    openSecrets,
    async chooseFiles() {
      return open({
        title: 'Open',
        properties: ['openFile', 'multiSelections'],
        filters: [
          { name: 'Virtual appliances and images', extensions: [...(await extensions())] },
          { name: 'All files', extensions: ['*'] },
        ],
      });
    },
    async chooseFolder(startFolder) {
      const folders = await open({
        title: 'Choose a folder',
        properties: ['openDirectory', 'createDirectory'],
        ...(startFolder === undefined ? {} : { defaultPath: startFolder }),
      });
      return folders?.[0] ?? null;
    },
    reveal(path) {
      shell.showItemInFolder(path);
      return Promise.resolve();
    },
    async trash(path) {
      try {
        await shell.trashItem(path);
      } catch (error) {
        throw systemFailure(error, path);
      }
    },
  };
}
