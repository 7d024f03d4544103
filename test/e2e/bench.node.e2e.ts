// The benchmark in its bounded form: each row runs once, its outputs are right, and its figures are there.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { projectFolder } from '../../build/paths.ts';
import type { RowResult } from '../bench/report.ts';
import { expect, test } from './app.ts';

const benchMs = 4 * 60_000;

/** One row of each kind of work, and of each way that inputs are made. */
const chosen = [
  'ova→qcow2',
  'qcow2-zlib→raw',
  'raw→qcow2-zstd',
  'raw→vmdk',
  'vhd→vhdx',
  'gz→qcow2',
  'hash:vmdk',
  'compare:raw=qcow2',
  'check:huge',
  'map:huge',
  'info:huge',
];

test('npm run bench prints ours and qemu-img’s figures for every kind of row', ({ places }) => {
  test.setTimeout(benchMs);
  const report = join(places.root, 'bench.json');
  const words = [
    'run',
    '-s',
    'bench',
    '--',
    '--gib',
    '0.125',
    '--pairs',
    '1',
    ...chosen.flatMap((id) => ['--only', id]),
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
  expect(results.map(({ id }) => id)).toEqual(chosen);
  for (const { id, contenders, notYet } of results) {
    expect(stdout).toContain(`| ${id}`);
    expect(notYet).toBeNull();
    const [ours, theirs] = contenders;
    expect([ours!.program, theirs!.program]).toEqual(['platter', 'qemu-img']);
    expect(ours!.timesAsFast).toBeGreaterThan(0);
    for (const { runs, median: middle, outputBytes } of contenders) {
      expect(runs).toHaveLength(1);
      expect(middle.wallSeconds).toBeGreaterThan(0);
      expect(middle.peakBytes).toBeGreaterThan(1024 * 1024);
      if (outputBytes !== null) expect(outputBytes).toBeGreaterThan(8 * 1024 * 1024);
    }
  }
  expect(stdout).toContain('qemu-img compare found each output identical');
});

test('what cannot be meant is refused', ({ places }) => {
  for (const words of [
    ['--only', 'ova→iso'],
    ['--gib', 'huge'],
    ['--pairs', '0'],
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
