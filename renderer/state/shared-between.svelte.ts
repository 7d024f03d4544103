/** How much of their blocks two images share: known where both are in the library and their contents were read. */
import type { SharedBlocks } from '#shared/domain/content.ts';
import { api } from '../api.ts';

export class SharedBetween {
  /** `unknown`: the contents of one of them were not read. */
  state = $state.raw<SharedBlocks | 'waiting' | 'unknown'>('waiting');

  /** To be made while a component is. `paths`: of the two images. */
  constructor(paths: () => readonly [string, string]) {
    $effect(() => {
      const asked = paths();
      let isWanted = true;
      void sharedBlocks(asked).then((found) => {
        if (isWanted) this.state = found ?? 'unknown';
      });
      return () => (isWanted = false);
    });
  }
}

async function sharedBlocks(paths: readonly [string, string]): Promise<SharedBlocks | null> {
  try {
    const [first, second] = await Promise.all(paths.map((path) => api.library.find({ path })));
    if (!first || !second) return null;
    const shared = await api.contents.shared({ id: first.id, otherId: second.id });
    return shared?.others[0] ?? null;
  } catch {
    // Said elsewhere: the connection is lost, or an entry has just gone.
    return null;
  }
}
