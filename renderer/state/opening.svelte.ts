/** Opening files from anywhere: chosen, dropped, or asked for from outside. What they are is decided by content. */
import type { LibraryEntry } from '#shared/domain/library.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';
import { api, pathOfDropped } from '../api.ts';
import { libraryFiles } from './library-files.ts';
import { library } from './library.svelte.ts';
import { navigation } from './navigation.svelte.ts';
import { notices } from './notices.svelte.ts';
import { picker } from './picker.svelte.ts';

const notLocated = t(
  'A browser does not say where a dropped file lies, and it is not in the usual folders. Show Platter where it is:',
);

class Opening {
  /** The files being looked into. */
  #looking = $state.raw<readonly string[]>([]);
  readonly looking = $derived(this.#looking.map(fileNameOf));

  /**
   * Looks into files: packages open their page, images join the library and the first of them is selected.
   * Who went elsewhere since they asked for it, where they were `from`, stays there.
   */
  async openPaths(paths: readonly string[], from = navigation.route): Promise<void> {
    const images: string[] = [];
    const packages: string[] = [];
    this.#looking = [...this.#looking, ...paths];
    for (const path of paths) {
      try {
        const info = await api.images.inspect({ path });
        (info.kind === 'package' ? packages : images).push(path);
      } catch (error) {
        notices.fail(error);
      } finally {
        this.#looking = this.#looking.filter((other) => other !== path);
      }
    }
    const added = images.length > 0 && (await this.#addToLibrary(images));
    const stayed = navigation.route === from;
    if (stayed && added) navigation.go({ view: 'library' });
    for (const path of packages) {
      if (stayed) navigation.openPackage(path);
      else navigation.openInBackground(path);
    }
  }

  /** Asks for files and opens them. */
  async chooseAndOpen(): Promise<void> {
    const paths = await picker.chooseFiles();
    if (paths !== null) await this.openPaths(paths);
  }

  /** Opens what was dropped; where only names are known, looks for the files and asks for those it does not find. */
  async openDropped(files: readonly File[]): Promise<void> {
    const from = navigation.route;
    const paths: string[] = [];
    for (const file of files) {
      const known = pathOfDropped(file);
      const found = known === null ? await this.#locate(file) : [known];
      if (found !== null) paths.push(...found);
    }
    if (paths.length > 0) await this.openPaths(paths, from);
  }

  /** Shows an entry where it belongs: packages on their page, images on theirs. */
  openEntry(entry: LibraryEntry): void {
    if (entry.missing) return;
    navigation.go({ view: entry.kind === 'package' ? 'package' : 'image', path: entry.path });
  }

  /** Goes to the library with the entry of `path` selected; adds it when it is not there. */
  async showInLibrary(path: string): Promise<void> {
    try {
      const known = await api.library.find({ path });
      if (known !== null) await library.show(known);
      else await libraryFiles.add([path]);
    } catch (error) {
      notices.fail(error);
    }
    navigation.go({ view: 'library' });
  }

  /** True when they are in the library now. */
  async #addToLibrary(paths: readonly string[]): Promise<boolean> {
    try {
      const added = await libraryFiles.add(paths);
      const first = added[0];
      if (first === undefined) return true;
      const title =
        added.length === 1
          ? t('“{name}” is in the library.', { name: first.name })
          : t('{count, plural, one {# image is} other {# images are}} in the library.', {
              count: added.length,
            });
      notices.tell({ tone: 'success', title });
      return true;
    } catch (error) {
      notices.fail(error);
      return false;
    }
  }

  async #locate(file: File): Promise<readonly string[] | null> {
    const { name, size: sizeBytes, lastModified: modifiedAt } = file;
    try {
      const located = await api.files.locate({ name, sizeBytes, modifiedAt });
      if (located !== null) return [located.path];
    } catch (error) {
      notices.fail(error);
      return null;
    }
    return picker.chooseFiles({
      title: t('Where is “{name}”?', { name }),
      explanation: notLocated,
      filter: name,
    });
  }
}

export const opening = new Opening();
