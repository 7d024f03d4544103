/** A new image being described: its size, its format, what shows through, and the start of the job. */
import type { CreationRequest } from '#shared/domain/conversion.ts';
import type { Job } from '#shared/domain/job.ts';
import { parseSize } from '#shared/size.ts';
import { folderOf } from '#shared/text/paths.ts';
import { Failure } from '#shared/failure.ts';
import { t } from '#shared/text/words.ts';
import { app } from './app.svelte.ts';
import { sizeProblem } from './disk-size.ts';
import { formats } from './formats.svelte.ts';
import { newDiskName } from './output-names.ts';
import { isTaken, OutputPlace } from './output-place.svelte.ts';
import { picker } from './picker.svelte.ts';
import { Planning } from './planning.svelte.ts';
import { targetRequest, usableFormat, type TargetChoice } from './target-choice.ts';
import { startOnce } from './starting.ts';

export class Creation {
  target = $state<TargetChoice>({ format: '', variant: null, options: {} });
  /** As typed: "20G". */
  size = $state('20G');
  /** The image that shows through; null for a disk that stands alone. */
  backing = $state<string | null>(null);
  starting = $state(false);
  readonly place = new OutputPlace(app.settings.outputFolder ?? app.info?.homeFolder ?? '');
  readonly capacityBytes = $derived(parseSize(this.size));
  readonly sizeProblem = $derived.by(() => sizeProblem(this.size, this.backing !== null));
  readonly canBack = $derived.by(() => formats.of(this.target.format)?.creation?.backs ?? false);
  readonly request = $derived.by((): CreationRequest | null => {
    const { path } = this.place;
    if (path === null || this.sizeProblem !== null) return null;
    const target = targetRequest(formats.list, this.target);
    return {
      outputPath: path,
      target: this.backing === null ? target : { ...target, backing: { path: this.backing } },
      ...(this.size.trim() === '' ? {} : { capacityBytes: this.capacityBytes }),
      ...(this.place.replace ? { force: true } : {}),
    };
  });

  /** Nothing to work out, only whether something lies there already. */
  readonly planning = new Planning<CreationRequest, CreationRequest>(async (request, signal) => {
    const taken = request.force !== true && (await isTaken(this.place.folder, request.outputPath, signal));
    return { plan: request, failure: taken ? new Failure('io.exists', { path: request.outputPath }) : null };
  });
  readonly ready = $derived.by(
    () =>
      this.request !== null && this.planning.failure === null && !this.planning.planning && !this.starting,
  );

  constructor() {
    this.choose(usableFormat(formats.list, app.settings.defaultFormat, false));
  }

  choose(format: string): void {
    this.target = { format, variant: null, options: {} };
    if (!this.canBack) this.setBacking(null);
    this.#proposeName();
  }

  async chooseBacking(): Promise<void> {
    const paths = await picker.chooseFiles({
      title: t('The image that shows through'),
      confirmLabel: t('Choose'),
      startFolder: this.backing === null ? this.place.folder : folderOf(this.backing),
    });
    if (paths?.[0] !== undefined) this.setBacking(paths[0]);
  }

  /** An overlay is as large as what lies under it, unless a size is typed. */
  setBacking(path: string | null): void {
    if (path !== null && this.backing === null) this.size = '';
    if (path === null && this.size === '') this.size = '20G';
    this.backing = path;
    this.#proposeName();
  }

  /** Queues the job; null when it could not start, which was said. */
  start(): Promise<Job | null> {
    const { request } = this;
    return startOnce(this, request && { kind: 'create', request });
  }

  #proposeName(): void {
    const extension = formats.of(this.target.format)?.extensions[0] ?? this.target.format;
    this.place.proposed = newDiskName(this.backing, extension);
  }
}
