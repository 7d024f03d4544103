/** An extraction being prepared: the form, the plan that belongs to it, and the start of the job. */
import type { ExtractionPlan, ExtractionRequest } from '#shared/domain/conversion.ts';
import type { Job } from '#shared/domain/job.ts';
import type { PackageInfo } from '#shared/domain/package.ts';
import { Failure } from '#shared/failure.ts';
import { api } from '../api.ts';
import { app } from './app.svelte.ts';
import {
  extractionRequest,
  newExtractionForm,
  sharedFileName,
  type ExtractionForm,
} from './extraction-form.ts';
import { formats } from './formats.svelte.ts';
import { jobs } from './jobs.svelte.ts';
import { notices } from './notices.svelte.ts';
import { usableFormat } from './target-choice.ts';

const planDelayMilliseconds = 180;

/** The first output whose name is taken already; null also where the folder cannot be listed: then the job will tell. */
async function takenPath(plan: ExtractionPlan, signal: AbortSignal): Promise<string | null> {
  const listing = await api.files.list({ folder: plan.outputFolder }, { signal }).catch(() => null);
  const there = new Set(listing?.entries.map((entry) => entry.path));
  return plan.disks.find((disk) => there.has(disk.outputPath))?.outputPath ?? null;
}

export class Extraction {
  form = $state() as ExtractionForm;
  plan = $state.raw<ExtractionPlan | null>(null);
  /** Why there is no plan, or why it cannot be carried out. */
  failure = $state.raw<Failure | null>(null);
  /** True from a change of the form until its plan is there. */
  planning = $state(false);
  starting = $state(false);

  readonly request = $derived.by((): ExtractionRequest | null => extractionRequest(this.form, formats.list));
  readonly sharedName = $derived(sharedFileName(this.form));
  readonly chosenCount = $derived(this.form.disks.filter((disk) => disk.selected).length);
  readonly ready = $derived(
    this.request !== null &&
      this.plan?.fits === true &&
      this.failure === null &&
      !this.planning &&
      !this.starting,
  );
  #timer: ReturnType<typeof setTimeout> | undefined;
  #current = new AbortController();

  constructor(info: PackageInfo) {
    this.form = newExtractionForm(info, {
      format: usableFormat(formats.list, app.settings.defaultFormat),
      outputFolder: app.settings.outputFolder,
      verify: app.settings.verifyOutput,
    });
  }

  /** Plans `request` once the user pauses; a plan that is not wanted any more is called off. */
  planSoon(request: ExtractionRequest | null): void {
    this.close();
    if (request === null) {
      this.plan = null;
      this.failure = null;
      this.planning = false;
      return;
    }
    this.planning = true;
    this.#current = new AbortController();
    const { signal } = this.#current;
    this.#timer = setTimeout(() => void this.#plan(request, signal), planDelayMilliseconds);
  }

  /** Stops planning: the form is closed, or has changed. */
  close(): void {
    clearTimeout(this.#timer);
    this.#current.abort();
  }

  /** Queues the job; null when it could not start, which was said. */
  async start(): Promise<Job | null> {
    const request = this.request;
    if (request === null || this.starting) return null;
    this.starting = true;
    try {
      return await jobs.start({ kind: 'extract', request });
    } catch (error) {
      notices.fail(error);
      return null;
    } finally {
      this.starting = false;
    }
  }

  async #plan(request: ExtractionRequest, signal: AbortSignal): Promise<void> {
    try {
      const input = request as Parameters<typeof api.images.planExtraction>[0];
      const plan = await api.images.planExtraction(input, { signal });
      const taken = request.force === true ? null : await takenPath(plan, signal);
      if (signal.aborted) return;
      this.plan = plan;
      this.failure = taken === null ? null : new Failure('io.exists', { path: taken });
    } catch (error) {
      if (!signal.aborted) [this.plan, this.failure] = [null, Failure.from(error)];
    } finally {
      if (!signal.aborted) this.planning = false;
    }
  }
}
