// Tests of the counting that the closing line of `npm test` rests on.
import { describe, expect, it } from 'vitest';

import {
  closingLine,
  exitCodeOf,
  sumTallies,
  tallyPlaywright,
  tallyStep,
  tallyVitest,
} from './test-counts.ts';

function vitestReport(files: readonly unknown[]): string {
  return JSON.stringify({ success: true, testResults: files });
}

function vitestFile(name: string, status: string, tests: Readonly<Record<string, string>>, message = '') {
  const assertionResults = Object.entries(tests).map(([fullName, state]) => ({ fullName, status: state }));
  return { name, status, message, assertionResults };
}

describe('tallyVitest', () => {
  it('counts each state, and names what did not pass', () => {
    const report = vitestReport([
      vitestFile('a.test.ts', 'failed', { one: 'passed', two: 'failed', three: 'skipped' }),
      vitestFile('b.test.ts', 'passed', { four: 'passed', five: 'todo', six: 'pending' }),
    ]);
    expect(tallyVitest(report, 'ended with exit code 1')).toEqual({
      passed: 2,
      failed: ['a.test.ts: two'],
      skipped: ['a.test.ts: three', 'b.test.ts: five', 'b.test.ts: six'],
      flaky: [],
    });
  });

  it('names what passed at a second try', () => {
    const again = {
      fullName: 'one',
      status: 'passed',
      failureMessages: ['AssertionError: expected 1 to be 2'],
    };
    const once = { fullName: 'two', status: 'passed', failureMessages: [] };
    const file = { name: 'a.test.ts', status: 'passed', message: '', assertionResults: [again, once] };
    const tally = tallyVitest(vitestReport([file]), null);
    expect(tally).toEqual({ passed: 2, failed: [], skipped: [], flaky: ['a.test.ts: one'] });
  });

  it('counts a file that did not load as one failed test', () => {
    const report = vitestReport([
      vitestFile('a.test.ts', 'passed', { one: 'passed' }),
      vitestFile('b.test.ts', 'failed', {}, 'Cannot find module'),
    ]);
    expect(tallyVitest(report, 'ended with exit code 1').failed).toEqual(['b.test.ts: Cannot find module']);
  });

  it('counts a failed set-up, whose tests were only skipped, as one failed test', () => {
    const report = vitestReport([vitestFile('a.test.ts', 'failed', { one: 'skipped' })]);
    const tally = tallyVitest(report, 'ended with exit code 1');
    expect(tally.failed).toEqual(['a.test.ts: set-up failed']);
    expect(tally.skipped).toEqual(['a.test.ts: one']);
  });

  it('counts a runner that failed at nothing it reports', () => {
    const report = vitestReport([vitestFile('a.test.ts', 'passed', { one: 'passed' })]);
    expect(tallyVitest(report, 'was ended by SIGKILL').failed).toEqual(['vitest: was ended by SIGKILL']);
  });

  it('does not pass an empty run', () => {
    expect(tallyVitest(vitestReport([]), null).failed).toEqual(['vitest: no test ran']);
  });

  it.each(['', '{', 'null', '[]', '{"testResults":3}', '{"testResults":[1]}'])('refuses %j', (report) => {
    expect(() => tallyVitest(report, null)).toThrow();
  });
});

function spec(title: string, ...statuses: readonly string[]) {
  return { title, tests: statuses.map((status, index) => ({ status, projectName: `project${index}` })) };
}

describe('tallyPlaywright', () => {
  it('counts each test of each project, in nested suites too', () => {
    const report = JSON.stringify({
      suites: [
        {
          title: 'a.e2e.ts',
          specs: [spec('top', 'expected', 'skipped')],
          suites: [{ title: 'inner', specs: [spec('deep', 'unexpected'), spec('again', 'flaky')] }],
        },
      ],
      errors: [],
    });
    expect(tallyPlaywright(report, 'ended with exit code 1')).toEqual({
      passed: 2,
      failed: ['project0 › a.e2e.ts › inner › deep'],
      skipped: ['project1 › a.e2e.ts › top'],
      flaky: ['project0 › a.e2e.ts › inner › again'],
    });
  });

  it('counts an error outside of the tests', () => {
    const report = JSON.stringify({ suites: [], errors: [{ message: 'global set-up failed\n  at …' }] });
    expect(tallyPlaywright(report, 'ended with exit code 1').failed).toEqual([
      'playwright: global set-up failed',
    ]);
  });

  it('does not pass an empty run', () => {
    expect(tallyPlaywright('{"suites":[],"errors":[]}', null).failed).toEqual(['playwright: no test ran']);
  });
});

describe('the end of a run', () => {
  const all = sumTallies([
    tallyStep('check', null),
    tallyStep('build', 'ended with exit code 3'),
    { passed: 4, failed: ['x'], skipped: ['y', 'z'], flaky: ['w'] },
  ]);

  it('sums all suites into one line', () => {
    expect(all.failed).toEqual(['build: ended with exit code 3', 'x']);
    expect(all.flaky).toEqual(['w']);
    expect(closingLine(all)).toBe('5 passed, 2 failed, 2 skipped');
  });

  it.each([
    [['x'], [], false, 1],
    [[], [], true, 0],
    [[], ['y'], false, 0],
    [[], ['y'], true, 1],
  ])('with %j failed and %j skipped (skipping fails: %s) exits with %i', (failed, skipped, strict, code) => {
    expect(exitCodeOf({ passed: 1, failed, skipped, flaky: ['w'] }, strict)).toBe(code);
  });
});
