/** All accounts at clouds: those that Platter keeps, those of files and of the environment, each with its secret when asked. */
import type {
  CloudAccess,
  CloudAccount,
  AccountOrigin,
  OpenStackSettings,
} from '#shared/domain/cloud-account.ts';
import { Failure } from '#shared/failure.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import {
  listStoredAccounts,
  removeAccount,
  storeAccount,
  type StoredAccount,
} from '../catalogue/cloud-accounts.ts';
import type { Catalogue } from '../catalogue/database.ts';
import type { WrittenAccount } from '../transfers/openstack/cloud-entry.ts';
import {
  readCloudsFile,
  surroundings as realSurroundings,
  usualCloudsFile,
  type FoundAccount,
  type Surroundings,
} from '../transfers/openstack/clouds-yaml.ts';
import {
  accountFromVariables,
  environmentAccountName,
  readRcFile,
} from '../transfers/openstack/variables.ts';
import type { SecretStore } from './secrets.ts';

interface Known {
  readonly name: string;
  readonly origin: AccountOrigin;
  readonly file: string | null;
  readonly found: FoundAccount;
}

const cloud = 'openstack';

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

  /** Those that Platter keeps first; one that is called like it hides one of a file. */
  list(): readonly CloudAccount[] {
    return this.#known().map(({ name, origin, file, found }) => {
      if ('failure' in found) {
        const problem = describeFailure(found.failure.toData()).sentence;
        return { name, cloud, origin, file, settings: null, problem, hasSecret: false };
      }
      const { settings } = found.account;
      return {
        name,
        cloud,
        origin,
        file,
        settings,
        problem: null,
        hasSecret: this.#secretOf(name, found.account) !== null,
      };
    });
  }

  /** @throws Failure `input.invalid` where there is no such account, it cannot be read, or its secret is not known. */
  access(name: string): CloudAccess {
    const known = this.#known().find((candidate) => candidate.name === name);
    if (known === undefined) {
      const names = this.#known().map((candidate) => candidate.name);
      const among = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`;
      throw new Failure('input.invalid', { problem: `there is no account called "${name}"; ${among}` });
    }
    if ('failure' in known.found) throw known.found.failure;
    const { account } = known.found;
    const secret = this.#secretOf(name, account);
    if (secret !== null) return { name, cloud, settings: account.settings, secret };
    const { environment } = secretWords[account.settings.authentication];
    throw new Failure('input.invalid', {
      problem: `the password of ${name} is not known: enter it, or set ${environment} in the environment`,
    });
  }

  /** Keeps an account that was typed in, in place of one of that name. An empty secret leaves the one that is kept. */
  add(name: string, settings: OpenStackSettings, secret: string): void {
    storeAccount(this.#catalogue, { name, cloud, settings, file: null, entry: null });
    if (secret !== '') this.#secrets.write(keyOf(name), secret);
  }

  /**
   * Keeps where accounts are written: all of a clouds.yaml, or the one of an RC file. Their names.
   * @throws Failure `io.*`, `input.invalid` when there is none in the file, or a name is taken.
   */
  addFile(path: string): readonly string[] {
    const isYaml = /\.ya?ml$/i.test(path);
    const found = isYaml ? readCloudsFile(path, this.#surroundings) : [this.#rcAccount(path, rcName(path))];
    const problem = found.every((account) => 'failure' in account);
    if (problem) {
      throw found.flatMap((account) => ('failure' in account ? [account.failure] : []))[0] ?? noneIn(path);
    }
    const taken = listStoredAccounts(this.#catalogue);
    const clash = found.find(({ name }) => taken.some((other) => other.name === name && other.file !== path));
    if (clash !== undefined) {
      throw new Failure('input.invalid', {
        problem: `there is another account called ${clash.name} already`,
      });
    }
    this.#catalogue.transaction(() => {
      for (const { name } of found) {
        const entry = isYaml ? name : null;
        storeAccount(this.#catalogue, { name, cloud, settings: null, file: path, entry });
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

  #secretOf(name: string, { settings, secret }: WrittenAccount): string | null {
    const { environment } = secretWords[settings.authentication];
    return secret ?? this.#secrets.read(keyOf(name)) ?? this.#surroundings.environment[environment] ?? null;
  }

  #known(): readonly Known[] {
    const files = new Map<string, readonly FoundAccount[] | Failure>();
    const stored = listStoredAccounts(this.#catalogue).map((account) => this.#stored(account, files));
    const names = new Set(stored.map(({ name }) => name));
    return [...stored, ...this.#usual().filter(({ name }) => !names.has(name))];
  }

  #stored(account: StoredAccount, files: Map<string, readonly FoundAccount[] | Failure>): Known {
    const { name, file } = account;
    if (account.settings !== null) {
      return {
        name,
        origin: 'library',
        file,
        found: { name, account: { settings: account.settings, secret: null } },
      };
    }
    const path = account.file;
    if (account.entry === null) return { name, origin: 'file', file, found: this.#rcAccount(path, name) };
    const content = files.get(path) ?? attempt(() => readCloudsFile(path, this.#surroundings));
    files.set(path, content);
    const missing = (): Failure =>
      new Failure('input.invalid', { problem: `${path} has no cloud "${account.entry}" any more` });
    const found =
      content instanceof Failure
        ? { name, failure: content }
        : (content.find((candidate) => candidate.name === account.entry) ?? { name, failure: missing() });
    return { name, origin: 'file', file, found };
  }

  /** What OpenStack's own client would find here. */
  #usual(): readonly Known[] {
    const { environment } = this.#surroundings;
    const fromVariables = attempt(() => accountFromVariables(environment, environmentAccountName));
    const name = environment['OS_CLOUD_NAME'] ?? environmentAccountName;
    const ofEnvironment: readonly Known[] =
      fromVariables === null
        ? []
        : [
            {
              name,
              origin: 'environment',
              file: null,
              found:
                fromVariables instanceof Failure
                  ? { name, failure: fromVariables }
                  : { name, account: fromVariables },
            },
          ];
    const file = usualCloudsFile(this.#surroundings);
    if (file === null) return ofEnvironment;
    const found = attempt(() => readCloudsFile(file, this.#surroundings));
    if (found instanceof Failure) {
      return [
        ...ofEnvironment,
        { name: 'clouds.yaml', origin: 'usual-place', file, found: { name: file, failure: found } },
      ];
    }
    return [
      ...ofEnvironment,
      ...found.map((account): Known => ({ name: account.name, origin: 'usual-place', file, found: account })),
    ];
  }

  #rcAccount(path: string, name: string): FoundAccount {
    const account = attempt(() => readRcFile(path, name));
    return account instanceof Failure ? { name, failure: account } : { name, account };
  }
}

/** What a secret is called where it is asked for. */
const secretWords = {
  password: { environment: 'OS_PASSWORD' },
  'application-credential': { environment: 'OS_APPLICATION_CREDENTIAL_SECRET' },
} as const;

const keyOf = (name: string): string => `account:${name}`;

/** `demo-openrc.sh` is the account of "demo". */
function rcName(path: string): string {
  const name = path
    .split(/[/\\]/)
    .at(-1)!
    .replace(/\.(sh|rc|ps1|bat)$/i, '')
    .replace(/[-_.]?openrc$/i, '');
  return name === '' ? 'openrc' : name;
}

function noneIn(path: string): Failure {
  return new Failure('input.invalid', { problem: `${path} has no clouds` });
}

function attempt<T>(read: () => T): T | Failure {
  try {
    return read();
  } catch (error) {
    return Failure.from(error);
  }
}
