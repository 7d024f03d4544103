/** Measures the library: scanning a folder of small images for the first time and again. `npm run bench:library`. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { buildWhenStale } from '../../build/stale.ts';
import { bundleFolder } from '../../build/paths.ts';
import { openCatalogue } from '../../electron/catalogue/database.ts';
import { systemClock } from '../../electron/scanning/clock.ts';
import { ThreadLooker } from '../../electron/scanning/looker.ts';
import { Scanner } from '../../electron/scanning/scanner.ts';
import { WorkerThread } from '../../electron/worker/client.ts';
import type { ScanResult } from '../../shared/domain/scan.ts';

const goals = { firstScan: 2000, rescan: 20_000, memoryBytes: 200e6, blockedMilliseconds: 50 };

interface Timed {
  readonly result: ScanResult;
  readonly seconds: number;
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  readonly longestBlockMilliseconds: number;
}

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function row(what: string, value: string, goal: string, met: boolean): void {
  say(`${what.padEnd(44)} ${value.padStart(14)}   ${met ? 'met' : 'NOT MET'}: ${goal}`);
}

async function timed(work: () => Promise<ScanResult>): Promise<Timed> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  const result = await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  delay.disable();
  return { result, seconds, cpuSeconds: (user + system) / 1e6, longestBlockMilliseconds: delay.max / 1e6 };
}

/** The largest resident set so far, of all threads together, in bytes. */
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

function tellScan(
  name: string,
  { result, seconds, cpuSeconds, longestBlockMilliseconds }: Timed,
  goal: number,
): void {
  const rate = result.filesListed / seconds;
  row(`${name}: files a second`, rate.toFixed(0), `over ${goal}`, rate > goal);
  say(
    `${`${name}: processor time a file`.padEnd(44)} ${((cpuSeconds / result.filesListed) * 1e6).toFixed(0).padStart(11)} µs`,
  );
  row(
    `${name}: longest block of the main thread`,
    `${longestBlockMilliseconds.toFixed(1)} ms`,
    `under ${goals.blockedMilliseconds} ms`,
    longestBlockMilliseconds < goals.blockedMilliseconds,
  );
}

/** @returns how many of the files are images. */
async function makeFiles(into: string, count: number): Promise<number> {
  const script = fileURLToPath(new URL('./library-folder.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, into, String(count)]);
  return Number(stdout);
}

async function measureScans(folder: string, count: number): Promise<void> {
  const images = join(folder, 'images');
  mkdirSync(images);
  const imageCount = await makeFiles(images, count);
  const before = process.memoryUsage().rss;
  const catalogue = openCatalogue(join(folder, 'library.sqlite'));
  const entries = { worker: join(bundleFolder, 'worker.cjs'), computer: join(bundleFolder, 'computer.cjs') };
  const scanner = new Scanner({
    catalogue,
    looker: new ThreadLooker(() => new WorkerThread(entries)),
    watch: null,
    clock: systemClock,
    events: { publish: () => {} },
    foldersChanged: () => {},
    log: say,
  });
  const { id } = scanner.add(images);
  const first = await timed(() => scanner.scan(id));
  if (first.result.added !== imageCount)
    say(`WRONG: ${first.result.added} of ${imageCount} images were found`);
  tellScan(`First scan of ${count} files`, first, goals.firstScan);
  const again = await timed(() => scanner.scan(id));
  if (again.result.filesOpened !== 0) say(`WRONG: ${again.result.filesOpened} files were opened again`);
  tellScan('Scan with nothing changed', again, goals.rescan);
  const used = peakBytes();
  row(
    'Memory of the process at its peak',
    `${(used / 1e6).toFixed(0)} MB`,
    `under ${goals.memoryBytes / 1e6} MB (${(before / 1e6).toFixed(0)} MB before)`,
    used < goals.memoryBytes,
  );
  await scanner.close();
  catalogue.close();
}

const { values } = parseArgs({ options: { files: { type: 'string', default: '10000' } } });
await buildWhenStale();
const folder = mkdtempSync(join(tmpdir(), 'platter-bench-library-'));
try {
  say(`${availableParallelism()} cores, Node ${process.version}`);
  say();
  await measureScans(folder, Number(values.files));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
