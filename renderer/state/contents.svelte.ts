/** What disks hold: how far it is known, who has duplicates, and what can be done with those. */
import { SvelteMap } from 'svelte/reactivity';
import {
  wouldGo,
  type ContentProgress,
  type Duplicate,
  type DuplicateGroup,
  type Duplicates,
} from '#shared/domain/content.ts';
import type { Failure } from '#shared/failure.ts';
import { formatBytes } from '#shared/text/units.ts';
import { t } from '#shared/text/words.ts';
import { api, connection } from '../api.ts';
import { follow } from './live.ts';
import { library } from './library.svelte.ts';
import { navigation } from './navigation.svelte.ts';
import { notices } from './notices.svelte.ts';

/** Reading tells of itself often. */
const staleMilliseconds = 400;

class Contents {
  progress = $state.raw<ContentProgress | null>(null);
  duplicates = $state.raw<Duplicates | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** The group whose copies are about to go to the trash; the dialog asks. */
  leaving = $state.raw<DuplicateGroup | null>(null);
  /** The group whose copies are on their way. */
  busy = $state<string | null>(null);
  /** What a person chose to keep, by the group's content. */
  readonly #chosen = new SvelteMap<string, number>();

  /** Follows what the main process knows, for as long as `going` says: a page that is open. */
  follow(going: () => boolean): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const refetch = async (): Promise<void> => {
      const [progress, duplicates] = await Promise.all([api.contents.progress(), api.contents.duplicates()]);
      this.progress = progress;
      this.duplicates = duplicates;
      this.failure = null;
    };
    const apply = (): void => {
      timer ??= setTimeout(() => {
        timer = null;
        // A lost connection fetches afresh by itself.
        if (going()) refetch().catch(() => {});
      }, staleMilliseconds);
    };
    return follow<'changed'>(
      {
        opened: () => connection.opened(),
        subscribe: () => api.contents.watch(),
        refetch,
        apply,
        failed: (failure) => (this.failure = connection.state.kind === 'open' ? failure : null),
        pause: () => new Promise((resolve) => setTimeout(resolve, staleMilliseconds)),
      },
      going,
    );
  }

  /** The entry of a group that is kept: what the person chose, while that is there, else what is proposed. */
  keptOf({ root, entries, keepId }: DuplicateGroup): number {
    const chosen = this.#chosen.get(root);
    return chosen !== undefined && entries.some(({ entry }) => entry.id === chosen) ? chosen : keepId;
  }

  keep({ root }: DuplicateGroup, id: number): void {
    this.#chosen.set(root, id);
  }

  /** The copies that go when the chosen one is kept. */
  goingOf(group: DuplicateGroup): readonly Duplicate[] {
    return wouldGo(group, this.keptOf(group));
  }

  readNow(): Promise<void> {
    return notices.attempt(() => api.contents.readNow());
  }

  pause(paused: boolean): Promise<void> {
    return notices.attempt(() => api.contents.pause({ paused }));
  }

  /** Moves the copies of a group to the trash, after the person said so. */
  async trash(group: DuplicateGroup): Promise<void> {
    this.leaving = null;
    this.busy = group.root;
    const ids = this.goingOf(group).map(({ entry }) => entry.id);
    await notices.attempt(async () => {
      const { count, bytes } = await api.contents.trashDuplicates({ keepId: this.keptOf(group), ids });
      notices.tell({
        tone: 'success',
        title: t('{count, plural, one {# copy} other {# copies}} moved to the trash.', { count }),
        detail: t('{size} are free when the trash is emptied.', { size: formatBytes(bytes) }),
      });
    });
    this.busy = null;
  }

  /** Shows an entry in the library. */
  show(id: number): Promise<void> {
    return notices.attempt(async () => {
      const [entry] = await api.library.entries({ ids: [id] });
      if (entry === undefined) return;
      await library.show(entry);
      navigation.go({ view: 'library' });
    });
  }
}

export const contents = new Contents();
