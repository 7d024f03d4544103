/** Access to a cloud: what is said about it, and where its secret is. The secret itself has no place here. */

/** How a person is known to an OpenStack. */
export type OpenStackAuthentication = 'password' | 'application-credential';

/** What is written down of an OpenStack account. Names as in clouds.yaml; null for what is not said. */
export interface OpenStackSettings {
  readonly authUrl: string;
  readonly authentication: OpenStackAuthentication;
  readonly username: string | null;
  readonly userId: string | null;
  readonly userDomain: string | null;
  readonly projectName: string | null;
  readonly projectId: string | null;
  readonly projectDomain: string | null;
  readonly applicationCredentialId: string | null;
  readonly applicationCredentialName: string | null;
  readonly region: string | null;
  readonly interface: 'public' | 'internal' | 'admin';
  /** Of Glance, in place of what the catalogue says. */
  readonly imageEndpoint: string | null;
  /** A file of certificates that are trusted besides the system's. */
  readonly caFile: string | null;
  /** Nobody proves that the cloud is what it says it is. */
  readonly insecure: boolean;
}

/**
 * Where an account is written down: in the library, in a file that Platter was shown, in a file at one of the usual places,
 * in the environment.
 */
export type AccountOrigin = 'library' | 'file' | 'usual-place' | 'environment';

export interface CloudAccount {
  /** What it is called; no two are called the same. */
  readonly name: string;
  /** The cloud's id. */
  readonly cloud: string;
  readonly origin: AccountOrigin;
  /** The file that it is read from whenever it is used; null for one that Platter keeps. */
  readonly file: string | null;
  /** Null where the file cannot be read any more; `problem` then says why. */
  readonly settings: OpenStackSettings | null;
  readonly problem: string | null;
  /** Whether there is a password or secret: else it has to be entered. */
  readonly hasSecret: boolean;
}

/** All accounts, and whether their secrets can be kept. */
export interface CloudAccounts {
  readonly accounts: readonly CloudAccount[];
  /** False where the system has no keychain: what is entered is forgotten when Platter ends. */
  readonly keepsSecrets: boolean;
}

/** An account that is complete, for the work that uses it. Kept in memory alone. */
export interface CloudAccess {
  readonly name: string;
  readonly cloud: string;
  readonly settings: OpenStackSettings;
  readonly secret: string;
}

/** What a look at the cloud with an account came to. */
export interface AccountCheck {
  readonly user: string | null;
  readonly project: string | null;
  readonly region: string | null;
  readonly regions: readonly string[];
  readonly imageEndpoint: string;
  /** Ways to bring an image in besides the plain upload: glance-direct, web-download, … */
  readonly importMethods: readonly string[];
  readonly stores: readonly CloudStore[];
}

export interface CloudStore {
  readonly id: string;
  readonly description: string | null;
  readonly isDefault: boolean;
}
