/** How the unit and conformance tests run; the end-to-end tests have Playwright's own configuration. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    globalSetup: 'test/setup/build-threads.ts',
    setupFiles: 'test/setup/messages.ts',
    // Processes, not threads: native modules and worker threads of the code under test end with them.
    pool: 'forks',
    // One per core: by itself vitest leaves one out, which of two is half.
    maxWorkers: '100%',
    // Clocks, processes and sockets of a machine that does other things, too: a second try is reported, and a real fault fails twice.
    retry: process.env['CI'] === undefined ? 0 : 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    passWithNoTests: false,
  },
});
