/** The library file, as the main process tells of it: checks, backups, what happened to it, and what can be done with it. */
import type { Backup, ImportMode, UpkeepState, UpkeepWork } from '#shared/domain/upkeep.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';
import { api, connection } from '../api.ts';
import { follow } from './live.ts';
import { notices } from './notices.svelte.ts';
import { picker } from './picker.svelte.ts';

class Upkeep {
  /** Null until the first answer of the main process. */
  state = $state.raw<UpkeepState | null>(null);
  /** The backup that is about to be restored, and the file that is about to be imported; dialogs ask. */
  restoring = $state.raw<Backup | null>(null);
  importing = $state.raw<string | null>(null);

  readonly busy: UpkeepWork | null = $derived(this.state?.busy ?? null);
  readonly damaged = $derived((this.state?.check?.problems.length ?? 0) > 0);

  /** Follows the library file for as long as the window lives. */
  follow(pause: () => Promise<void>): Promise<void> {
    const refetch = async (): Promise<void> => {
      this.state = await api.upkeep.state();
    };
    return follow<'changed'>({
      opened: () => connection.opened(),
      subscribe: () => api.upkeep.watch(),
      refetch,
      // A lost connection fetches afresh by itself.
      apply: () => void refetch().catch(() => {}),
      failed: (failure) => {
        if (connection.state.kind === 'open') notices.fail(failure);
      },
      pause,
    });
  }

  verify(): Promise<void> {
    return notices.attempt(async () => {
      const { problems } = await api.upkeep.verify();
      if (problems.length === 0) notices.tell({ tone: 'success', title: t('The library file is sound.') });
    });
  }

  backUp(): Promise<void> {
    return notices.attempt(async () => {
      await api.upkeep.backUp();
      notices.tell({ tone: 'success', title: t('The library is backed up.') });
    });
  }

  /** Makes the library what a backup says; then everything is fetched anew. */
  restore({ name }: Backup): Promise<void> {
    this.restoring = null;
    return notices.attempt(async () => {
      await api.upkeep.restore({ name });
      location.reload();
    });
  }

  async chooseAndExport(): Promise<void> {
    const folder = await picker.chooseFolder(t('Folder for the exported catalogue'), null);
    if (folder === null) return;
    await notices.attempt(async () => {
      const { path, images } = await api.upkeep.exportTo({ folder });
      notices.tell({
        tone: 'success',
        title: t('{count, plural, one {# item} other {# items}} are in “{path}”.', {
          count: images,
          path: fileNameOf(path),
        }),
        detail: path,
      });
    });
  }

  async chooseImport(): Promise<void> {
    const paths = await picker.chooseFiles({ title: t('Catalogue to import'), confirmLabel: t('Choose') });
    this.importing = paths?.[0] ?? null;
  }

  import(path: string, mode: ImportMode): Promise<void> {
    this.importing = null;
    return notices.attempt(async () => {
      await api.upkeep.importFrom({ path, mode });
      location.reload();
    });
  }

  /** Asks for a folder, to which the next start moves the library. */
  async chooseAndMove(): Promise<void> {
    const folder = await picker.chooseFolder(t('Folder for the library'), null);
    if (folder !== null) await this.move(folder);
  }

  /** Has the next start move the library; null: it stays. */
  move(folder: string | null): Promise<void> {
    return notices.attempt(() => api.upkeep.move({ folder }));
  }

  dismissRescue(): Promise<void> {
    return notices.attempt(() => api.upkeep.dismissRescue());
  }
}

export const upkeep = new Upkeep();
