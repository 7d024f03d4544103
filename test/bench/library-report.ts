/** Rows of the library's benchmark: what was measured, how much it was, and what it should be. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** What the library must keep to, on two cores. */
export const goals = {
  firstScanRate: 2000,
  rescanRate: 20_000,
  scanBytes: 200e6,
  firstListMilliseconds: 300,
  keyMilliseconds: 16,
  windowBytes: 250e6,
  databaseBytes: 150e6,
  startMilliseconds: 1500,
  blockedMilliseconds: 50,
} as const;

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** A row; `goal` says in words what the value must be, and is left out where nothing was promised. */
export function row(
  what: string,
  value: string,
  goal?: { readonly words: string; readonly met: boolean },
): void {
  const verdict = goal === undefined ? '' : `   ${goal.met ? 'met' : 'NOT MET'}: ${goal.words}`;
  say(`${what.padEnd(58)} ${value.padStart(12)}${verdict}`);
}

/** A row of a time that must be under another one. */
export function timeRow(what: string, milliseconds: number, limit?: number): void {
  const value = `${milliseconds.toFixed(1)} ms`;
  row(
    what,
    value,
    limit === undefined ? undefined : { words: `under ${limit} ms`, met: milliseconds < limit },
  );
}

/** How long something took: by the clock, and in processor time, which says more on a machine that has other work. */
export interface Took {
  readonly milliseconds: number;
  readonly processorMilliseconds: number;
}

export function took(work: () => unknown): Took {
  const started = performance.now();
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return {
    milliseconds: performance.now() - started,
    processorMilliseconds: (user + system) / 1000,
  };
}

/** Rows of both times of something done once or often: of many, that which so large a share does not exceed. */
export function tookRows(what: string, times: readonly Took[], share = 1, limit?: number): void {
  timeRow(
    what,
    percentile(
      times.map(({ milliseconds }) => milliseconds),
      share,
    ),
    limit,
  );
  const processor = percentile(
    times.map(({ processorMilliseconds }) => processorMilliseconds),
    share,
  );
  row('  processor time of that', `${processor.toFixed(1)} ms`);
}

/** A row of a size that must be under another one. */
export function sizeRow(what: string, bytes: number, limit: number, remark = ''): void {
  const words = `under ${limit / 1e6} MB${remark}`;
  row(what, `${(bytes / 1e6).toFixed(0)} MB`, { words, met: bytes < limit });
}

/** The value that so large a share of the others does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export interface Timed<T> {
  readonly result: T;
  readonly seconds: number;
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  /** Of the event loop of this thread. */
  readonly longestBlockMilliseconds: number;
}

export async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
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
