// The first start: `npm start` opens the window, or says in one line why not and serves the app for a browser.
import { spawn } from 'node:child_process';
import { chromium } from '@playwright/test';

import { projectFolder } from '../../build/paths.ts';
import { toolPath } from '../setup/tool-paths.ts';
import { expect, test } from './app.ts';
import { attachableArguments, startAttached } from './attached-window.ts';
import { chromiumArguments } from './chromium-host.ts';
import { electronDist } from './electron-host.ts';
import { environmentOf } from './places.ts';
import { waitForWindow } from './problems.ts';
import { signalGroup, waitForEnd, waitForLine } from './processes.ts';

const startMs = 60_000;
const endMs = 15_000;

test('npm start opens the window', async ({ places }) => {
  const environment = { ELECTRON_OVERRIDE_DIST_PATH: electronDist() };
  const words = ['start', '--', ...attachableArguments(places)];
  const window = await startAttached(places, 'npm', words, environment, projectFolder);
  await expect(window.page.getByRole('heading', { name: 'Drop an appliance here' })).toBeVisible();
  await expect(window.page).toHaveURL(/^app:/);
  expect(window.problems).toEqual([]);
  await window.end();
});

test('without a display, npm start says so in one line and serves the app', async ({ places }) => {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...env } = environmentOf(places);
  const child = spawn('npm', ['start'], {
    cwd: projectFolder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let complaint = '';
  child.stderr.on('data', (piece: Buffer) => (complaint += piece.toString()));
  try {
    const [line, address] = await waitForLine(
      child,
      'stdout',
      /Platter is at (http:\/\/127\.0\.0\.1:\d+\/\S+)\n/,
      startMs,
    );
    expect(line).toBeTruthy();
    expect(linesOf(complaint)).toEqual([
      'No window, since there is no display here: serving Platter for a browser instead.',
    ]);

    const browser = await chromium.launch({ executablePath: toolPath('chromium')!, args: chromiumArguments });
    const page = await browser.newPage();
    await page.goto(address!);
    await waitForWindow(page);
    await expect(page.getByRole('heading', { name: 'Drop an appliance here' })).toBeVisible();
    await browser.close();
    signalGroup(child, 'SIGINT');
    await waitForEnd(child, endMs);
    await expect(fetch(address!)).rejects.toThrow();
  } finally {
    signalGroup(child, 'SIGKILL');
  }
});

test('where Electron does not start, npm start says so in one line and serves the app', async ({
  places,
}) => {
  const env = { ...environmentOf(places), ELECTRON_OVERRIDE_DIST_PATH: places.home };
  const words = ['start', '--', '--no-sandbox'];
  const child = spawn('npm', words, {
    cwd: projectFolder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let complaint = '';
  child.stderr.on('data', (piece: Buffer) => (complaint += piece.toString()));
  try {
    await waitForLine(child, 'stdout', /Platter is at http:\/\/127\.0\.0\.1:\d+\/\S+\n/, startMs);
    expect(linesOf(complaint)).toHaveLength(1);
    expect(complaint).toMatch(/^No window, since .*: serving Platter for a browser instead\.$/m);
  } finally {
    signalGroup(child, 'SIGKILL');
  }
});

/** Without what npm itself has to say of the machine's own settings. */
function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('npm '));
}
