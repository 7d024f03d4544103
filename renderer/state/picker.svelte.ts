/** Choosing files and folders: the system's dialogs where the host has them, else the picker inside the window. */
import type { FolderEntry, FolderListing } from '#shared/domain/files.ts';
import { Failure } from '#shared/failure.ts';
import { folderOf } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { app } from './app.svelte.ts';
import { notices } from './notices.svelte.ts';
import { filesNamed, listedEntries } from './picker-list.ts';

export interface PickerRequest {
  readonly mode: 'files' | 'folder';
  readonly title: string;
  readonly confirmLabel: string;
  readonly startFolder?: string;
  /** Why the picker is there, when the user did not ask for it. */
  readonly explanation?: string;
  /** What the filter field starts with. */
  readonly filter?: string;
  /** What the file was called that is looked for: it is chosen where one has that name, and others can be, too. */
  readonly wanted?: string;
}

const rememberedFolder = 'platter-picker-folder';

class Picker {
  request = $state.raw<PickerRequest | null>(null);
  listing = $state.raw<FolderListing | null>(null);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);
  filter = $state('');
  /** Paths of the chosen entries of the folder that is shown. */
  chosen = $state.raw<readonly string[]>([]);

  /** The filter is the name that is looked for: it stays from folder to folder, and leaves the way open. */
  readonly searching = $derived(this.request?.filter !== undefined && this.filter === this.request.filter);
  readonly entries = $derived(
    listedEntries(this.listing?.entries ?? [], this.filter, this.request?.mode ?? 'files', this.searching),
  );
  readonly chosenEntries = $derived(this.entries.filter((entry) => this.chosen.includes(entry.path)));
  /** What confirming would answer; null while that is nothing. */
  readonly answer = $derived.by((): readonly string[] | null => {
    if (this.request?.mode === 'folder') {
      const folder = this.chosenEntries[0]?.path ?? this.listing?.path;
      return folder === undefined ? null : [folder];
    }
    const files = this.chosenEntries.filter((entry) => entry.kind === 'file');
    return files.length === 0 ? null : files.map((entry) => entry.path);
  });
  #settle: ((paths: readonly string[] | null) => void) | null = null;
  #visit = 0;

  /** Files to open; null when nothing was chosen. */
  async chooseFiles(request: Partial<PickerRequest> = {}): Promise<readonly string[] | null> {
    if (await app.hasNativeDialogs()) return this.#native(() => api.files.chooseFiles());
    return this.#open({ mode: 'files', title: t('Open images'), confirmLabel: t('Open'), ...request });
  }

  /** A folder; null when none was chosen. */
  async chooseFolder(title: string, startFolder: string | null): Promise<string | null> {
    const start = startFolder === null ? {} : { startFolder };
    if (await app.hasNativeDialogs()) return this.#native(() => api.files.chooseFolder(start));
    const paths = await this.#open({ mode: 'folder', title, confirmLabel: t('Choose'), ...start });
    return paths?.[0] ?? null;
  }

  /** Shows a folder; when `path` is a file, its folder with the file chosen. */
  async goTo(path: string | undefined): Promise<void> {
    const visit = ++this.#visit;
    this.loading = true;
    try {
      const listing = await this.#list(path);
      if (visit !== this.#visit) return;
      this.failure = null;
      if (!this.searching) this.filter = '';
      this.listing = listing.folder;
      this.chosen =
        listing.file === null
          ? filesNamed(listing.folder.entries, this.request?.wanted ?? null)
          : [listing.file];
    } catch (error) {
      if (visit === this.#visit) this.failure = Failure.from(error);
    } finally {
      if (visit === this.#visit) this.loading = false;
    }
  }

  /** Makes a folder in the one that is shown, and chooses it; fails with a Failure. */
  async createFolder(name: string): Promise<void> {
    const folder = this.listing?.path;
    if (folder === undefined) return;
    const made = await api.files.createFolder({ folder, name });
    await this.goTo(folder);
    this.chosen = [made];
  }

  /** Opens a folder, or confirms with a file. */
  activate(entry: FolderEntry): void {
    if (entry.kind === 'folder') return void this.goTo(entry.path);
    this.chosen = [entry.path];
    this.confirm();
  }

  confirm(): void {
    const only = this.chosenEntries[0];
    if (this.request?.mode === 'files' && only?.kind === 'folder') return void this.goTo(only.path);
    if (this.answer !== null) this.#close(this.answer);
  }

  cancel(): void {
    this.#close(null);
  }

  async #list(path: string | undefined): Promise<{ folder: FolderListing; file: string | null }> {
    try {
      return { folder: await api.files.list(path === undefined ? {} : { folder: path }), file: null };
    } catch (error) {
      if (path === undefined || folderOf(path) === path) throw error;
      const folder = await api.files.list({ folder: folderOf(path) }).catch(() => null);
      const file = folder?.entries.find((entry) => entry.path === path && entry.kind === 'file');
      if (folder === null || file === undefined) throw error;
      return { folder, file: file.path };
    }
  }

  #open(request: PickerRequest): Promise<readonly string[] | null> {
    this.#settle?.(null);
    this.request = request;
    this.chosen = [];
    this.failure = null;
    this.filter = request.filter ?? '';
    const start = request.startFolder ?? sessionStorage.getItem(rememberedFolder) ?? undefined;
    void this.goTo(start).then(async () => {
      if (this.failure !== null && start !== undefined) await this.goTo(undefined);
    });
    return new Promise((resolve) => (this.#settle = resolve));
  }

  #close(paths: readonly string[] | null): void {
    if (paths !== null && this.listing !== null) sessionStorage.setItem(rememberedFolder, this.listing.path);
    this.request = null;
    this.listing = null;
    this.#settle?.(paths);
    this.#settle = null;
  }

  async #native<Answer>(choose: () => Promise<Answer | null>): Promise<Answer | null> {
    try {
      return await choose();
    } catch (error) {
      notices.fail(error);
      return null;
    }
  }
}

export const picker = new Picker();
