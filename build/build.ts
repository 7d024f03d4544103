/** Builds Platter into dist/: the programs for Node and Electron, and the window's page. `npm run build`. */
import { chmodSync, rmSync } from 'node:fs';
import { build, type InlineConfig, type LogLevel } from 'vite';
import { cliBundle, distFolder } from './paths.ts';
import nodeConfig, { preloadConfig, threadsConfig } from './vite.node.config.ts';
import rendererConfig from './vite.renderer.config.ts';

/** Builds what Node and Electron run. */
export async function buildPrograms(logLevel: LogLevel): Promise<void> {
  for (const config of [nodeConfig, preloadConfig]) await run(config, logLevel);
  chmodSync(cliBundle, 0o755);
}

/** Builds the scripts of threads alone, into a folder of their own. */
export async function buildThreads(): Promise<void> {
  await run(threadsConfig, 'error');
}

/** Builds everything. What an earlier build left is overwritten, not removed: a Platter that runs may still load it. */
export async function buildAll(logLevel: LogLevel): Promise<void> {
  await Promise.all([buildPrograms(logLevel), run(rendererConfig, logLevel)]);
}

/** Builds everything into an empty dist/. */
export async function buildAfresh(logLevel: LogLevel): Promise<void> {
  rmSync(distFolder, { recursive: true, force: true });
  await buildAll(logLevel);
}

async function run(config: InlineConfig, logLevel: LogLevel): Promise<void> {
  await build({ ...config, configFile: false, logLevel });
}

if (import.meta.main) await buildAfresh('info');
