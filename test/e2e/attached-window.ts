/** An Electron that Playwright cannot launch itself (a packaged one, or one behind npm start), reached by its debugging port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';

import { environmentOf, type Places } from './places.ts';
import { collectProblems, waitForWindow } from './problems.ts';
import { signalGroup, waitForEnd, waitForLine } from './processes.ts';

const startMs = 60_000;
const endMs = 15_000;

export interface AttachedWindow {
  readonly page: Page;
  readonly process: ChildProcess;
  readonly problems: string[];
  /** Asks the program to end and waits until it has. */
  end(): Promise<void>;
}

/** The arguments that let a test reach the window, wherever Platter comes from. */
export function attachableArguments(places: Places): string[] {
  return ['--no-sandbox', '--remote-debugging-port=0', `--user-data-dir=${join(places.root, 'electron')}`];
}

/** Starts the program and returns once its window is drawn. */
export async function startAttached(
  places: Places,
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  workingFolder = places.home,
): Promise<AttachedWindow> {
  const env = { ...environmentOf(places), ...environment };
  const child = spawn(command, args, {
    cwd: workingFolder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  try {
    const [, address] = await waitForLine(child, 'stderr', /DevTools listening on (ws:\/\/\S+)/, startMs);
    // What is not read would fill the pipe and stop the program.
    child.stderr.resume();
    const browser = await chromium.connectOverCDP(address!, { noDefaults: true });
    const context = browser.contexts()[0]!;
    const page = context.pages()[0] ?? (await context.waitForEvent('page'));
    const problems: string[] = [];
    collectProblems(page, problems);
    await waitForWindow(page);
    const end = async (): Promise<void> => {
      await browser.close();
      signalGroup(child, 'SIGTERM');
      await waitForEnd(child, endMs).finally(() => signalGroup(child, 'SIGKILL'));
    };
    return { page, process: child, problems, end };
  } catch (error) {
    signalGroup(child, 'SIGKILL');
    throw error;
  }
}
