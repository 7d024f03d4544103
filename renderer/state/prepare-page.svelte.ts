/** An image being made ready for a cloud: the choices, the plan that follows from them, and the job. */
import {
  checksumAlgorithms,
  leastPartBytes,
  type ChecksumAlgorithm,
  type MetadataPreset,
  type PlannedPreparation,
  type PreparationRequest,
} from '#shared/domain/preparation.ts';
import { Failure } from '#shared/failure.ts';
import { parseSize } from '#shared/size.ts';
import { folderOf } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';
import { api } from '../api.ts';
import { accounts } from './accounts.svelte.ts';
import { app } from './app.svelte.ts';
import { jobs } from './jobs.svelte.ts';
import { MetadataForm } from './metadata-form.svelte.ts';
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
  checksums = $state.raw<readonly ChecksumAlgorithm[]>(['sha256']);
  /** As people write it; empty for files in one piece. */
  split = $state('');
  /** Never stored; asked for where the image is encrypted. */
  passphrase = $state('');
  /** Whose cloud is asked for its own definitions of metadata; null for nobody. */
  account = $state<string | null>(null);
  presets = $state.raw<readonly MetadataPreset[]>([]);
  starting = $state(false);
  jobId = $state<number | null>(null);
  #askedAccounts = false;
  #chosenAccount: string | null = null;
  readonly job = $derived(jobs.get(this.jobId));
  readonly planning: Planning<PreparationRequest, PlannedPreparation>;
  readonly request = $derived.by((): PreparationRequest => {
    const { path, cloud, fixes, target, folder, verify, passphrase, replace, checksums, account } = this;
    const splitBytes = parseSize(this.split);
    const name = this.name.trim();
    return {
      source: passphrase === '' ? { path } : { path, passphrase },
      cloud,
      ...(fixes === null ? {} : { fixes }),
      ...(target === null ? {} : { target }),
      ...(name === '' ? {} : { name }),
      metadata: this.metadata.given,
      ...(account === null ? {} : { account }),
      outputFolder: folder,
      verify,
      checksums,
      ...(this.splitProblem === null && this.split !== '' ? { splitBytes } : {}),
      ...(replace ? { force: true } : {}),
    };
  });
  readonly splitProblem = $derived.by((): string | null => {
    if (this.split === '') return null;
    const bytes = parseSize(this.split);
    if (Number.isSafeInteger(bytes) && bytes >= leastPartBytes) return null;
    return t('Write a size like 2G or 650M: 1M at least.');
  });
  readonly ready = $derived.by(
    () =>
      this.planning.plan?.forecast.fits === true &&
      this.planning.failure === null &&
      !this.planning.planning &&
      this.splitProblem === null &&
      this.metadata.isSound &&
      !this.starting,
  );
  /** Accounts of this cloud that say which values it knows. */
  readonly accountNames = $derived.by(() =>
    accounts.usable
      .filter(({ name, cloud }) => cloud === this.cloud && accounts.cloudOf(name)?.definesProperties === true)
      .map(({ name }) => name),
  );
  readonly metadata = new MetadataForm(() => this.planning.last);

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

  toggleChecksum(algorithm: ChecksumAlgorithm): void {
    const now = this.checksums;
    this.checksums = checksumAlgorithms.filter((one) => now.includes(one) !== (one === algorithm));
  }

  async loadPresets(): Promise<void> {
    this.presets = await api.preparation.presets({ cloud: this.cloud }).catch(() => []);
  }

  toggleFix(rule: string, all: readonly string[]): void {
    const now = this.fixes ?? all;
    this.fixes = now.includes(rule) ? now.filter((other) => other !== rule) : [...now, rule];
  }

  /** Plans go on with what is known until the cloud has answered. */
  async chooseAccount(account: string | null): Promise<void> {
    this.#chosenAccount = account;
    const { cloud } = this;
    if (account !== null) await api.preparation.metadata({ cloud, account, metadata: {} }).catch(() => null);
    if (this.#chosenAccount === account) this.account = account;
  }

  /** Accounts are asked where there are some: a cloud knows its own values best. Opens the keychain, so only once it helps. */
  async loadAccounts(): Promise<void> {
    if (this.#askedAccounts) return;
    this.#askedAccounts = true;
    await accounts.load();
    if (this.#chosenAccount === null) await this.chooseAccount(this.accountNames[0] ?? null);
  }

  async savePreset(name: string): Promise<void> {
    await this.#change(() =>
      api.preparation.savePreset({
        cloud: this.cloud,
        name,
        values: { ...this.metadata.all },
      }),
    );
  }

  async removePreset(name: string): Promise<void> {
    await this.#change(() => api.preparation.removePreset({ cloud: this.cloud, name }));
  }

  async chooseFolder(): Promise<void> {
    const folder = await picker.chooseFolder(t('Prepare into'), this.folder);
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
  const names = new Set(work.outputs.flatMap(({ fileName }) => [fileName, `${fileName}.001`]));
  return listing?.entries.find(({ name }) => names.has(name))?.path ?? null;
}
