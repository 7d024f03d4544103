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
import { Planning } from './planning.svelte.ts';
import { usableFormat } from './target-choice.ts';
import { startOnce } from './starting.ts';

/** The first output whose name is taken already; null also where the folder cannot be listed: then the job will tell. */
async function takenPath(plan: ExtractionPlan, signal: AbortSignal): Promise<string | null> {
  const listing = await api.files.list({ folder: plan.outputFolder }, { signal }).catch(() => null);
  const there = new Set(listing?.entries.map((entry) => entry.path));
  return plan.disks.find((disk) => there.has(disk.outputPath))?.outputPath ?? null;
}

async function planFor(
  request: ExtractionRequest,
  signal: AbortSignal,
): Promise<{ plan: ExtractionPlan; failure: Failure | null }> {
  const input = request as Parameters<typeof api.images.planExtraction>[0];
  const plan = await api.images.planExtraction(input, { signal });
  const taken = request.force === true ? null : await takenPath(plan, signal);
  return { plan, failure: taken === null ? null : new Failure('io.exists', { path: taken }) };
}

export class Extraction {
  form = $state() as ExtractionForm;
  readonly planning = new Planning<ExtractionRequest, ExtractionPlan>(planFor);
  starting = $state(false);

  readonly request = $derived.by((): ExtractionRequest | null => extractionRequest(this.form, formats.list));
  readonly sharedName = $derived(sharedFileName(this.form));
  readonly chosenCount = $derived(this.form.disks.filter((disk) => disk.selected).length);
  readonly ready = $derived(
    this.request !== null &&
      this.planning.plan?.fits === true &&
      this.planning.failure === null &&
      !this.planning.planning &&
      !this.starting,
  );

  constructor(info: PackageInfo) {
    this.form = newExtractionForm(info, {
      format: usableFormat(formats.list, app.settings.defaultFormat, true),
      outputFolder: app.settings.outputFolder,
      verify: app.settings.verifyOutput,
    });
  }

  /** Queues the job; null when it could not start, which was said. */
  start(): Promise<Job | null> {
    const { request } = this;
    return startOnce(this, request && { kind: 'extract', request });
  }
}
