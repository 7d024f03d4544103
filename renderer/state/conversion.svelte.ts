/** A conversion being prepared: the form, its plan, and the start of the job. */
import type { ConversionPlan, ConversionRequest, SourceReference } from '#shared/domain/conversion.ts';
import type { WrapperDescription } from '#shared/domain/format.ts';
import type { ImageInfo } from '#shared/domain/image.ts';
import type { Job } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { fileNameOf, folderOf } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { app } from './app.svelte.ts';
import { formats } from './formats.svelte.ts';
import { copyName, proposedName, wrappedExtension } from './output-names.ts';
import { isTaken, OutputPlace } from './output-place.svelte.ts';
import { picker } from './picker.svelte.ts';
import { Planning } from './planning.svelte.ts';
import { asIs, targetRequest, usableFormat, type TargetChoice } from './target-choice.ts';
import { startOnce } from './starting.ts';

export class Conversion {
  readonly path: string;
  target = $state<TargetChoice>({ format: '', variant: null, options: {} });
  /** An internal snapshot instead of the present state. */
  snapshot = $state<string | null>(null);
  /** Never stored; asked for where the image is encrypted. */
  passphrase = $state('');
  /** Files elsewhere that the image names and the user allowed. */
  allowed = $state.raw<readonly string[]>([]);
  /** What the whole file is compressed with; null for not at all. */
  wrapper = $state.raw<WrapperDescription | null>(null);
  verify = $state(app.settings.verifyOutput);
  starting = $state(false);
  readonly place: OutputPlace;
  readonly planning: Planning<ConversionRequest, ConversionPlan>;
  /** The image that the output stands over; null for one that stands alone. */
  backing = $state<string | null>(null);
  readonly canBack = $derived.by(() => formats.of(this.target.format)?.creation?.backs ?? false);
  readonly canWrap = $derived.by(() => formats.of(this.target.format)?.creation?.wraps ?? false);
  readonly source = $derived.by((): SourceReference => {
    const { path, snapshot, passphrase, allowed } = this;
    return {
      path,
      ...(snapshot === null ? {} : { snapshot }),
      ...(passphrase === '' ? {} : { passphrase }),
      ...(allowed.length === 0 ? {} : { allowed }),
    };
  });
  readonly request = $derived.by((): ConversionRequest | null => {
    const { path } = this.place;
    if (path === null || this.target.format === '') return null;
    return {
      source: this.source,
      outputPath: path,
      target: {
        ...targetRequest(formats.list, this.target),
        ...(this.canBack && this.backing !== null ? { backing: { path: this.backing } } : {}),
        ...(this.canWrap && this.wrapper !== null ? { wrapper: this.wrapper.id } : {}),
      },
      verify: this.verify,
      ...(this.place.replace ? { force: true } : {}),
    };
  });
  readonly ready = $derived.by(
    () =>
      this.request !== null &&
      this.planning.plan?.fits === true &&
      this.planning.failure === null &&
      !this.planning.planning &&
      !this.starting,
  );

  constructor(path: string, info: ImageInfo | null, snapshot: string | null) {
    this.path = path;
    this.snapshot = snapshot;
    this.place = new OutputPlace(app.settings.outputFolder ?? folderOf(path));
    this.planning = new Planning(async (request, signal) => {
      const input = request as Parameters<typeof api.images.planConversion>[0];
      const plan = await api.images.planConversion(input, { signal });
      const taken = request.force !== true && (await isTaken(this.place.folder, request.outputPath, signal));
      return { plan, failure: taken ? new Failure('io.exists', { path: request.outputPath }) : null };
    });
    const wanted = usableFormat(formats.list, app.settings.defaultFormat, snapshot === null);
    // Most people want another format than the one they have.
    const other = formats.list.find(({ id, creation }) => creation !== null && id !== info?.format)?.id;
    this.choose(wanted === info?.format && snapshot === null ? (other ?? wanted) : wanted);
  }

  /** Another format: its own first variant and defaults, and a name that goes with it. */
  choose(format: string): void {
    this.target = { format, variant: null, options: {} };
    if (format === asIs) {
      this.place.proposed = copyName(fileNameOf(this.path));
      return;
    }
    const extension = formats.list.find(({ id }) => id === format)?.extensions[0] ?? format;
    const suffix = this.snapshot === null ? '' : '-snapshot';
    const ending =
      this.canWrap && this.wrapper !== null ? wrappedExtension(extension, this.wrapper) : extension;
    this.place.proposed = proposedName(fileNameOf(this.path), ending, suffix);
  }

  /** The present state for null. A snapshot is not in a file of its own, and so in no copy as it is. */
  chooseSnapshot(id: string | null): void {
    this.snapshot = id;
    this.choose(usableFormat(formats.list, this.target.format, id === null));
  }

  async chooseBacking(): Promise<void> {
    const paths = await picker.chooseFiles({
      title: t('The image that shows through'),
      confirmLabel: t('Choose'),
      startFolder: folderOf(this.path),
    });
    if (paths?.[0] !== undefined) this.backing = paths[0];
  }

  wrapWith(id: string | null): void {
    this.wrapper = formats.wrappers.find((wrapper) => wrapper.id === id) ?? null;
    this.choose(this.target.format);
  }

  /** Queues the job; null when it could not start, which was said. */
  start(): Promise<Job | null> {
    const { request } = this;
    return startOnce(this, request && { kind: 'convert', request });
  }
}
