// Tests of how an Electron distribution is recognised; the end-to-end tests start the one that was found.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { electronRuntime, executableInDist } from './electron-runtime.ts';

describe('electronRuntime with ELECTRON_OVERRIDE_DIST_PATH', () => {
  let dist: string;
  let executablePath: string;

  beforeEach(() => {
    dist = mkdtempSync(join(tmpdir(), 'platter-dist-'));
    executablePath = join(dist, executableInDist());
    vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', dist);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(dist, { recursive: true });
  });

  function putExecutable(): void {
    mkdirSync(dirname(executablePath), { recursive: true });
    writeFileSync(executablePath, '');
  }

  it('takes the version from the distribution, without starting it', async () => {
    putExecutable();
    writeFileSync(join(dist, 'version'), 'v45.4.1\n');
    expect(await electronRuntime()).toEqual({
      executablePath,
      version: '45.4.1',
      official: true,
      distFolder: dist,
    });
  });

  it('knows the stand-in by its default app', async () => {
    putExecutable();
    writeFileSync(join(dist, 'version'), '25.1.1');
    mkdirSync(join(dist, 'resources/app'), { recursive: true });
    writeFileSync(join(dist, 'resources/app/package.json'), '{}');
    expect(await electronRuntime()).toMatchObject({ version: '25.1.1', official: false });
  });

  it('refuses a folder without Electron instead of looking elsewhere', async () => {
    await expect(electronRuntime()).rejects.toThrow(`names a folder without Electron: ${dist}`);
  });

  it('says so when the binary does not start', async () => {
    putExecutable();
    await expect(electronRuntime()).rejects.toThrow(/Electron does not start.*\n.*could not be started/);
  });
});
