/** The app for a browser on this machine, in plain Node: builds the objects, connects them, nothing else. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { Failure } from '#shared/failure.ts';
import type { Log } from './catalogue/database.ts';
import { jobsEntry, libraryEntry, upkeepEntry, workerEntries } from './entries.ts';
import { compose, type Backend } from './services/compose.ts';
import { findWebAbilities, openInBrowser } from './web/abilities.ts';
import { isLoopback } from './web/authority.ts';
import { startWebHost, type WebHost } from './web/host.ts';
import { readStaticFiles } from './web/static-files.ts';
import type { WorkerEntries } from './worker/client.ts';

export interface ServerOptions {
  /** The address to listen on; 127.0.0.1 unless said otherwise. */
  readonly host?: string;
  /** A free one unless said otherwise. */
  readonly port?: number;
  /** The library's folder; PLATTER_HOME or the platform's own when absent. */
  readonly home?: string;
  /** What follows is where the build puts it unless said otherwise. */
  readonly workerEntries?: WorkerEntries;
  readonly libraryEntry?: string;
  readonly jobsEntry?: string;
  readonly rendererFolder?: string;
  readonly version?: string;
  /** Lines for who looks into a problem; stderr unless said otherwise. */
  readonly log?: Log;
}

export interface RunningServer extends Pick<WebHost, 'origin' | 'url' | 'createOneTimeUrl'> {
  readonly backend: Backend;
  /** Stops serving, then the jobs and the library. */
  close(): Promise<void>;
}

const highestPort = 65_535;
/** SIGHUP: the terminal was closed. */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @throws Failure `catalogue.newer`, `io.*`, also when the window was not built. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 0 } = options;
  const files = await readStaticFiles(options.rendererFolder ?? builtFolder());
  const backend = compose({
    workerEntries: options.workerEntries ?? workerEntries(),
    upkeepEntry: upkeepEntry(),
    libraryEntry: options.libraryEntry ?? libraryEntry(),
    jobsEntry: options.jobsEntry ?? jobsEntry(),
    host: await findWebAbilities(options.version ?? ownVersion(), isLoopback(host)),
    ...(options.home !== undefined && { home: options.home }),
    ...(options.log !== undefined && { log: options.log }),
  });
  try {
    const { origin, url, createOneTimeUrl, close } = await startWebHost({
      host,
      port,
      router: backend.router,
      files,
    });
    const closeAll = async (): Promise<void> => {
      await close();
      await backend.close();
    };
    return { origin, url, createOneTimeUrl, backend, close: closeAll };
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/**
 * Serves until SIGINT, SIGTERM or SIGHUP: `--port N`, `--host ADDRESS`, `--open`. Prints one line with the address.
 * @throws Failure `input.invalid` for words it does not know, and those of startServer().
 */
export async function main(words: readonly string[], options: ServerOptions = {}): Promise<void> {
  const { open, ...chosen } = readWords(words);
  const server = await startServer({ ...options, ...chosen });
  process.stdout.write(`Platter is at ${server.url}\n`);
  if (open && !(await openInBrowser(server.createOneTimeUrl()).catch(() => false))) {
    process.stderr.write('There is no program here that opens a browser: open the address yourself.\n');
  }
  await signalled();
  await server.close();
}

function readWords(words: readonly string[]): { host?: string; port?: number; open: boolean } {
  const { values } = parseWords(words);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(/^\d+$/.test(values.port!) && port <= highestPort)) {
    throw new Failure('input.invalid', { problem: `${values.port!} is not a port` });
  }
  return {
    open: values.open ?? false,
    ...(values.host !== undefined && { host: values.host }),
    ...(port !== undefined && { port }),
  };
}

function parseWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: { port: { type: 'string' }, host: { type: 'string' }, open: { type: 'boolean' } },
    });
  } catch (error) {
    throw new Failure('input.invalid', { problem: (error as Error).message }, error);
  }
}

/** Settles at the first signal; with the listeners gone, a second one ends the process at once. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      for (const signal of endingSignals) process.off(signal, stop);
      resolve();
    };
    for (const signal of endingSignals) process.on(signal, stop);
  });
}

const isBundled = (): boolean => !import.meta.url.endsWith('.ts');

function builtFolder(): string {
  return fileURLToPath(new URL(isBundled() ? '../renderer' : '../dist/renderer', import.meta.url));
}

function ownVersion(): string {
  const manifest = new URL(isBundled() ? '../../package.json' : '../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
