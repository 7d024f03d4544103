/** Many images in another format: one form for all of them, what they will take together, and one group of jobs. */
import type { ConversionRequest } from '#shared/domain/conversion.ts';
import { formatName } from '#shared/domain/format-name.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { fileNameOf, folderOf, joinPath } from '#shared/text/paths.ts';
import { api } from '../api.ts';
import { app } from './app.svelte.ts';
import { formats } from './formats.svelte.ts';
import { mostInGroup } from './image-jobs.ts';
import { jobs } from './jobs.svelte.ts';
import { notices } from './notices.svelte.ts';
import { copyName, freeNames, proposedName } from './output-names.ts';
import { OutputPlace } from './output-place.svelte.ts';
import { Planning } from './planning.svelte.ts';
import { asIs, targetRequest, usableFormat, type TargetChoice } from './target-choice.ts';

/** What all outputs take together, and the images that cannot be converted. */
export interface BatchPlan {
  readonly outputBytes: number;
  readonly expectedBytes: number;
  readonly freeBytes: number;
  readonly fits: boolean;
  readonly exact: boolean;
  readonly refused: readonly { readonly path: string; readonly failure: Failure }[];
  readonly requests: readonly ConversionRequest[];
}

export class BatchConversion {
  readonly paths: readonly string[];
  target = $state<TargetChoice>({ format: '', variant: null, options: {} });
  verify = $state(app.settings.verifyOutput);
  starting = $state(false);
  /** How many images have been looked at for the plan. */
  planned = $state(0);
  readonly place: OutputPlace;
  readonly planning: Planning<readonly ConversionRequest[], BatchPlan>;
  readonly requests = $derived.by((): readonly ConversionRequest[] => {
    if (this.target.format === '') return [];
    const extension = formats.of(this.target.format)?.extensions[0] ?? this.target.format;
    const propose = (name: string): string =>
      this.target.format === asIs ? copyName(name) : proposedName(name, extension);
    const names = freeNames(this.paths.map(fileNameOf), propose);
    const target = targetRequest(formats.list, this.target);
    return this.paths.map((path, index) => ({
      source: { path },
      outputPath: joinPath(this.place.folder, names[index]!),
      target,
      verify: this.verify,
      ...(this.place.replace ? { force: true } : {}),
    }));
  });
  readonly ready = $derived.by(
    () =>
      !this.planning.planning &&
      !this.starting &&
      this.planning.plan?.fits === true &&
      this.planning.failure === null &&
      this.planning.plan.requests.length > 0,
  );

  constructor(paths: readonly string[]) {
    this.paths = paths.slice(0, mostInGroup);
    this.place = new OutputPlace(app.settings.outputFolder ?? folderOf(paths[0]!));
    this.target = {
      format: usableFormat(formats.list, app.settings.defaultFormat, true),
      variant: null,
      options: {},
    };
    this.planning = new Planning((requests, signal) => this.#plan(requests, signal));
  }

  choose(format: string): void {
    this.target = { format, variant: null, options: {} };
  }

  /** Queues the group; whether that was done. */
  async start(): Promise<boolean> {
    const requests = this.planning.plan?.requests ?? [];
    if (requests.length === 0 || this.starting) return false;
    this.starting = true;
    try {
      await jobs.startGroup(
        this.target.format === asIs
          ? inEnglish('Copy {count, plural, one {# image} other {# images}}', { count: requests.length })
          : inEnglish('Convert {count, plural, one {# image} other {# images}} to {format}', {
              count: requests.length,
              format: formatName(this.target.format),
            }),
        requests.map((request) => ({ kind: 'convert', request })),
      );
      return true;
    } catch (error) {
      notices.fail(error);
      return false;
    } finally {
      this.starting = false;
    }
  }

  /** One plan after the other: each opens an image, and the form may change meanwhile. */
  async #plan(
    requests: readonly ConversionRequest[],
    signal: AbortSignal,
  ): Promise<{ plan: BatchPlan; failure: Failure | null }> {
    this.planned = 0;
    const sums = { outputBytes: 0, expectedBytes: 0, freeBytes: 0, exact: true };
    const refused: { path: string; failure: Failure }[] = [];
    const possible: ConversionRequest[] = [];
    const listing = await api.files.list({ folder: this.place.folder }, { signal }).catch(() => null);
    const there = listing?.entries.map(({ path }) => path) ?? [];
    const taken = requests.find(({ outputPath, force }) => force !== true && there.includes(outputPath));
    for (const request of requests) {
      try {
        const input = request as Parameters<typeof api.images.planConversion>[0];
        const plan = await api.images.planConversion(input, { signal });
        sums.outputBytes += plan.outputBytes;
        sums.expectedBytes += plan.expectedBytes;
        sums.freeBytes = plan.freeBytes;
        sums.exact &&= plan.outputIsExact;
        possible.push(request);
      } catch (error) {
        if (signal.aborted) throw error;
        refused.push({ path: request.source.path, failure: Failure.from(error) });
      }
      this.planned++;
    }
    const fits = sums.expectedBytes <= sums.freeBytes;
    return {
      plan: { ...sums, fits, refused, requests: possible },
      failure: taken === undefined ? null : new Failure('io.exists', { path: taken.outputPath }),
    };
  }
}
