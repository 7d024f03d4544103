// Tests of the check of a downloaded file against its integrity string.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { checkIntegrity, integrityOf } from './integrity.ts';

/** FIPS 180-2, appendix C.1: the digest of "abc", in base64. */
const ABC = 'sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==';

describe('checkIntegrity', () => {
  let folder: string;
  let file: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'platter-integrity-'));
    file = join(folder, 'abc');
    writeFileSync(file, 'abc');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('computes the published digest', async () => {
    expect(await integrityOf(file)).toBe(ABC);
  });

  it('accepts the right file', async () => {
    await expect(checkIntegrity(file, ABC)).resolves.toBeUndefined();
  });

  it('refuses a file with one other byte, and names both digests', async () => {
    const other = join(folder, 'abd');
    writeFileSync(other, 'abd');
    await expect(checkIntegrity(other, ABC)).rejects.toThrow(
      new RegExp(`integrity mismatch: .*abd is sha512-.*, expected ${ABC.replaceAll(/[+/]/g, '.')}`),
    );
  });

  it.each(['', 'sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=', 'sha512-', ABC.slice(0, -4)])(
    'refuses %j as an integrity string',
    async (expected) => {
      await expect(checkIntegrity(file, expected)).rejects.toThrow('not a sha512 integrity string');
    },
  );

  it('stops when it is told to', async () => {
    await expect(checkIntegrity(file, ABC, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});
