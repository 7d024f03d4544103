// The benchmark in its bounded form: each row runs once, its outputs are right, and its figures are there.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { projectFolder } from '../../build/paths.ts';
import { median, parseTimes } from '../bench/measure.ts';
import type { RowResult } from '../bench/report.ts';
import { rows } from '../bench/rows.ts';
import { expect, test } from './app.ts';

const benchMs = 4 * 60_000;

test('npm run bench prints ours and qemu-img’s figures for every row', ({ places }) => {
  test.setTimeout(benchMs);
  const report = join(places.root, 'bench.json');
  const words = [
    'run',
    '-s',
    'bench',
    '--',
    '--size',
    '64MiB',
    '--runs',
    '1',
    '--folder',
    places.temporary,
    '--json',
    report,
  ];
  const { status, stdout, stderr } = spawnSync('npm', words, {
    cwd: projectFolder,
    encoding: 'utf8',
    timeout: benchMs,
  });
  expect(status, stderr).toBe(0);
  const { rows: results } = JSON.parse(readFileSync(report, 'utf8')) as { rows: RowResult[] };
  expect(results.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  for (const { id, contenders } of results) {
    expect(stdout).toContain(id);
    expect(contenders.map(({ program }) => program)).toEqual(['platter', 'qemu-img', 'platter']);
    for (const { runs, median: middle, outputBytes } of contenders) {
      expect(runs).toHaveLength(1);
      expect(middle.wallSeconds).toBeGreaterThan(0);
      expect(middle.cpuSeconds).toBeGreaterThan(0);
      expect(middle.peakBytes).toBeGreaterThan(1024 * 1024);
      expect(outputBytes).toBeGreaterThan(32 * 1024 * 1024);
    }
  }
  expect(stdout).toContain('qemu-img compare found each output identical');
});

test('an unknown row or size is refused', ({ places }) => {
  for (const words of [
    ['--only', 'ova→iso'],
    ['--size', 'huge'],
    ['--runs', '0'],
  ]) {
    const options = {
      cwd: projectFolder,
      encoding: 'utf8',
      env: { ...process.env, TMPDIR: places.temporary },
    } as const;
    const { status, stderr } = spawnSync(process.execPath, ['test/bench/run.ts', ...words], options);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^bench: /m);
  }
});

test('the figures are read and summed up as they are', () => {
  expect(parseTimes('1.25 0.50 2048\n')).toEqual({ cpuSeconds: 1.75, peakBytes: 2 * 1024 * 1024 });
  expect(parseTimes('Command exited with non-zero status 1\n0.01 0.02 4\n').peakBytes).toBe(4096);
  expect(() => parseTimes('nothing of the kind')).toThrow('not what GNU time writes');
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});
