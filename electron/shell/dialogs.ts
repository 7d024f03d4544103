/** What the desktop can do for the services: its dialogs, its file manager, its trash. */
import { join } from 'node:path';
import { app, dialog, nativeImage, shell, type BrowserWindow, type OpenDialogOptions } from 'electron';
import { systemFailure } from '#shared/failure.ts';
import type { LanguageChoice } from '#shared/domain/app.ts';
import { t } from '#shared/text/words.ts';
import type { HostAbilities, SecretStore } from '../services/host.ts';

export interface DialogSurroundings {
  /** Dialogs belong to the window while there is one. */
  window(): BrowserWindow | null;
  /** The extensions of what Platter reads, without the dot. Content decides what a file is; they shorten the list. */
  extensions(): Promise<readonly string[]>;
  openSecrets(): SecretStore | null;
  languageChosen(choice: LanguageChoice): void;
}

/** The desktop's abilities. */
export function desktopHost({
  window,
  extensions,
  openSecrets,
  languageChosen,
}: DialogSurroundings): HostAbilities {
  const open = async (options: OpenDialogOptions): Promise<string[] | null> => {
    const parent = window();
    const answer = await (parent ? dialog.showOpenDialog(parent, options) : dialog.showOpenDialog(options));
    return answer.canceled ? null : answer.filePaths;
  };
  return {
    host: 'desktop',
    version: app.getVersion(),
    openSecrets,
    languageChosen,
    async chooseFiles() {
      return open({
        title: t('Open'),
        properties: ['openFile', 'multiSelections'],
        filters: [
          { name: t('Virtual appliances and images'), extensions: [...(await extensions())] },
          { name: t('All files'), extensions: ['*'] },
        ],
      });
    },
    async chooseFolder(startFolder) {
      const folders = await open({
        title: t('Choose a folder'),
        properties: ['openDirectory', 'createDirectory'],
        ...(startFolder === undefined ? {} : { defaultPath: startFolder }),
      });
      return folders?.[0] ?? null;
    },
    reveal(path) {
      shell.showItemInFolder(path);
      return Promise.resolve();
    },
    drag([first, ...others]) {
      const contents = window()?.webContents;
      if (first === undefined || contents === undefined) return;
      const picture = nativeImage.createFromPath(join(app.getAppPath(), 'build/icons/png/256x256.png'));
      contents.startDrag({ file: first, files: [first, ...others], icon: picture.resize({ width: 64 }) });
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
