/** Builds dist/ when it is missing or older than the sources; quick when it is not, and silent on stdout. */
import { globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  cliBundle,
  distFolder,
  mainBundle,
  preloadBundle,
  projectFolder,
  rendererPage,
  serveBundle,
} from './paths.ts';

const sources = [
  'electron/**/*',
  'renderer/**/*',
  'shared/**/*',
  'build/vite.*.ts',
  'package.json',
  'package-lock.json',
];
const lockFile = join(distFolder, '.building');

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Whether dist/ is incomplete or older than a source. */
export function isStale(): boolean {
  const outputs = [mainBundle, preloadBundle, cliBundle, serveBundle, rendererPage];
  const builtAt = Math.min(...outputs.map(modifiedAt));
  if (builtAt === 0) return true;
  return globSync(sources, { cwd: projectFolder }).some(
    (name) => modifiedAt(join(projectFolder, name)) > builtAt,
  );
}

/** Takes the lock, unless a process that still runs has it. */
function takeLock(): boolean {
  mkdirSync(distFolder, { recursive: true });
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!isAbandoned()) return false;
    rmSync(lockFile, { force: true });
    return false;
  }
}

function isAbandoned(): boolean {
  try {
    process.kill(Number(readFileSync(lockFile, 'utf8')), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Builds when there is need to, one process at a time; says so on stderr, since stdout may be somebody's answer. */
export async function buildWhenStale(): Promise<void> {
  while (isStale()) {
    if (!takeLock()) {
      await delay(200);
      continue;
    }
    try {
      process.stderr.write('Building Platter…\n');
      const { buildAll } = await import('./build.ts');
      await buildAll('error');
      return;
    } finally {
      rmSync(lockFile, { force: true });
    }
  }
}
