/** Measures scanning a folder of small images for the first time and again. Takes the folder of the work, and how many files. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { bundleFolder, cliBundle } from '../../build/paths.ts';
import { openCatalogue } from '../../electron/catalogue/database.ts';
import { systemClock } from '../../electron/scanning/clock.ts';
import { ThreadLooker } from '../../electron/scanning/looker.ts';
import { Scanner } from '../../electron/scanning/scanner.ts';
import { WorkerThread } from '../../electron/worker/client.ts';
import type { ScanResult } from '../../shared/domain/scan.ts';
import { goals, row, say, sizeRow, timed, type Timed } from './library-report.ts';
import { measure } from './measure.ts';

const [work, files] = process.argv.slice(2);
const count = Number(files);

function tell(name: string, { result, seconds, cpuSeconds }: Timed<ScanResult>, goal: number): void {
  const rate = result.filesListed / seconds;
  row(`${name}: files a second`, rate.toFixed(0), { words: `over ${goal}`, met: rate > goal });
  row(`${name}: processor time a file`, `${((cpuSeconds / result.filesListed) * 1e6).toFixed(0)} µs`);
}

/** In a process of its own. @returns how many of the files are images. */
async function makeFiles(into: string): Promise<number> {
  const script = fileURLToPath(new URL('./library-folder.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, into, String(count)]);
  return Number(stdout);
}

/** Of the program as it is built: this process holds what makes its sources run, too. */
async function peakBytesOfFirstScan(folder: string): Promise<number> {
  const env = { PLATTER_HOME: join(work!, 'watching') };
  const { peakBytes } = await measure({
    command: process.execPath,
    args: [cliBundle, 'library', 'watch', folder],
    env,
  });
  return peakBytes;
}

const images = join(work!, 'images');
mkdirSync(images);
const imageCount = await makeFiles(images);
const catalogue = openCatalogue(join(work!, 'scanned.sqlite'));
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
if (first.result.added !== imageCount) say(`WRONG: ${first.result.added} of ${imageCount} images were found`);
tell(`First scan of ${count} files`, first, goals.firstScanRate);
const again = await timed(() => scanner.scan(id));
if (again.result.filesOpened !== 0) say(`WRONG: ${again.result.filesOpened} files were opened again`);
tell('Scan with nothing changed', again, goals.rescanRate);
sizeRow('Memory of the scanning program at its peak', await peakBytesOfFirstScan(images), goals.scanBytes);
await scanner.close();
catalogue.close();
