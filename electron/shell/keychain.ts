/** Secrets, encrypted with the key that Electron keeps in the system's keychain for this app. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { safeStorage } from 'electron';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { SecretStore } from '../services/host.ts';

/**
 * The keychain; null where there is none: on Linux without a secret service Electron's key is a constant that everybody
 * knows. `file` holds what is encrypted. Call it once the app is ready.
 */
export function openKeychain(file: string): SecretStore | null {
  if (process.platform === 'linux') {
    // An older Electron does not tell, and then nothing is known of what its key is worth.
    const { getSelectedStorageBackend }: Partial<typeof safeStorage> = safeStorage;
    const backend = getSelectedStorageBackend?.call(safeStorage) ?? 'unknown';
    if (backend === 'basic_text' || backend === 'unknown') return null;
  }
  return safeStorage.isEncryptionAvailable() ? new Keychain(file) : null;
}

class Keychain implements SecretStore {
  readonly lasting = true;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** What another key encrypted (a library that came from another machine) is as good as not there. */
  read(name: string): string | null {
    const encrypted: unknown = this.#all()[name];
    if (typeof encrypted !== 'string') return null;
    try {
      return safeStorage.decryptString(Buffer.from(encrypted, 'base64'));
    } catch {
      return null;
    }
  }

  /** @throws Failure `io.*`, where the keychain is locked as well. */
  write(name: string, secret: string): void {
    this.#store({ ...this.#all(), [name]: this.#encrypted(secret) });
  }

  #encrypted(secret: string): string {
    try {
      return safeStorage.encryptString(secret).toString('base64');
    } catch (error) {
      throw new Failure(
        'io.failed',
        { path: this.#file, reason: inEnglish('the keychain does not open') },
        error,
      );
    }
  }

  remove(name: string): void {
    const { [name]: removed, ...others } = this.#all();
    if (removed !== undefined) this.#store(others);
  }

  #all(): Readonly<Record<string, string>> {
    try {
      const all: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      return typeof all === 'object' && all !== null && !Array.isArray(all)
        ? (all as Record<string, string>)
        : {};
    } catch {
      return {};
    }
  }

  #store(all: Readonly<Record<string, string>>): void {
    const beside = `${this.#file}.new`;
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      writeFileSync(beside, JSON.stringify(all), { mode: 0o600 });
      renameSync(beside, this.#file);
    } catch (error) {
      throw systemFailure(error, this.#file);
    }
  }
}
