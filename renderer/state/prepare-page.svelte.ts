/** An image being made ready for a cloud: the choices, the plan that follows from them, and the job. */
import type {
  Metadata,
  MetadataPreset,
  PlannedPreparation,
  PreparationRequest,
} from '#shared/domain/preparation.ts';
import { Failure } from '#shared/failure.ts';
import { folderOf } from '#shared/text/paths.ts';
import { api } from '../api.ts';
import { app } from './app.svelte.ts';
import { jobs } from './jobs.svelte.ts';
import { notices } from './notices.svelte.ts';
import { picker } from './picker.svelte.ts';
import { Planning } from './planning.svelte.ts';

export class PreparePage {
  readonly path: string;
  readonly cloud: string;
  /** Null for all. */
  fixes = $state.raw<readonly string[] | null>(null);
  /** Null for the form that the cloud takes best. */
  target = $state<string | null>(null);
  folder = $state('');
  /** Empty: the name that the plan proposes. */
  name = $state('');
  replace = $state(false);
  verify = $state(app.settings.verifyOutput);
  /** Never stored; asked for where the image is encrypted. */
  passphrase = $state('');
  /** What was chosen in place of what is proposed. */
  edits = $state.raw<Metadata>({});
  presets = $state.raw<readonly MetadataPreset[]>([]);
  starting = $state(false);
  jobId = $state<number | null>(null);
  readonly job = $derived(jobs.get(this.jobId));
  readonly planning: Planning<PreparationRequest, PlannedPreparation>;
  readonly request = $derived.by((): PreparationRequest => {
    const { path, cloud, fixes, target, folder, verify, passphrase, edits, replace } = this;
    const name = this.name.trim();
    return {
      source: passphrase === '' ? { path } : { path, passphrase },
      cloud,
      ...(fixes === null ? {} : { fixes }),
      ...(target === null ? {} : { target }),
      ...(name === '' ? {} : { name }),
      metadata: edits,
      outputFolder: folder,
      verify,
      ...(replace ? { force: true } : {}),
    };
  });
  readonly ready = $derived.by(
    () =>
      this.planning.plan?.forecast.fits === true &&
      this.planning.failure === null &&
      !this.planning.planning &&
      !this.starting,
  );
  /** The metadata as the form shows it: what is proposed, and what was chosen in its place. */
  readonly metadata = $derived.by((): Metadata => {
    const proposals = this.planning.plan?.proposals ?? [];
    return { ...Object.fromEntries(proposals.map(({ name, value }) => [name, value])), ...this.edits };
  });

  constructor(path: string, cloud: string, fixes: readonly string[] | null) {
    this.path = path;
    this.cloud = cloud;
    this.fixes = fixes;
    this.folder = app.settings.outputFolder ?? folderOf(path);
    this.planning = new Planning(async (request, signal) => {
      const plan = await api.preparation.plan(sent(request), { signal });
      const taken = request.force === true ? null : await takenPath(plan, signal);
      return { plan, failure: taken === null ? null : new Failure('io.exists', { path: taken }) };
    });
  }

  async loadPresets(): Promise<void> {
    this.presets = await api.preparation.presets({ cloud: this.cloud }).catch(() => []);
  }

  toggleFix(rule: string, all: readonly string[]): void {
    const now = this.fixes ?? all;
    this.fixes = now.includes(rule) ? now.filter((other) => other !== rule) : [...now, rule];
  }

  /** '' leaves the value out. */
  setValue(name: string, value: string): void {
    this.edits = { ...this.edits, [name]: value };
  }

  usePreset({ values }: MetadataPreset): void {
    this.edits = values;
  }

  async savePreset(name: string): Promise<void> {
    await this.#change(() =>
      api.preparation.savePreset({ cloud: this.cloud, name, values: { ...this.metadata } }),
    );
  }

  async removePreset(name: string): Promise<void> {
    await this.#change(() => api.preparation.removePreset({ cloud: this.cloud, name }));
  }

  async chooseFolder(): Promise<void> {
    const folder = await picker.chooseFolder('Prepare into', this.folder);
    if (folder !== null) this.folder = folder;
  }

  async start(): Promise<void> {
    if (!this.ready) return;
    this.starting = true;
    try {
      const job = await api.preparation.start(sent(this.request));
      jobs.add(job);
      this.jobId = job.id;
    } catch (error) {
      notices.fail(error);
    } finally {
      this.starting = false;
    }
  }

  async #change(change: () => Promise<void>): Promise<void> {
    try {
      await change();
      await this.loadPresets();
    } catch (error) {
      notices.fail(error);
    }
  }
}

/** The contract's own arrays are not readonly, and nothing here changes them. */
function sent(request: PreparationRequest): Parameters<typeof api.preparation.plan>[0] {
  return request as Parameters<typeof api.preparation.plan>[0];
}

/** The first file of the plan that is there already; null where none is, or the folder cannot be listed. */
async function takenPath({ work }: PlannedPreparation, signal: AbortSignal): Promise<string | null> {
  const listing = await api.files.list({ folder: work.outputFolder }, { signal }).catch(() => null);
  const names = new Set(work.outputs.map(({ fileName }) => fileName));
  return listing?.entries.find(({ name }) => names.has(name))?.path ?? null;
}
