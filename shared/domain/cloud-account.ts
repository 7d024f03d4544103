/** Access to a cloud: what is said about it, and where its secret is. The secret itself has no place here. */

import type { Message } from '../in-english.ts';
import type { CloudDescription } from './cloud-description.ts';
import type { Fact } from './image.ts';

/** What is written down of an account, by the names that its cloud declares; null for what is not said. */
export type AccountSettings = Readonly<Record<string, string | number | boolean | null>>;

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
  readonly settings: AccountSettings | null;
  /** Where it leads, in a few words: an address, a project. Empty without settings. */
  readonly place: Message;
  readonly problem: Message | null;
  /** Whether its secret is known, or none is needed: else it has to be entered. */
  readonly hasSecret: boolean;
}

/** All accounts, and whether their secrets can be kept. */
export interface CloudAccounts {
  readonly accounts: readonly CloudAccount[];
  /** What accounts can be of. */
  readonly clouds: readonly CloudDescription[];
  /** False where the system has no keychain: what is entered is forgotten when Platter ends. */
  readonly keepsSecrets: boolean;
}

/** An account that is complete, for the work that uses it. Kept in memory alone. */
export interface CloudAccess<Settings extends AccountSettings = AccountSettings> {
  readonly name: string;
  readonly cloud: string;
  readonly settings: Settings;
  /** Empty where the cloud finds who one is by itself. */
  readonly secret: string;
}

/** What a look at the cloud with an account came to. */
export interface AccountCheck {
  /** Null where the cloud does not say. */
  readonly user: string | null;
  /** What it works in: a project, a storage account. */
  readonly project: string | null;
  /** Where images are brought to. */
  readonly endpoint: string;
  /** What else it offers, for people. */
  readonly facts: readonly Fact[];
  /** What can be chosen for options of an upload that ask the cloud, by their names. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
}
