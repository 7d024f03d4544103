/** Bundles what runs on Node: main process, command line, loopback host and threads, as CommonJS for Node 18 and later. */
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { defineConfig, type UserConfig } from 'vite';
import { bundleFolder, projectFolder, threadsFolder } from './paths.ts';

/** The programs and threads, by the name of their bundle; `electron/entries.ts` finds the threads by these names. */
const threads: Readonly<Record<string, string>> = {
  worker: 'electron/worker/main.ts',
  computer: 'electron/worker/computer.ts',
  upkeep: 'electron/catalogue/upkeep-thread.ts',
  library: 'electron/library/thread.ts',
  jobs: 'electron/jobs/thread.ts',
};
const programs: Readonly<Record<string, string>> = {
  main: 'electron/main.ts',
  cli: 'electron/cli.ts',
  serve: 'electron/serve.ts',
  ...threads,
};

/** Native modules, and what the runtime itself provides. */
const external = [
  'electron',
  '@parcel/watcher',
  'better-sqlite3',
  'koffi',
  ...builtinModules,
  ...builtinModules.map((name) => `node:${name}`),
];

function bundle(
  entries: Readonly<Record<string, string>>,
  license: { fileName: string } | false,
  outDir = bundleFolder,
): UserConfig {
  return {
    root: projectFolder,
    publicDir: false,
    ssr: { noExternal: true, target: 'node' },
    resolve: { conditions: ['node', 'module', 'import', 'default'] },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: false,
      // Electron 25, in which the tests open the real window, carries Node 18.
      target: 'node18',
      minify: false,
      sourcemap: true,
      reportCompressedSize: false,
      license,
      rolldownOptions: {
        input: Object.fromEntries(
          Object.entries(entries).map(([name, path]) => [name, join(projectFolder, path)]),
        ),
        external,
        platform: 'node',
        output: {
          format: 'cjs',
          // Comments and indentation are a third of what each start and each thread reads; names stay as they are.
          minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
          entryFileNames: '[name].cjs',
          // Beside the entries: the threads' scripts are found relative to the file that starts them.
          chunkFileNames: '[name]-[hash].cjs',
          banner: (chunk) => (chunk.name === 'cli' && chunk.isEntry ? '#!/usr/bin/env node' : ''),
        },
      },
    },
  };
}

/** Everything but the preload script; shared code lies in chunks. */
export default defineConfig(bundle(programs, { fileName: 'third-party-licenses.md' }));

/** The preload script alone: in a sandbox it cannot load another file. */
export const preloadConfig = defineConfig(bundle({ preload: 'electron/preload.ts' }, false));

/** The threads' scripts for tests of the sources: a thread that starts from a bundle starts many times as fast. */
export const threadsConfig = defineConfig(bundle(threads, false, threadsFolder));
