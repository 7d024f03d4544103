// What the questions cost on an image with millions of clusters: counted, not timed.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWith, toolPath } from '../../setup/tools.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { parseTrace } from '../engine/operations/traced-convert.ts';

const folder = scratchFolder();
const home = join(folder, 'home');
const cli = new URL('../../../electron/cli.ts', import.meta.url).pathname;
const clusterCount = 4 << 20;
const tableBytes = clusterCount * 8;
const refcountBytes = clusterCount * 2;
const timeout = 60_000;

/** The command line from its sources, with what it takes: its peak of memory in bytes is its only line on stderr. */
function platter(...words: readonly string[]) {
  const tell = 'process.on("exit",()=>console.error(process.resourceUsage().maxRSS*1024))';
  const args = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, cli, ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, PLATTER_HOME: home },
    maxBuffer: 1 << 30,
    timeout,
  });
  return { status, stdout, peakBytes: Number(stderr) };
}

/** How many bytes of `path` the command reads. */
function bytesRead(path: string, ...words: readonly string[]): number {
  const log = join(folder, 'strace.log');
  const trace = ['-f', '-y', '-z', '-s', '0', '--seccomp-bpf', '-e', 'trace=pread64,preadv,read', '-o', log];
  execFileSync(toolPath('strace')!, [...trace, process.execPath, cli, ...words], {
    env: { ...process.env, PLATTER_HOME: home },
    timeout,
  });
  return parseTrace(readFileSync(log, 'utf8'))
    .reads(path)
    .reduce((sum, { length }) => sum + length, 0);
}

describeWith(['qemu-img', 'strace'], 'a disk of 2 TiB with 4 million clusters', () => {
  const path = join(folder, 'huge.qcow2');
  beforeAll(() => {
    mkdirSync(home);
    const qemuImg = toolPath('qemu-img')!;
    const size = String(clusterCount * 65_536);
    execFileSync(qemuImg, ['create', '-q', '-f', 'qcow2', '-o', 'preallocation=metadata', path, size]);
    execFileSync(qemuImg, ['resize', '-q', '-f', 'qcow2', path, '2T']);
  }, timeout);

  it('is described from its headers', () => {
    const { status, stdout, peakBytes } = platter('info', path, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ virtualSizeBytes: 2 ** 41 });
    expect(peakBytes).toBeLessThan(150e6);
    expect(bytesRead(path, 'info', path)).toBeLessThan(2 << 20);
  });

  it('is checked in one pass over its tables', () => {
    const { status, stdout, peakBytes } = platter('check', path, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ corruptions: 0, leaks: 0, allocatedUnits: clusterCount });
    expect(peakBytes).toBeLessThan(300e6);
    // Refcounts are looked at twice: for the flags in the tables, and in the end.
    expect(bytesRead(path, 'check', path)).toBeLessThan(1.1 * (tableBytes + 2 * refcountBytes));
  });

  it('is mapped as qemu-img maps it, in one pass over its tables', () => {
    const { status, stdout, peakBytes } = platter('map', path, '--json');
    expect(status).toBe(0);
    const { extents } = JSON.parse(stdout) as { extents: { state: string; length: number }[] };
    const stored = extents.filter(({ state }) => state === 'stored');
    expect(stored.reduce((sum, { length }) => sum + length, 0)).toBe(clusterCount * 65_536);
    expect(peakBytes).toBeLessThan(300e6);
    expect(bytesRead(path, 'map', path)).toBeLessThan(1.1 * tableBytes);
  });
});
