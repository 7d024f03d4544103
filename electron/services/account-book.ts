/** All accounts at clouds: those that Platter keeps, those of files and of the environment, each with its secret when asked. */
import type {
  AccountCheck,
  AccountOrigin,
  AccountSettings,
  CloudAccess,
  CloudAccount,
} from '#shared/domain/cloud-account.ts';
import { secretFor, type CloudDescription } from '#shared/domain/cloud-description.ts';
import type { MetadataField } from '#shared/domain/preparation.ts';
import { Failure } from '#shared/failure.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { inEnglish, asValue } from '#shared/in-english.ts';
import {
  listStoredAccounts,
  removeAccount,
  storeAccount,
  type StoredAccount,
} from '../catalogue/cloud-accounts.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { settleSettings } from '../transfers/account-settings.ts';
import type { FileAccount, FoundAccount, TransferCloud, WrittenAccount } from '../transfers/cloud.ts';
import { describeTransferCloud, transferCloud, transferClouds } from '../transfers/registry.ts';
import { surroundings as realSurroundings, type Surroundings } from '../transfers/surroundings.ts';
import type { SecretStore } from './secrets.ts';

interface Known {
  readonly name: string;
  readonly cloud: TransferCloud;
  readonly origin: AccountOrigin;
  readonly file: string | null;
  readonly found: FoundAccount;
}

export class AccountBook {
  readonly #catalogue: Catalogue;
  readonly #secrets: SecretStore;
  readonly #surroundings: Surroundings;

  constructor(catalogue: Catalogue, secrets: SecretStore, surroundings: Surroundings = realSurroundings()) {
    this.#catalogue = catalogue;
    this.#secrets = secrets;
    this.#surroundings = surroundings;
  }

  /** Whether secrets outlive this process. */
  get keepsSecrets(): boolean {
    return this.#secrets.lasting;
  }

  /** What accounts can be of. */
  get clouds(): readonly CloudDescription[] {
    return transferClouds.map(describeTransferCloud);
  }

  /** Logs in and asks what the cloud offers. @throws Failure as access(), `cloud.*`. */
  async check(name: string, signal?: AbortSignal): Promise<AccountCheck> {
    const access = this.access(name);
    return transferCloud(access.cloud).check(access, signal);
  }

  /** What its cloud says that properties can be. @throws Failure as access(), `cloud.*`, `input.invalid` where it says nothing. */
  async definitions(name: string, signal?: AbortSignal): Promise<readonly MetadataField[]> {
    const access = this.access(name);
    const cloud = transferCloud(access.cloud);
    if (cloud.definitions !== undefined) return cloud.definitions(access, signal);
    throw new Failure('input.invalid', {
      problem: inEnglish('{title} does not say which properties it knows', { title: cloud.title }),
    });
  }

  /** Those that Platter keeps first; one that is called like it hides one of a file. */
  list(): readonly CloudAccount[] {
    return this.#known().map(({ name, cloud, origin, file, found }) => {
      const place = { name, cloud: cloud.id, origin, file };
      if ('failure' in found) {
        const problem = describeFailure(found.failure.toData()).sentence;
        return { ...place, settings: null, place: '', problem, hasSecret: false };
      }
      const { settings } = found.account;
      return {
        ...place,
        settings,
        place: cloud.placeOf(settings),
        problem: null,
        hasSecret: this.#secretOf(name, cloud, found.account) !== null,
      };
    });
  }

  /** @throws Failure `input.invalid` where there is no such account, it cannot be read, or its secret is not known. */
  access(name: string): CloudAccess {
    const known = this.#known().find((candidate) => candidate.name === name);
    if (known === undefined) {
      const names = this.#known().map((candidate) => candidate.name);
      throw new Failure('input.invalid', {
        problem:
          names.length === 0
            ? inEnglish('there is no account called "{name}"; there are none', { name })
            : inEnglish('there is no account called "{name}"; there are {known}', {
                name,
                known: names.join(', '),
              }),
      });
    }
    if ('failure' in known.found) throw known.found.failure;
    const { account } = known.found;
    const secret = this.#secretOf(name, known.cloud, account);
    if (secret !== null) return { name, cloud: known.cloud.id, settings: account.settings, secret };
    const { noun, environment } = secretFor(known.cloud, account.settings)!;
    const what = { noun: asValue(noun), name };
    throw new Failure('input.invalid', {
      problem:
        environment === null
          ? inEnglish('the {noun} of {name} is not known: enter it', what)
          : inEnglish(
              'the {noun} of {name} is not known: enter it, or set {environment} in the environment',
              {
                ...what,
                environment,
              },
            ),
    });
  }

  /**
   * Keeps an account that was typed in, in place of one of that name. An empty secret leaves the one that is kept.
   * @throws Failure `input.invalid` for settings that its cloud does not declare, or that lack something.
   */
  add(name: string, cloud: string, settings: AccountSettings, secret: string): void {
    const settled = settleSettings(transferCloud(cloud), settings);
    storeAccount(this.#catalogue, { name, cloud, settings: settled, file: null, entry: null });
    if (secret !== '') this.#secrets.write(keyOf(name), secret);
  }

  /**
   * Keeps where accounts are written: all of those in the file. Their names.
   * @throws Failure `io.*`, `input.invalid` when there is none in the file, or a name is taken.
   */
  addFile(path: string): readonly string[] {
    const cloud = transferClouds.find(({ sources }) => sources?.files?.takes(path) ?? false);
    if (cloud === undefined) throw noneIn(path);
    const found = this.#read(cloud, path);
    if (found.every((account) => 'failure' in account)) {
      throw found.flatMap((account) => ('failure' in account ? [account.failure] : []))[0] ?? noneIn(path);
    }
    const taken = listStoredAccounts(this.#catalogue);
    const clash = found.find(({ name }) => taken.some((other) => other.name === name && other.file !== path));
    if (clash !== undefined) {
      throw new Failure('input.invalid', {
        problem: inEnglish('there is another account called {name} already', { name: clash.name }),
      });
    }
    this.#catalogue.transaction(() => {
      for (const { name, entry } of found) {
        storeAccount(this.#catalogue, { name, cloud: cloud.id, settings: null, file: path, entry });
      }
    });
    return found.map(({ name }) => name);
  }

  /** Keeps a secret for an account that has none written down. */
  setSecret(name: string, secret: string): void {
    this.#secrets.write(keyOf(name), secret);
  }

  /** Forgets an account and its secret; a file stays as it is. */
  remove(name: string): void {
    removeAccount(this.#catalogue, name);
    this.#secrets.remove(keyOf(name));
  }

  /** Null where it is to be entered; empty where there is none to be. */
  #secretOf(name: string, cloud: TransferCloud, { settings, secret }: WrittenAccount): string | null {
    const declared = secretFor(cloud, settings);
    if (declared === null) return '';
    const ofEnvironment =
      declared.environment === null ? undefined : this.#surroundings.environment[declared.environment];
    return secret ?? this.#secrets.read(keyOf(name)) ?? ofEnvironment ?? null;
  }

  #known(): readonly Known[] {
    const files = new Map<string, readonly FileAccount[] | Failure>();
    const stored = listStoredAccounts(this.#catalogue).flatMap((account) => this.#stored(account, files));
    const names = new Set(stored.map(({ name }) => name));
    return [...stored, ...this.#usual().filter(({ name }) => !names.has(name))];
  }

  #stored(account: StoredAccount, files: Map<string, readonly FileAccount[] | Failure>): readonly Known[] {
    const { name, file } = account;
    const cloud = transferClouds.find(({ id }) => id === account.cloud);
    // Of a cloud that only a newer Platter knows.
    if (cloud === undefined) return [];
    if (account.settings !== null) {
      const written = { settings: account.settings, secret: null };
      return [{ name, cloud, origin: 'library', file, found: { name, account: written } }];
    }
    const { file: path, entry } = account;
    const content = files.get(path) ?? attempt(() => this.#read(cloud, path));
    files.set(path, content);
    const missing = new Failure('input.invalid', {
      problem: inEnglish('{path} has no cloud "{entry}" any more', { path, entry: entry ?? '' }),
    });
    const found =
      content instanceof Failure
        ? { name, failure: content }
        : (content.find((candidate) => candidate.entry === entry) ?? { name, failure: missing });
    return [{ name, cloud, origin: 'file', file, found }];
  }

  #read(cloud: TransferCloud, path: string): readonly FileAccount[] {
    return cloud.sources?.files?.read(path, this.#surroundings) ?? [];
  }

  /** What the clouds' own tools would find here; of several that are called the same, the first. */
  #usual(): readonly Known[] {
    const names = new Set<string>();
    return transferClouds
      .flatMap((cloud) =>
        (cloud.sources?.usual(this.#surroundings) ?? []).map(({ origin, file, found }): Known => {
          return { name: found.name, cloud, origin, file, found };
        }),
      )
      .filter(({ name }) => !names.has(name) && names.add(name));
  }
}

const keyOf = (name: string): string => `account:${name}`;

function noneIn(path: string): Failure {
  return new Failure('input.invalid', { problem: inEnglish('{path} has no accounts', { path }) });
}

function attempt<T>(read: () => T): T | Failure {
  try {
    return read();
  } catch (error) {
    return Failure.from(error);
  }
}
