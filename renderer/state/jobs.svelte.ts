/** All jobs, as the main process tells of them, and what can be asked of one. */
import { SvelteMap } from 'svelte/reactivity';
import type { Job, JobEvent, JobLimits, JobRequest } from '#shared/domain/job.ts';
import type { Failure } from '#shared/failure.ts';
import type { Phrase } from '#shared/in-english.ts';
import { api, connection } from '../api.ts';
import { linesOf, type GroupSummary } from './job-groups.ts';
import { endWords, isActive, isResting } from './job-words.ts';
import { follow } from './live.ts';
import { notices } from './notices.svelte.ts';
import { SpeedHistory } from './speed-history.svelte.ts';

class Jobs {
  readonly #byId = new SvelteMap<number, Job>();
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);
  readonly speeds = new SpeedHistory();
  readonly #ended = new Set<(job: Job) => void>();
  #tellLoaded: () => void = () => {};
  /** Resolves once the list was fetched for the first time. */
  readonly whenLoaded = new Promise<void>((resolve) => (this.#tellLoaded = resolve));

  /** The newest first. */
  readonly list = $derived([...this.#byId.values()].sort((first, second) => second.id - first.id));
  readonly running = $derived(this.list.filter((job) => job.state === 'running'));
  /** In the order they will run. */
  readonly queued = $derived(
    this.list.filter((job) => job.state === 'queued').sort((first, second) => first.place - second.place),
  );
  /** Paused, or ended before they were done: they wait for a person who resumes them. */
  readonly resting = $derived(this.list.filter(isResting));
  readonly ended = $derived(this.list.filter((job) => !isActive(job) && !isResting(job)));
  /** Those that were started together, as one; the newest first. */
  readonly lines = $derived(linesOf(this.list));
  readonly activeCount = $derived(this.running.length + this.queued.length);

  get(id: number | null): Job | null {
    return id === null ? null : (this.#byId.get(id) ?? null);
  }

  /** All jobs of a group, summed up; null when there is none. */
  group(id: number): GroupSummary | null {
    const line = this.lines.find((one) => one.kind === 'group' && one.summary.group.id === id);
    return line?.kind === 'group' ? line.summary : null;
  }

  /** Follows the jobs for as long as the window lives. */
  follow(pause: () => Promise<void>): Promise<void> {
    return follow<JobEvent>({
      opened: () => connection.opened(),
      subscribe: () => api.jobs.watch(),
      refetch: async () => this.#replace(await api.jobs.list()),
      apply: (event) => this.#apply(event),
      failed: (failure) => (this.failure = connection.state.kind === 'open' ? failure : null),
      pause,
    });
  }

  /** Calls `listener` for every job that ends from now on; the answer stops that. */
  onEnded(listener: (job: Job) => void): () => void {
    this.#ended.add(listener);
    return () => this.#ended.delete(listener);
  }

  /** Queues a job; fails with a Failure. */
  async start(request: JobRequest): Promise<Job> {
    // The contract's own arrays are not readonly, and nothing here changes them.
    const job = await api.jobs.start(request as Parameters<typeof api.jobs.start>[0]);
    return this.add(job);
  }

  /** Knows a job that was just queued; what an event has told of it since is newer. */
  add(job: Job): Job {
    const known = this.#byId.get(job.id);
    if (known !== undefined) return known;
    this.#byId.set(job.id, job);
    return job;
  }

  /** Queues jobs that belong together, all or none; fails with a Failure. */
  async startGroup(title: Phrase, works: readonly JobRequest[]): Promise<void> {
    const input = { title, works } as Parameters<typeof api.jobs.startGroup>[0];
    for (const job of await api.jobs.startGroup(input))
      if (!this.#byId.has(job.id)) this.#byId.set(job.id, job);
  }

  async askGroup(id: number, what: 'pause' | 'resume' | 'cancel'): Promise<void> {
    await notices.attempt(() => api.jobs.askGroup({ id, what }));
  }

  /** Moves a job that waits in front of another one; null: to the end. */
  async move(id: number, before: number | null): Promise<void> {
    await notices.attempt(() => api.jobs.move({ id, before }));
  }

  async cancel(id: number): Promise<void> {
    await notices.attempt(() => api.jobs.cancel({ id }));
  }

  async pause(id: number): Promise<void> {
    await notices.attempt(() => api.jobs.pause({ id }));
  }

  /** Lets a job go on that rests. */
  async resume(id: number): Promise<void> {
    await notices.attempt(() => api.jobs.resume({ id }));
  }

  /** Changes what a job may take; whether that was done. */
  async limit(id: number, limits: JobLimits): Promise<boolean> {
    const done = await notices.attempt(async () => {
      await api.jobs.limit({ id, limits });
      return true;
    });
    return done ?? false;
  }

  /** Queues the same work again; the new job, or null when that failed and was said. */
  async retry(id: number): Promise<Job | null> {
    return (await notices.attempt(() => api.jobs.retry({ id }))) ?? null;
  }

  async forget(id: number): Promise<void> {
    await notices.attempt(() => api.jobs.forget({ id }));
  }

  async forgetEnded(): Promise<void> {
    for (const job of this.ended) await this.forget(job.id);
  }

  #replace(jobs: readonly Job[]): void {
    const known = new Set(jobs.map((job) => job.id));
    for (const id of [...this.#byId.keys()]) if (!known.has(id)) this.#byId.delete(id);
    for (const job of jobs) this.#set(job);
    this.loaded = true;
    this.#tellLoaded();
    this.failure = null;
  }

  #apply(event: JobEvent): void {
    if (event.kind === 'changed') this.#set(event.job);
    else if (event.kind === 'forgotten') {
      this.#byId.delete(event.id);
      this.speeds.forget(event.id);
    } else {
      this.speeds.note(event.id, event.progress.bytesPerSecond);
      const job = this.#byId.get(event.id);
      if (job?.state === 'running') this.#byId.set(job.id, { ...job, progress: event.progress });
    }
  }

  #set(job: Job): void {
    const before = this.#byId.get(job.id);
    this.#byId.set(job.id, job);
    if (before === undefined || !isActive(before) || isActive(job)) return;
    notices.announce(endWords(job));
    if (job.endedAt === null) return;
    for (const listener of this.#ended) listener(job);
  }
}

export const jobs = new Jobs();
