// The keychain's paths, with a safeStorage whose answers the tests choose: kept, not kept, locked, of another machine.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SecretStore } from '../../../electron/services/secrets.ts';
import { MemorySecrets } from '../../../electron/services/secrets.ts';
import { openKeychain } from '../../../electron/shell/keychain.ts';
import { scratchFolder } from '../engine/scratch.ts';

/** What Electron's safeStorage is asked; the "encryption" turns the bytes round and names its key. */
const storage = vi.hoisted(() => ({
  available: true,
  backend: 'gnome_libsecret' as string | null,
  key: 'key-1',
  locked: false,
}));
vi.mock('electron', () => ({
  safeStorage: {
    isEncryptionAvailable: () => storage.available,
    get getSelectedStorageBackend() {
      return storage.backend === null ? undefined : () => storage.backend;
    },
    encryptString(text: string) {
      if (storage.locked) throw new Error('Error while encrypting the text provided to safeStorage.');
      return Buffer.from(`${storage.key}:${[...text].reverse().join('')}`);
    },
    decryptString(bytes: Buffer) {
      const [key, text] = bytes.toString().split(/:(.*)/s);
      if (storage.locked || key !== storage.key) throw new Error('Error while decrypting the ciphertext');
      return [...text!].reverse().join('');
    },
  },
}));

const folder = scratchFolder();
let count = 0;
let file = '';
const platform = process.platform;
const onPlatform = (name: NodeJS.Platform): void =>
  void Object.defineProperty(process, 'platform', { value: name });

beforeEach(() => {
  Object.assign(storage, { available: true, backend: 'gnome_libsecret', key: 'key-1', locked: false });
  file = join(folder, String(count++), 'secrets.json');
});
afterEach(() => onPlatform(platform));

describe('a keychain', () => {
  it('keeps secrets for another start, and shows nobody what they are', () => {
    onPlatform('linux');
    openKeychain(file)!.write('account:lab', 'tide table');
    const again = openKeychain(file)!;
    expect(again.lasting).toBe(true);
    expect(again.read('account:lab')).toBe('tide table');
    expect(again.read('account:other')).toBeNull();
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('tide table');
    if (platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    again.write('account:lab', 'another');
    again.write('account:harbour', 'third');
    again.remove('account:lab');
    expect(openKeychain(file)!.read('account:lab')).toBeNull();
    expect(openKeychain(file)!.read('account:harbour')).toBe('third');
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  it.each<[string, NodeJS.Platform, Partial<typeof storage>, boolean]>([
    ['a secret service', 'linux', { backend: 'kwallet6' }, true],
    ['a key that everybody knows', 'linux', { backend: 'basic_text' }, false],
    ['no word on its key', 'linux', { backend: 'unknown' }, false],
    ['an Electron that does not tell', 'linux', { backend: null }, false],
    ['nothing to encrypt with', 'linux', { available: false }, false],
    ["macOS' keychain", 'darwin', { backend: null }, true],
    ["Windows' protection", 'win32', { backend: null }, true],
    ['a Windows without it', 'win32', { backend: null, available: false }, false],
  ])('is there with %s: %#', (_name, system, state, isThere) => {
    onPlatform(system);
    Object.assign(storage, state);
    expect(openKeychain(file) !== null).toBe(isThere);
  });

  it('that is locked gives nothing, keeps what it has, and says that it takes nothing', () => {
    onPlatform('linux');
    const keychain = openKeychain(file)!;
    keychain.write('account:lab', 'tide table');
    const before = readFileSync(file, 'utf8');
    storage.locked = true;
    expect(keychain.read('account:lab')).toBeNull();
    expect(() => keychain.write('account:lab', 'another')).toThrow(
      expect.objectContaining({ code: 'io.failed' }),
    );
    expect(readFileSync(file, 'utf8')).toBe(before);
    storage.locked = false;
    expect(keychain.read('account:lab')).toBe('tide table');
  });

  it('of another machine, and a file that is none, are as good as empty', () => {
    onPlatform('linux');
    openKeychain(file)!.write('account:lab', 'tide table');
    storage.key = 'key-2';
    const other = openKeychain(file)!;
    expect(other.read('account:lab')).toBeNull();
    other.write('account:lab', 'new here');
    expect(other.read('account:lab')).toBe('new here');
    writeFileSync(file, '{ "account:lab": 7, ');
    expect(other.read('account:lab')).toBeNull();
    writeFileSync(file, '{ "account:lab": 7 }');
    expect(other.read('account:lab')).toBeNull();
    writeFileSync(file, '[]');
    other.write('account:lab', 'again');
    expect(other.read('account:lab')).toBe('again');
  });
});

it('without a keychain, secrets are forgotten with the process', () => {
  const memory: SecretStore = new MemorySecrets();
  expect(memory.lasting).toBe(false);
  memory.write('account:lab', 'tide table');
  expect(memory.read('account:lab')).toBe('tide table');
  expect(new MemorySecrets().read('account:lab')).toBeNull();
  memory.remove('account:lab');
  expect(memory.read('account:lab')).toBeNull();
});
