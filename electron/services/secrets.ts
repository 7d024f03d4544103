/** Passwords and secrets of accounts: in the system's keychain where the host has one, else in memory until Platter ends. */

/** The system's keychain. What is written is readable by this person alone, and by nobody without the keychain. */
export interface SecretStore {
  /** Whether what is written outlives this process. */
  readonly lasting: boolean;
  /** Null when there is none of that name. */
  read(name: string): string | null;
  write(name: string, secret: string): void;
  remove(name: string): void;
}

/** For where there is no keychain. */
export class MemorySecrets implements SecretStore {
  readonly lasting = false;
  readonly #secrets = new Map<string, string>();

  read(name: string): string | null {
    return this.#secrets.get(name) ?? null;
  }

  write(name: string, secret: string): void {
    this.#secrets.set(name, secret);
  }

  remove(name: string): void {
    this.#secrets.delete(name);
  }
}
