/** What Platter can do on a machine without Electron: with the programs that the system has. */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { Failure } from '#shared/failure.ts';
import type { HostAbilities } from '../services/host.ts';

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

const thisMachine: Surroundings = { environment: process.env, platform: process.platform };

/** The abilities of this machine for a browser. A browser on another machine has no use for a file manager on this one. */
export async function findWebAbilities(
  version: string,
  servesOnlyThisMachine: boolean,
  surroundings: Surroundings = thisMachine,
): Promise<HostAbilities> {
  const opener = servesOnlyThisMachine ? await findOpener(surroundings) : null;
  const gio = surroundings.platform === 'linux' ? await findProgram('gio', surroundings) : null;
  return {
    host: 'web',
    version,
    ...(opener && { reveal: (path: string) => start(opener, [dirname(path)]) }),
    ...(gio && { trash: (path: string) => run(gio, ['trash', '--', path], path) }),
  };
}

/**
 * Opens an address with the person's browser; false when there is no program for it.
 * @throws Failure `io.failed` when it cannot be started.
 */
export async function openInBrowser(url: string, surroundings: Surroundings = thisMachine): Promise<boolean> {
  const opener = await findOpener(surroundings);
  if (!opener) return false;
  await start(opener, [url]);
  return true;
}

/** The program that opens a folder or an address with what the person uses for it. */
async function findOpener(surroundings: Surroundings): Promise<string | null> {
  const { environment, platform } = surroundings;
  if (platform === 'win32') return findProgram('explorer.exe', surroundings);
  if (platform === 'darwin') return findProgram('open', surroundings);
  if (!environment['DISPLAY'] && !environment['WAYLAND_DISPLAY']) return null;
  return findProgram('xdg-open', surroundings);
}

/** The program's absolute path by PATH, null when it is not there. */
export async function findProgram(name: string, { environment }: Surroundings): Promise<string | null> {
  const folders = (environment['PATH'] ?? environment['Path'] ?? '').split(delimiter).filter(isAbsolute);
  for (const folder of folders) {
    const path = join(folder, name);
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return null;
}

/** Starts a program and leaves it to itself. */
function start(program: string, words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { detached: true, stdio: 'ignore' });
    child.once('error', (error) => reject(programFailure(program, error)));
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}

/** Runs a program to its end. */
function run(program: string, words: readonly string[], path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, 1000);
    });
    child.once('error', (error) => reject(programFailure(program, error)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else {
        reject(
          new Failure('io.failed', {
            path,
            reason:
              complaint.trim().split('\n')[0] ||
              (code === null ? `ended by ${signal!}` : `exit code ${code}`),
          }),
        );
      }
    });
  });
}

function programFailure(program: string, error: NodeJS.ErrnoException): Failure {
  return new Failure('io.failed', { path: program, reason: error.code ?? error.message }, error);
}
