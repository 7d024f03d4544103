/** One open package: what it holds, how it stands against its manifest, and the extraction made of it. */
import type { ExtractionResult } from '#shared/domain/conversion.ts';
import type { Job } from '#shared/domain/job.ts';
import type { ManifestResult, PackageInfo } from '#shared/domain/package.ts';
import { Failure } from '#shared/failure.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { api } from '../api.ts';
import { isActive, isResting } from './job-words.ts';
import { jobs } from './jobs.svelte.ts';
import { notices } from './notices.svelte.ts';

export type Verification =
  | { readonly kind: 'absent' | 'unchecked' | 'cancelled' }
  | { readonly kind: 'running'; readonly job: Job; readonly passed: readonly string[] }
  | { readonly kind: 'checked'; readonly result: ManifestResult }
  | { readonly kind: 'failed'; readonly failure: Failure };

export class PackagePage {
  readonly path: string;
  info = $state.raw<PackageInfo | null>(null);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);
  #verifyJobId = $state<number | null>(null);
  #verifyFailure = $state.raw<Failure | null>(null);
  /** Files that the verification has gone past. */
  #passed = $state.raw<readonly string[]>([]);
  /** Extractions that ended before the page was opened, or whose end was read, are history. */
  readonly #openedAt = Date.now();
  #dismissedId = $state(0);
  #looking: Promise<void> | null = null;
  #verifying = false;

  readonly title = $derived.by((): string => {
    const named = this.info?.systems.find((system) => system.product !== null);
    return named?.product ?? fileNameOf(this.path);
  });

  /** The newest extraction of this package that the page should show. */
  readonly extraction = $derived.by((): Job | null => {
    const newest = jobs.list.find(
      (job) => job.work.kind === 'extract' && job.work.request.packagePath === this.path,
    );
    if (newest === undefined || newest.id <= this.#dismissedId) return null;
    return isActive(newest) || isResting(newest) || Date.parse(newest.endedAt ?? '') >= this.#openedAt
      ? newest
      : null;
  });

  readonly extracted = $derived.by((): ExtractionResult | null =>
    this.extraction?.outcome?.kind === 'extract' ? this.extraction.outcome.result : null,
  );

  readonly verification = $derived.by((): Verification => {
    if (this.info?.manifest === 'absent') return { kind: 'absent' };
    if (this.#verifyFailure !== null) return { kind: 'failed', failure: this.#verifyFailure };
    const job = jobs.get(this.#verifyJobId);
    if (job === null) return { kind: 'unchecked' };
    if (isActive(job)) return { kind: 'running', job, passed: this.#passed };
    if (job.outcome?.kind === 'verify-package') return { kind: 'checked', result: job.outcome.result };
    if (job.state === 'cancelled') return { kind: 'cancelled' };
    return job.failure === null
      ? { kind: 'unchecked' }
      : { kind: 'failed', failure: Failure.fromData(job.failure) };
  });

  constructor(path: string) {
    this.path = path;
  }

  /** Reads the package; when it has a manifest that was not checked yet, starts to check it. */
  async load(): Promise<void> {
    await this.look();
    const unchecked = this.#verifyJobId === null && this.#verifyFailure === null && !this.#verifying;
    if (this.info?.manifest === 'present' && unchecked) await this.verify();
  }

  /** Reads what is in the package, where that is not known. */
  async look(): Promise<void> {
    if (this.info === null) await (this.#looking ??= this.#look());
  }

  async #look(): Promise<void> {
    this.loading = true;
    this.failure = null;
    try {
      this.info = await api.images.inspectPackage({ path: this.path });
    } catch (error) {
      this.failure = Failure.from(error);
    } finally {
      this.loading = false;
      this.#looking = null;
    }
  }

  /** Checks the manifest, or joins the check that runs already. */
  async verify(): Promise<void> {
    this.#verifyFailure = null;
    this.#passed = [];
    this.#verifying = true;
    try {
      await jobs.whenLoaded;
      const running = jobs.list.find(
        (job) =>
          isActive(job) && job.work.kind === 'verify-package' && job.work.request.packagePath === this.path,
      );
      const job =
        running ?? (await jobs.start({ kind: 'verify-package', request: { packagePath: this.path } }));
      this.#verifyJobId = job.id;
    } catch (error) {
      this.#verifyFailure = Failure.from(error);
    } finally {
      this.#verifying = false;
    }
  }

  async cancelVerification(): Promise<void> {
    const job = jobs.get(this.#verifyJobId);
    if (job !== null && isActive(job)) await jobs.cancel(job.id);
  }

  /** Remembers the file that the check is at, for the list of those behind it. */
  notePassed(): void {
    const item = jobs.get(this.#verifyJobId)?.progress?.item;
    if (item != null && !this.#passed.includes(item)) this.#passed = [...this.#passed, item];
  }

  /** Does an extraction again that failed because its output was there already, and replaces that. */
  async extractOver(job: Job): Promise<void> {
    if (job.work.kind !== 'extract') return;
    try {
      await jobs.start({ kind: 'extract', request: { ...job.work.request, force: true } });
    } catch (error) {
      notices.fail(error);
    }
  }

  /** Hides the end of the extraction that is shown. */
  dismissExtraction(): void {
    this.#dismissedId = this.extraction?.id ?? this.#dismissedId;
  }
}
