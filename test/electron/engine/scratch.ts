/** A folder for one test file, gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Makes the folder now and removes it when the tests of this file are over. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'platter-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
