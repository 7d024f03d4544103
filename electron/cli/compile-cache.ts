/** Keeps what V8 compiled for the next start, where Node can: most of a short command's time went into compiling. */
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Turns the cache on for what is loaded from here on, in this thread and in those it starts. From Node 22.8 on; where the
 * folder cannot be written, nothing is kept. NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE are obeyed.
 */
export function keepCompiledCode(): void {
  const enable = (nodeModule as Partial<typeof nodeModule>).enableCompileCache;
  if (enable === undefined) return;
  // Never in the system's folder for temporary files, where Node would put it: who writes there first decides what we run.
  const folder = process.env['NODE_COMPILE_CACHE'] ?? cacheFolder();
  if (enable(folder).directory !== undefined) process.env['NODE_COMPILE_CACHE'] = folder;
}

/** In the person's own folder for what can be made again. */
function cacheFolder(): string {
  const { env, platform } = process;
  const chosen = env['PLATTER_HOME'];
  if (chosen) return join(chosen, 'compiled');
  if (platform === 'win32')
    return join(env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local'), 'Platter', 'compiled');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Platter', 'compiled');
  const caches = env['XDG_CACHE_HOME'];
  return join(caches && isAbsolute(caches) ? caches : join(homedir(), '.cache'), 'platter', 'compiled');
}
