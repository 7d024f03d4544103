/** Runs a program under GNU time and reports what it took: wall clock, processor time of its whole process tree, peak memory. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { toolPath } from '../setup/tool-paths.ts';

export interface Measurement {
  readonly wallSeconds: number;
  /** User and system time of the program and all that it started. */
  readonly cpuSeconds: number;
  /** The largest resident set of any one process in the tree. */
  readonly peakBytes: number;
}

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process' environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that ended with another exit code than 0. */
export class ProgramFailed extends Error {
  /** The end of what it wrote to stderr. */
  readonly complaint: string;

  constructor(message: string, complaint: string) {
    super(`${message}\n${complaint}`);
    this.complaint = complaint;
  }
}

/** What GNU time was told to write: user and system seconds, and the peak in KiB. Throws when it is something else. */
export function parseTimes(text: string): { cpuSeconds: number; peakBytes: number } {
  // A program that fails makes GNU time say so on a line before.
  const line = text.trim().split('\n').at(-1) ?? '';
  const match = /^(\d+\.\d+) (\d+\.\d+) (\d+)$/.exec(line);
  if (match === null) throw new Error(`not what GNU time writes: ${text}`);
  const [user, system, peak] = match.slice(1).map(Number) as [number, number, number];
  return { cpuSeconds: user + system, peakBytes: peak * 1024 };
}

/** Runs a program to its end. @throws ProgramFailed; Error when GNU time is missing. */
export async function measure({ command, args, env }: Program): Promise<Measurement> {
  const time = toolPath('time');
  if (time === null) throw new Error('measuring needs time (Debian package time)');
  const folder = mkdtempSync(join(tmpdir(), 'platter-time-'));
  const report = join(folder, 'times');
  try {
    const started = performance.now();
    await run(time, ['-f', '%U %S %M', '-o', report, command, ...args], { ...process.env, ...env });
    const wallSeconds = (performance.now() - started) / 1000;
    return { wallSeconds, ...parseTimes(readFileSync(report, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
    let complaint = '';
    child.stderr.on('data', (piece: Buffer) => {
      complaint = (complaint + piece.toString()).slice(-4000);
    });
    child.on('error', reject);
    child.on('close', (exitCode) => {
      if (exitCode === 0) resolve();
      else {
        const message = `${args.slice(4).join(' ')} ended with exit code ${exitCode}`;
        reject(new ProgramFailed(message, complaint));
      }
    });
  });
}

/** The middle of the values; the mean of the two in the middle when their number is even. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no values have no median');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Each figure's median on its own. */
export function medianOf(measurements: readonly Measurement[]): Measurement {
  return {
    wallSeconds: median(measurements.map(({ wallSeconds }) => wallSeconds)),
    cpuSeconds: median(measurements.map(({ cpuSeconds }) => cpuSeconds)),
    peakBytes: median(measurements.map(({ peakBytes }) => peakBytes)),
  };
}
