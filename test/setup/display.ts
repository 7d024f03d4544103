// Starts an X server without a screen for tests that open windows on a machine without a display.
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { toolPath } from './tool-paths.ts';

export interface Display {
  /** What `DISPLAY` has to be, such as `:3`. */
  readonly name: string;
  /** Ends the server and waits until it has ended. */
  readonly stop: () => Promise<void>;
}

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const SCREEN = '1600x1200x24';
/** With `-displayfd` the server picks a free number and writes it here when it is ready. */
const DISPLAY_DESCRIPTOR = 3;

async function readDisplayNumber(from: Readable): Promise<string> {
  let text = '';
  for await (const piece of from) {
    text += String(piece);
    const number = /^(\d+)\n/.exec(text)?.[1];
    if (number !== undefined) return number;
  }
  throw new Error('Xvfb ended before it had a display');
}

let own: string | null = null;

/** The `DISPLAY` of the server that this process has started; null: none runs. */
export const ownDisplay = (): string | null => own;

/** Whether windows open on a display that is not the tests' own: of a desktop, or of whoever started them. */
export function sharesDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
}

/**
 * Starts Xvfb on a free display number and returns when it takes connections, or returns `null` where windows can be opened
 * already or Xvfb is not installed.
 */
export async function startDisplay(): Promise<Display | null> {
  if (sharesDisplay()) return null;
  const xvfb = toolPath('Xvfb');
  if (xvfb === null) return null;
  const server = spawn(
    xvfb,
    ['-displayfd', String(DISPLAY_DESCRIPTOR), '-screen', '0', SCREEN, '-nolisten', 'tcp', '-noreset'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => {
      resolve();
    });
    server.once('error', () => {
      resolve();
    });
  });
  const endNow = (): void => {
    server.kill('SIGKILL');
  };
  process.once('exit', endNow);
  const stop = async (): Promise<void> => {
    own = null;
    process.off('exit', endNow);
    server.kill('SIGTERM');
    const stopped = new AbortController();
    const limit = delay(STOP_TIMEOUT_MS, undefined, { signal: stopped.signal }).then(endNow, () => undefined);
    await ended;
    stopped.abort();
    await limit;
  };
  try {
    const late = delay(START_TIMEOUT_MS, null, { ref: false });
    const number = await Promise.race([
      readDisplayNumber(server.stdio[DISPLAY_DESCRIPTOR] as Readable),
      late,
      ended.then(() => {
        throw new Error('Xvfb did not start');
      }),
    ]);
    if (number === null) throw new Error(`Xvfb had no display after ${START_TIMEOUT_MS / 1000} s`);
    own = `:${number}`;
    return { name: own, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
