/** Where a new file goes: a folder and a name, and whether something lies there already. */
import { joinPath } from '#shared/text/paths.ts';
import { api } from '../api.ts';
import { fileNameProblem } from './extraction-form.ts';
import { picker } from './picker.svelte.ts';

export class OutputPlace {
  folder = $state('');
  /** What the user typed; empty: the name that the form proposes. */
  typed = $state('');
  /** What the form proposes. */
  proposed = $state('');
  replace = $state(false);
  readonly name = $derived(this.typed.trim() === '' ? this.proposed : this.typed.trim());
  readonly problem = $derived(this.typed.trim() === '' ? null : fileNameProblem(this.typed.trim()));
  /** Null while there is no usable name. */
  readonly path = $derived(
    this.folder === '' || this.name === '' || this.problem !== null ? null : joinPath(this.folder, this.name),
  );

  constructor(folder: string) {
    this.folder = folder;
  }

  async chooseFolder(title: string): Promise<void> {
    const folder = await picker.chooseFolder(title, this.folder);
    if (folder !== null) this.folder = folder;
  }
}

/** Whether something lies at `path`; no where the folder cannot be listed: then the job will tell. */
export async function isTaken(folder: string, path: string, signal: AbortSignal): Promise<boolean> {
  const listing = await api.files.list({ folder }, { signal }).catch(() => null);
  return listing?.entries.some((entry) => entry.path === path) ?? false;
}
