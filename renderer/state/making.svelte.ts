/** Which form for making or changing an image is open, and on what. */
import type { Metadata, PreparationResult, PreparedFile } from '#shared/domain/preparation.ts';
import { folderOf } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';
import { picker } from './picker.svelte.ts';

/** What goes to a cloud: an image, or what was prepared of one. */
export interface UploadTask {
  readonly path: string;
  readonly prepared: PreparedUpload | null;
  /** The cloud whose accounts are proposed; null for any. */
  readonly cloud: string | null;
}

/** What a preparation made, with what was said of it. */
export interface PreparedUpload {
  readonly cloud: string;
  readonly name: string;
  readonly files: readonly PreparedFile[];
  readonly metadata: Metadata;
}

export type MakingTask =
  | { readonly kind: 'convert'; readonly path: string; readonly snapshot: string | null }
  | { readonly kind: 'convert-many'; readonly paths: readonly string[] }
  | { readonly kind: 'create' }
  | { readonly kind: 'resize'; readonly path: string }
  | { readonly kind: 'compare'; readonly first: string; readonly second: string }
  | ({ readonly kind: 'upload' } & UploadTask)
  | { readonly kind: 'build'; readonly inputs: readonly string[] };

class Making {
  task = $state.raw<MakingTask | null>(null);

  open(task: MakingTask): void {
    this.task = task;
  }

  upload(path: string, cloud: string | null = null): void {
    this.open({ kind: 'upload', path, prepared: null, cloud });
  }

  /** Uploads what a preparation of that name made. */
  uploadPrepared({ cloud, files, metadata }: PreparationResult, name: string): void {
    const first = files[0];
    if (first === undefined) return;
    this.open({ kind: 'upload', path: first.path, prepared: { cloud, name, files, metadata }, cloud });
  }

  close(): void {
    this.task = null;
  }

  /** Asks for the image to compare with. */
  async compareWith(first: string): Promise<void> {
    const paths = await picker.chooseFiles({
      title: t('Compare with'),
      confirmLabel: t('Compare'),
      startFolder: folderOf(first),
    });
    const second = paths?.[0];
    if (second !== undefined) this.open({ kind: 'compare', first, second });
  }
}

export const making = new Making();
