// The packaged app: made by `npm run dist -- --dir`, started with an appliance, and clicked through to the library.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { projectFolder } from '../../build/paths.ts';
import { applianceFacts } from '../fixtures/appliance.ts';
import { runCommand } from '../setup/run-command.ts';
import { expect, test } from './app.ts';
import { attachableArguments, startAttached } from './attached-window.ts';
import { electronDist } from './electron-host.ts';
import { expectClean, expectIdentical } from './judges.ts';
import { environmentOf, provide } from './places.ts';
import { killProcess } from './processes.ts';
import { extraction, heading, integrity, libraryRow, openExtractSheet, startButton } from './views.ts';

const packagingMs = 5 * 60_000;
const executable = join(projectFolder, 'out/linux-unpacked/platter');

test.describe.configure({ mode: 'serial', timeout: packagingMs + 90_000 });

test('npm run dist makes an app that does the main job', async ({ places, appliance }) => {
  await test.step('it is packaged with the Electron at hand', async () => {
    const env = { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: electronDist() };
    await runCommand('npm', ['run', 'dist', '--', '--dir'], {
      cwd: projectFolder,
      timeoutMs: packagingMs,
      env,
    });
  });
  const source = provide(appliance.path, places.downloads);
  const window = await startAttached(places, executable, [...attachableArguments(places), source]);
  try {
    const { page } = window;
    await expect(heading(page, applianceFacts.product)).toBeVisible();
    await expect(integrity(page)).toContainText('The manifest is valid');
    const sheet = await openExtractSheet(page);
    await startButton(sheet).click();
    await expect(extraction(page)).toContainText('2 disks are ready.');
    await page.getByRole('button', { name: 'Show in library' }).click();
    await expect(libraryRow(page, 'harbour-disk1.qcow2')).toBeVisible();
    await expect(libraryRow(page, 'harbour-disk2.qcow2')).toBeVisible();
    expect(window.problems).toEqual([]);
  } finally {
    await window.end();
  }
  for (const [index, { rawPath }] of appliance.disks.entries()) {
    const path = join(places.downloads, `harbour-disk${index + 1}.qcow2`);
    await expectIdentical(rawPath, path, 'qcow2');
    await expectClean(path);
  }
});

test('the packaged app cannot be made to run other programs', async ({ places }) => {
  const env = {
    ...environmentOf(places),
    ELECTRON_RUN_AS_NODE: '1',
    NODE_OPTIONS: '--require=/nothing/there.cjs',
  };
  const words = ['--no-sandbox', '-e', 'console.log("runs as Node")'];
  const child = spawn(executable, words, { cwd: places.home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => (said += piece.toString()));
  await delay(3000);
  expect(child.exitCode, said).toBeNull();
  expect(said).not.toContain('runs as Node');
  expect(said).not.toContain('/nothing/there.cjs');
  await killProcess(child);
});
