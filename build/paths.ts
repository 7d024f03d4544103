/** Where things lie in the project, for the scripts in this folder. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = fileURLToPath(new URL('..', import.meta.url));
export const distFolder = join(projectFolder, 'dist');
export const bundleFolder = join(distFolder, 'electron');
export const rendererFolder = join(distFolder, 'renderer');
export const rendererPage = join(rendererFolder, 'index.html');
export const mainBundle = join(bundleFolder, 'main.cjs');
export const preloadBundle = join(bundleFolder, 'preload.cjs');
export const serveBundle = join(bundleFolder, 'serve.cjs');
export const cliBundle = join(bundleFolder, 'cli.cjs');
/** The threads' scripts alone, bundled for the unit tests. */
export const threadsFolder = join(distFolder, 'threads');
