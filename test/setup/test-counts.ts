// Counts what test runners report, so that one closing line can speak for all suites.

/** What came of one suite or of all: passed ones as a number, the others by name. */
export interface Tally {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  /** Of those that passed, which did not do so at the first try. */
  readonly flaky: readonly string[];
}

interface Counting {
  passed: number;
  failed: string[];
  skipped: string[];
  flaky: string[];
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectsIn(parent: Json, key: string): Json[] {
  const value = parent[key];
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isObject)) throw new Error(`not a test report: ${key}`);
  return value;
}

function textIn(parent: Json, key: string): string {
  const value = parent[key];
  return typeof value === 'string' ? value : '';
}

function readReport(text: string): Json {
  const report: unknown = JSON.parse(text);
  if (!isObject(report)) throw new Error('not a test report');
  return report;
}

/** A runner that failed although all its tests passed has failed at something: that counts as one failed test. */
function finish(counting: Counting, suite: string, ending: string | null): Tally {
  if (ending !== null && counting.failed.length === 0) counting.failed.push(`${suite}: ${ending}`);
  const ran = counting.passed + counting.failed.length + counting.skipped.length;
  if (ran === 0) counting.failed.push(`${suite}: no test ran`);
  return counting;
}

function hasFailures(test: Json): boolean {
  const failures = test['failureMessages'];
  return Array.isArray(failures) && failures.length > 0;
}

/**
 * Reads the report of vitest's `json` reporter. `ending` is how the process ended when it failed, else `null`. A file that
 * could not be loaded, or whose set-up failed, has no failed test of its own and counts as one.
 */
export function tallyVitest(report: string, ending: string | null): Tally {
  const counting: Counting = { passed: 0, failed: [], skipped: [], flaky: [] };
  const files = objectsIn(readReport(report), 'testResults');
  for (const file of files) {
    const failedBefore = counting.failed.length;
    for (const test of objectsIn(file, 'assertionResults')) {
      const name = textIn(test, 'fullName');
      const status = textIn(test, 'status');
      const place = `${textIn(file, 'name')}: ${name}`;
      if (status === 'passed') counting.passed++;
      else if (status === 'failed') counting.failed.push(place);
      else counting.skipped.push(place);
      // What a try before the one that passed has thrown stays in the report.
      if (status === 'passed' && hasFailures(test)) counting.flaky.push(place);
    }
    if (textIn(file, 'status') === 'failed' && counting.failed.length === failedBefore) {
      counting.failed.push(`${textIn(file, 'name')}: ${textIn(file, 'message') || 'set-up failed'}`);
    }
  }
  return finish(counting, 'vitest', ending);
}

function addPlaywrightSuite(suite: Json, path: readonly string[], counting: Counting): void {
  for (const spec of objectsIn(suite, 'specs')) {
    for (const test of objectsIn(spec, 'tests')) {
      const name = [textIn(test, 'projectName'), ...path, textIn(spec, 'title')].filter(Boolean).join(' › ');
      const status = textIn(test, 'status');
      if (status === 'flaky') counting.flaky.push(name);
      if (status === 'expected' || status === 'flaky') counting.passed++;
      else if (status === 'skipped') counting.skipped.push(name);
      else counting.failed.push(name);
    }
  }
  for (const inner of objectsIn(suite, 'suites')) {
    addPlaywrightSuite(inner, [...path, textIn(inner, 'title')], counting);
  }
}

/**
 * Reads the report of Playwright's `json` reporter. `ending` is how the process ended when it failed, else `null`. A test
 * that passed at a retry counts as passed, and an error outside of any test as one failed test.
 */
export function tallyPlaywright(report: string, ending: string | null): Tally {
  const counting: Counting = { passed: 0, failed: [], skipped: [], flaky: [] };
  const json = readReport(report);
  for (const file of objectsIn(json, 'suites')) addPlaywrightSuite(file, [textIn(file, 'title')], counting);
  for (const error of objectsIn(json, 'errors')) {
    counting.failed.push(`playwright: ${textIn(error, 'message').split('\n', 1)[0] ?? ''}`);
  }
  return finish(counting, 'playwright', ending);
}

/** A step that either works or does not, counted as one test. `ending` says how it failed, or is `null`. */
export function tallyStep(name: string, ending: string | null): Tally {
  return ending === null
    ? { passed: 1, failed: [], skipped: [], flaky: [] }
    : { passed: 0, failed: [`${name}: ${ending}`], skipped: [], flaky: [] };
}

/** All tallies as one. */
export function sumTallies(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, tally) => sum + tally.passed, 0),
    failed: tallies.flatMap((tally) => tally.failed),
    skipped: tallies.flatMap((tally) => tally.skipped),
    flaky: tallies.flatMap((tally) => tally.flaky),
  };
}

/** The line that a whole run ends with. */
export function closingLine(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failed.length} failed, ${tally.skipped.length} skipped`;
}

/** 1 when anything failed, or when something was skipped where nothing may be; else 0. */
export function exitCodeOf(tally: Tally, skippingFails: boolean): 0 | 1 {
  return tally.failed.length > 0 || (skippingFails && tally.skipped.length > 0) ? 1 : 0;
}
