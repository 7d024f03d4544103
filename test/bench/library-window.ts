/** Measures the real window over a very large library: its start, the first list, keys, scrolling, memory. Takes PLATTER_HOME. */
import { setTimeout as delay } from 'node:timers/promises';
import { _electron, type Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { projectFolder } from '../../build/paths.ts';
import { startDisplay } from '../setup/display.ts';
import { electronRuntime } from '../setup/electron-runtime.ts';
import { ensureSqliteBinding, needsOwnSqliteBinding } from '../setup/sqlite-binding.ts';
import { goals, percentile, row, sizeRow, timeRow } from './library-report.ts';

const [home] = process.argv.slice(2);
const startLimitMilliseconds = 120_000;
const typed = ['debian-12', 'ubuntu web', 'format:qcow2 osaka', 'storgae'];
const scrollFrames = 240;
/** A frame that comes later than this was preceded by one that was dropped, at 60 a second. */
const droppedMilliseconds = 25;

/** When the page was first drawn, and when the first row was there: in milliseconds since the page began. */
const firstDrawn = (page: Page) =>
  page.evaluate(async () => {
    const isListed = (): boolean => document.querySelector('[role="grid"] [role="row"] .title') !== null;
    while (!isListed()) await new Promise(requestAnimationFrame);
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    return { began: performance.timeOrigin, window: paint?.startTime ?? 0, list: performance.now() };
  });

/**
 * How long each letter takes from the key to the frame that shows its answer, in milliseconds, and how many frames that is after
 * the answer had come; keys that change nothing are left out.
 */
const keysDrawn = (page: Page, texts: readonly string[]) =>
  page.evaluate(async (all) => {
    const input = document.querySelector<HTMLInputElement>('input[role="combobox"]')!;
    const summary = document.querySelector('[data-testid="library-summary"]')!;
    const patience = 1000;
    const keys: { milliseconds: number; frames: number }[] = [];
    let frame = 0;
    let answeredIn = 0;
    // Whoever takes an answer from the port reads this.
    const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data')!;
    Object.defineProperty(MessageEvent.prototype, 'data', {
      ...data,
      get(this: MessageEvent): unknown {
        if (summary.textContent === shown) answeredIn = frame;
        return data.get!.call(this) as unknown;
      },
    });
    let shown = summary.textContent;
    const enter = async (text: string): Promise<void> => {
      shown = summary.textContent;
      const started = performance.now();
      input.value = text;
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      while (summary.textContent === shown && performance.now() - started < patience) {
        await new Promise(requestAnimationFrame);
        frame++;
      }
      if (summary.textContent !== shown)
        keys.push({ milliseconds: performance.now() - started, frames: frame - answeredIn });
    };
    for (const text of all) {
      for (let end = 1; end <= text.length; end++) await enter(text.slice(0, end));
      await enter('');
    }
    return keys;
  }, texts);

/** The times between frames while the list is scrolled from its first row to its last. */
const scrollTimes = (page: Page, frames: number) =>
  page.evaluate(async (count) => {
    const scroller = [...document.querySelectorAll('main *')].find(
      (one) => one.scrollHeight > one.clientHeight + 1000,
    )!;
    const end = scroller.scrollHeight - scroller.clientHeight;
    const times: number[] = [];
    let last = await new Promise(requestAnimationFrame);
    for (let frame = 1; frame <= count; frame++) {
      scroller.scrollTop = (end * frame) / count;
      const now = await new Promise<number>(requestAnimationFrame);
      times.push(now - last);
      last = now;
    }
    return times;
  }, frames);

const runtime = await electronRuntime();
if (needsOwnSqliteBinding(runtime.version)) await ensureSqliteBinding();
const display = await startDisplay();
if (display !== null) process.env['DISPLAY'] = display.name;
const profile = join(home!, 'profile');
mkdirSync(profile);
const startedAt = Date.now();
const application = await _electron.launch({
  executablePath: runtime.executablePath,
  args: ['--no-sandbox', `--user-data-dir=${profile}`, projectFolder],
  env: { ...(process.env as Record<string, string>), PLATTER_HOME: home! },
  timeout: startLimitMilliseconds,
});
try {
  await application.evaluate(() => {
    // What runs here has no require of its own, and older Nodes in Electron no other way to a built-in module.
    const hooks = process.mainModule!.require('node:perf_hooks') as typeof import('node:perf_hooks');
    const delayed = hooks.monitorEventLoopDelay({ resolution: 1 });
    delayed.enable();
    Object.assign(globalThis, { delayed });
  });
  const page = await application.firstWindow({ timeout: startLimitMilliseconds });
  page.setDefaultTimeout(startLimitMilliseconds);
  const drawn = await firstDrawn(page);
  timeRow(
    'Window: from start to the first list',
    drawn.began + drawn.list - startedAt,
    goals.startMilliseconds,
  );
  timeRow(
    'Window: from its first frame to the first list',
    drawn.list - drawn.window,
    goals.firstListMilliseconds,
  );
  await page.getByTestId('library-summary').waitFor();
  await delay(1000);
  const keys = await keysDrawn(page, typed);
  const times = keys.map(({ milliseconds }) => milliseconds);
  timeRow(`Window: a key drawn, median of ${keys.length}`, percentile(times, 0.5));
  timeRow(
    `Window: a key drawn, p99 of ${keys.length}`,
    percentile(times, 0.99),
    2 * goals.keyMilliseconds + 1,
  );
  const late = keys.filter(({ frames }) => frames > 1).length;
  row(`Window: answers of ${keys.length} drawn later than in the next frame`, String(late), {
    words: 'none',
    met: late === 0,
  });
  await delay(500);
  const frames = await scrollTimes(page, scrollFrames);
  const dropped = frames.filter((time) => time > droppedMilliseconds).length;
  row(`Window: frames dropped of ${scrollFrames} from end to end`, String(dropped), {
    words: 'none',
    met: dropped === 0,
  });
  const metrics = await application.evaluate(({ app }) => app.getAppMetrics());
  const renderer = metrics.find(({ type }) => type === 'Tab');
  sizeRow(
    'Window: memory of the renderer',
    (renderer?.memory.workingSetSize ?? NaN) * 1024,
    goals.windowBytes,
  );
  const blocked = await application.evaluate(
    () => (globalThis as unknown as { delayed: { max: number } }).delayed.max / 1e6,
  );
  timeRow('Window: longest block of the main thread meanwhile', blocked, goals.blockedMilliseconds);
} finally {
  await application.close();
  await display?.stop();
}
