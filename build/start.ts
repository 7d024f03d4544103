/** `npm start`: opens Platter in its window; where Electron cannot start, serves the same app for a browser. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { Failure } from '#shared/failure.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { electronEnvironment, electronExecutable, NoElectron, windowObstacle } from './electron-binary.ts';
import { projectFolder, serveBundle } from './paths.ts';
import { buildWhenStale } from './stale.ts';
import { startupComplaint } from './startup-complaint.ts';

/** An Electron that ends in failure within this time never opened its window. */
const startMilliseconds = 10_000;
/** What Electron says on stderr is held back for so long, in case it turns out to be the reason for one line of ours. */
const holdMilliseconds = 3000;
/** Platter's own exit code for a failure that it has told about; a browser would not help. */
const toldFailure = 2;

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly complaint: string;
  readonly milliseconds: number;
}

/** Runs Electron to its end. Signals go to it. @throws NoElectron when it cannot be started. */
function runElectron(executable: string, words: readonly string[]): Promise<Ending> {
  const options = words.filter((word) => word.startsWith('-'));
  // npm runs this in the project's folder; the user named files from where they are.
  const files = words
    .filter((word) => !word.startsWith('-'))
    .map((word) => resolve(process.env['INIT_CWD'] ?? process.cwd(), word));
  return new Promise((fulfil, reject) => {
    const startedAt = Date.now();
    const child = spawn(executable, [...options, projectFolder, ...files], {
      stdio: ['inherit', 'inherit', 'pipe'],
      env: electronEnvironment(),
    });
    let held: string | null = '';
    const release = (): void => {
      if (held !== null) process.stderr.write(held);
      held = null;
    };
    const timer = setTimeout(release, holdMilliseconds);
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, 20_000);
      if (held === null) process.stderr.write(text);
      else held += text;
    });
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    for (const signal of signals) process.on(signal, forward);
    const finish = (): void => {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, forward);
    };
    child.once('error', (error) => {
      finish();
      reject(new NoElectron(error.message));
    });
    child.once('close', (code, signal) => {
      finish();
      const ending = { code, signal, complaint, milliseconds: Date.now() - startedAt };
      if (!neverOpened(ending)) release();
      fulfil(ending);
    });
  });
}

function neverOpened({ code, signal, milliseconds }: Ending): boolean {
  if (milliseconds > startMilliseconds || code === 0 || code === toldFailure) return false;
  return signal === null || !['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'].includes(signal);
}

/** Opens the window and stays until it has ended. @throws NoElectron when there can be no window. */
async function openWindow(words: readonly string[]): Promise<void> {
  const reason = windowObstacle(words);
  if (reason !== null) throw new NoElectron(reason);
  const executable = await electronExecutable((version) =>
    process.stderr.write(`Fetching Electron ${version}; this happens once…\n`),
  );
  const ending = await runElectron(executable, words);
  if (neverOpened(ending)) {
    throw new NoElectron(startupComplaint(ending.complaint, ending.code ?? ending.signal));
  }
  if (ending.signal !== null) process.kill(process.pid, ending.signal);
  process.exitCode = ending.code ?? 1;
}

/** Serves the app on 127.0.0.1 until a signal; the server prints the address. */
async function serve(): Promise<void> {
  const { main } = createRequire(import.meta.url)(serveBundle) as typeof import('../electron/serve.ts');
  await main([]);
}

try {
  await buildWhenStale();
  await openWindow(process.argv.slice(2)).catch(async (error: unknown) => {
    if (!(error instanceof NoElectron)) throw error;
    process.stderr.write(`No window, since ${error.message}: serving Platter for a browser instead.\n`);
    await serve();
  });
} catch (error) {
  // A Failure of the bundle is of the bundle's class; its data is the same.
  const data = (error as Partial<Failure>).toData?.() ?? Failure.from(error).toData();
  process.stderr.write(`platter: ${data.code}: ${describeFailure(data).sentence}\n`);
  process.exitCode = toldFailure;
}
