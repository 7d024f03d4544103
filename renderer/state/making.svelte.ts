/** Which form for making or changing an image is open, and on what. */
import { folderOf } from '#shared/text/paths.ts';
import { picker } from './picker.svelte.ts';

export type MakingTask =
  | { readonly kind: 'convert'; readonly path: string; readonly snapshot: string | null }
  | { readonly kind: 'convert-many'; readonly paths: readonly string[] }
  | { readonly kind: 'create' }
  | { readonly kind: 'resize'; readonly path: string }
  | { readonly kind: 'compare'; readonly first: string; readonly second: string }
  | { readonly kind: 'upload'; readonly path: string }
  | { readonly kind: 'build'; readonly inputs: readonly string[] };

class Making {
  task = $state.raw<MakingTask | null>(null);

  open(task: MakingTask): void {
    this.task = task;
  }

  close(): void {
    this.task = null;
  }

  /** Asks for the image to compare with. */
  async compareWith(first: string): Promise<void> {
    const paths = await picker.chooseFiles({
      title: 'Compare with',
      confirmLabel: 'Compare',
      startFolder: folderOf(first),
    });
    const second = paths?.[0];
    if (second !== undefined) this.open({ kind: 'compare', first, second });
  }
}

export const making = new Making();
