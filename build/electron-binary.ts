/** Finds the Electron that the project uses, and fetches its binary at the first start. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Why there is no Electron to start: the end of a sentence. */
export class NoElectron extends Error {}

/** 110 MB over a slow line; a network that is not there is noticed within seconds. */
const fetchPatienceMilliseconds = 10 * 60_000;

/** Why this machine cannot show a window, before any Electron is asked; null when nothing speaks against it. */
export function windowObstacle(words: readonly string[]): string | null {
  if (process.platform !== 'linux') return null;
  if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'there is no display here';
  const sandboxed = !words.includes('--no-sandbox') && !process.env['ELECTRON_DISABLE_SANDBOX'];
  if (process.getuid?.() === 0 && sandboxed) {
    return 'Electron’s sandbox does not run as root (npm start -- --no-sandbox opens the window without it)';
  }
  return null;
}

/** The environment for an Electron of our own. */
export function electronEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const environment = { ...process.env, ...more };
  // Terminals inside Electron apps set this; it would make a plain Node of our window.
  delete environment['ELECTRON_RUN_AS_NODE'];
  return environment;
}

function executableName(): string {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}

/**
 * The path of Electron's executable. `ELECTRON_OVERRIDE_DIST_PATH` names a folder to take it from; else it is the binary
 * of the `electron` package, which is fetched when it is not there yet, after a call of `fetching` with its version.
 * @throws NoElectron
 */
export async function electronExecutable(fetching: (version: string) => void): Promise<string> {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (override) {
    const executable = join(override, executableName());
    if (existsSync(executable)) return executable;
    throw new NoElectron(`ELECTRON_OVERRIDE_DIST_PATH names a folder without Electron (${override})`);
  }
  const folder = packageFolder();
  const executable = join(folder, 'dist', executableName());
  if (existsSync(executable) && existsSync(join(folder, 'path.txt'))) return executable;
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  fetching(version);
  await fetchBinary(join(folder, 'install.js'));
  if (!existsSync(executable)) throw new NoElectron('Electron’s binary is not there after it was fetched');
  return executable;
}

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    throw new NoElectron('the package “electron” is not installed');
  }
}

/** The package's own script: it takes the binary from its cache or its release page, and checks its digest. */
function fetchBinary(script: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-20_000);
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), fetchPatienceMilliseconds);
    const forward = (signal: NodeJS.Signals): void => {
      child.kill(signal);
      process.exit(130);
    };
    process.once('SIGINT', forward);
    process.once('SIGTERM', forward);
    child.once('error', (error) => reject(new NoElectron(error.message)));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      if (code === 0) resolve();
      else if (signal !== null) reject(new NoElectron('Electron’s binary could not be fetched in time'));
      else reject(new NoElectron(`Electron’s binary could not be fetched (${reasonIn(complaint)})`));
    });
  });
}

/** Of a stack: its message, without the class of the error. */
function reasonIn(complaint: string): string {
  const line =
    complaint.split('\n').find((candidate) => /Error\b.*: /.test(candidate)) ?? complaint.split('\n')[0];
  return line?.replace(/^.*?Error\b[^:]*: /, '').trim() || 'no reason given';
}
