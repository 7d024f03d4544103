/** The end-to-end tests: each spec runs in a real Electron window and in a real Chromium against the
 * web host; `*.desktop.e2e.ts` and `*.web.e2e.ts` only there, and `*.node.e2e.ts` without either. */
import { defineConfig } from '@playwright/test';

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharesDisplay } from '../setup/display.ts';
import type { HostOptions } from './app.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const second = 1000;

export default defineConfig<HostOptions>({
  testDir: folder,
  testMatch: '*.e2e.ts',
  outputDir: join(folder, '../../test-results'),
  globalSetup: join(folder, 'global-setup.ts'),
  // Most of the time is waiting. On a display that others see, windows would take the focus and the clipboard from each other.
  workers: sharesDisplay() ? 1 : 2,
  // Real windows on a machine with other work: another try is reported as flaky, and a real fault fails each time.
  retries: process.env['CI'] === undefined ? 0 : 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env['CI']),
  timeout: 90 * second,
  expect: { timeout: 15 * second },
  use: { actionTimeout: 15 * second, navigationTimeout: 15 * second },
  projects: [
    { name: 'electron', use: { host: 'electron' }, testIgnore: ['*.web.e2e.ts', '*.node.e2e.ts'] },
    { name: 'chromium', use: { host: 'chromium' }, testIgnore: ['*.desktop.e2e.ts', '*.node.e2e.ts'] },
    { name: 'node', testMatch: '*.node.e2e.ts', testIgnore: 'packaged.node.e2e.ts' },
    // It builds what all others run: it comes when they have ended.
    { name: 'packaged', testMatch: 'packaged.node.e2e.ts', dependencies: ['electron', 'chromium', 'node'] },
  ],
});
