/** The folders that Platter watches for images, as the main process tells of them, and what can be done with one. */
import type { WatchedFolder } from '#shared/domain/scan.ts';
import { shortenHome } from '#shared/text/paths.ts';
import { scanWords } from '#shared/text/scan-text.ts';
import type { Failure } from '#shared/failure.ts';
import { t } from '#shared/text/words.ts';
import { api, connection } from '../api.ts';
import { app } from './app.svelte.ts';
import { follow } from './live.ts';
import { navigation } from './navigation.svelte.ts';
import { notices } from './notices.svelte.ts';
import { picker } from './picker.svelte.ts';

/** The folder as people call it. */
function shown({ path }: WatchedFolder): string {
  return shortenHome(path, app.info?.homeFolder ?? '');
}

class Folders {
  list = $state.raw<readonly WatchedFolder[]>([]);
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** The folder that is about to be unwatched; the dialog asks what becomes of its images. */
  leaving = $state.raw<WatchedFolder | null>(null);

  /** Those that are being looked through now. */
  readonly scanning = $derived(this.list.filter(({ progress }) => progress !== null));

  /** Follows the folders for as long as the window lives. */
  follow(pause: () => Promise<void>): Promise<void> {
    let stale = false;
    let asking = false;
    const refetch = async (): Promise<void> => {
      this.list = await api.folders.list();
      this.loaded = true;
      this.failure = null;
    };
    /** A scan tells of itself often: one question at a time is enough. */
    const ask = async (): Promise<void> => {
      stale = true;
      if (asking) return;
      asking = true;
      try {
        while (stale) {
          stale = false;
          await refetch();
        }
      } catch {
        // The connection is lost; what follows fetches afresh.
      } finally {
        asking = false;
      }
    };
    return follow<'changed'>({
      opened: () => connection.opened(),
      subscribe: () => api.folders.watch(),
      refetch,
      apply: () => void ask(),
      failed: (failure) => (this.failure = connection.state.kind === 'open' ? failure : null),
      pause,
    });
  }

  /** Asks for a folder and watches it. */
  async chooseAndAdd(): Promise<void> {
    const path = await picker.chooseFolder(t('Folder to watch for images'), null);
    if (path === null) return;
    try {
      const added = await api.folders.add({ path });
      this.list = [...this.list.filter(({ id }) => id !== added.id), added].sort((a, b) =>
        a.path < b.path ? -1 : 1,
      );
      notices.tell({
        tone: 'success',
        title: t('“{added}” is watched now.', { added: shown(added) }),
        detail: t('Its images join the library as they are found.'),
        action:
          navigation.route.view === 'library'
            ? null
            : { label: t('Show library'), run: () => navigation.go({ view: 'library' }) },
      });
    } catch (error) {
      notices.fail(error);
    }
  }

  /** Stops watching; the files stay. */
  async remove(folder: WatchedFolder, forgetImages: boolean): Promise<void> {
    this.leaving = null;
    try {
      await api.folders.remove({ id: folder.id, forgetImages });
      this.list = this.list.filter(({ id }) => id !== folder.id);
      notices.tell({
        title: t('“{folder}” is no longer watched.', { folder: shown(folder) }),
        detail: t('The files stay where they are.'),
      });
    } catch (error) {
      notices.fail(error);
    }
  }

  /** Looks through a folder now. */
  async scan(folder: WatchedFolder): Promise<void> {
    try {
      const result = await api.folders.scan({ id: folder.id });
      notices.tell({
        tone: 'success',
        title: t('“{folder}” was looked through.', { folder: shown(folder) }),
        detail: `${scanWords(result)}.`,
      });
    } catch (error) {
      notices.fail(error);
    }
  }
}

export const folders = new Folders();
