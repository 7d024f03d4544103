// Runs everything that `npm test` promises, and ends with one line that counts it all.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runVisibly } from '../test/setup/run-command.ts';
import {
  closingLine,
  exitCodeOf,
  sumTallies,
  tallyPlaywright,
  tallyStep,
  tallyVitest,
  type Tally,
} from '../test/setup/test-counts.ts';
import { isContinuousIntegration } from '../test/setup/tool-paths.ts';

/** No suite takes as much as this on two cores; it is here so that a hanging one ends and the others still report. */
const SUITE_TIMEOUT_MS = 45 * 60_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const requireFromHere = createRequire(import.meta.url);

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = true;
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

interface SuiteOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Its lines mix with those of another suite, and each says whose it is. */
  readonly isLabelled?: boolean;
}

async function runSuite(
  name: string,
  command: string,
  args: readonly string[],
  { env = {}, isLabelled = false }: SuiteOptions = {},
): Promise<string | null> {
  if (interrupted) return 'interrupted';
  say(`\n── ${name}`);
  const started = Date.now();
  const ending = await runVisibly(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    timeoutMs: SUITE_TIMEOUT_MS,
    ...(isLabelled && { label: name }),
  });
  say(`── ${name}: ${ending ?? 'done'} (${Math.round((Date.now() - started) / 1000)} s)`);
  return ending;
}

async function runScript(script: string): Promise<Tally> {
  const npm = process.env['npm_execpath'];
  const options = { isLabelled: true };
  const ending = npm?.endsWith('.js')
    ? await runSuite(script, process.execPath, [npm, 'run', '-s', script], options)
    : await runSuite(
        script,
        process.platform === 'win32' ? 'npm.cmd' : 'npm',
        ['run', '-s', script],
        options,
      );
  return tallyStep(script, ending);
}

/** Runs scripts that use one core each, so many at once, the next one as soon as one has ended. */
async function runScripts(scripts: readonly string[], atOnce: number): Promise<Tally> {
  const waiting = [...scripts];
  const tallies: Tally[] = [];
  const lane = async (): Promise<void> => {
    for (let script = waiting.shift(); script !== undefined; script = waiting.shift()) {
      tallies.push(await runScript(script));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return sumTallies(tallies);
}

/** The program behind a package's command, to be started with this Node. */
function commandFile(packageName: string, command: string): string {
  const description = requireFromHere.resolve(`${packageName}/package.json`);
  const { bin } = requireFromHere(description) as { readonly bin: string | Readonly<Record<string, string>> };
  const file = typeof bin === 'string' ? bin : bin[command];
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`);
  return join(dirname(description), file);
}

async function readTally(
  suite: string,
  report: string,
  ending: string | null,
  tally: (text: string, ending: string | null) => Tally,
): Promise<Tally> {
  try {
    return tally(await readFile(report, 'utf8'), ending);
  } catch (error) {
    return tallyStep(suite, `${ending ?? 'it ended well'}, but left no report: ${(error as Error).message}`);
  }
}

async function runUnitTests(reports: string): Promise<Tally> {
  const report = join(reports, 'vitest.json');
  const ending = await runSuite('vitest', process.execPath, [
    commandFile('vitest', 'vitest'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  return readTally('vitest', report, ending, tallyVitest);
}

async function runEndToEndTests(reports: string): Promise<Tally> {
  const report = join(reports, 'playwright.json');
  const ending = await runSuite(
    'playwright',
    process.execPath,
    [
      commandFile('@playwright/test', 'playwright'),
      'test',
      '--config=test/e2e/playwright.config.ts',
      '--reporter=list,json',
    ],
    { env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report } },
  );
  return readTally('playwright', report, ending, tallyPlaywright);
}

async function runAll(): Promise<Tally> {
  const reports = await mkdtemp(join(tmpdir(), 'platter-reports-'));
  try {
    return sumTallies([
      // The longest first.
      await runScripts(['check:lint', 'check:types', 'check:svelte', 'check:format', 'build'], 2),
      await runUnitTests(reports),
      await runEndToEndTests(reports),
    ]);
  } finally {
    await rm(reports, { recursive: true, force: true });
  }
}

function list(title: string, names: readonly string[]): void {
  if (names.length === 0) return;
  say(`\n${title}:`);
  for (const name of names) say(`  ${name.replace(`${root}/`, '')}`);
}

const all = await runAll();
list('Passed, but not at the first try', all.flaky);
list('Failed', all.failed);
list(isContinuousIntegration() ? 'Skipped, which counts as a failure on CI' : 'Skipped', all.skipped);
say(`\n${closingLine(all)}`);
process.exitCode = exitCodeOf(all, isContinuousIntegration());
