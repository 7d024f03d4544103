/** One run of the command line: a worker thread for the engine, progress on the terminal, and the exit code. */
import type { OperationProgress } from '../worker/client.ts';
import { WorkerThread, type WorkerClient } from '../worker/client.ts';
import { workerEntries } from '../entries.ts';
import { Failure, isFailure } from '#shared/failure.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { formatBytesOf, formatDuration, formatSpeed, percentOf } from '#shared/text/units.ts';

/** 0 yes or done; 1 the answer is no; 2 it failed. */
export type ExitCode = 0 | 1 | 2;

const barWidth = 24;
const redrawMilliseconds = 120;

/** Runs one engine operation, draws its progress where a terminal watches, and stops it cleanly on Ctrl-C. */
export async function runOperation<T>(json: boolean, call: (client: WorkerClient) => Promise<T>): Promise<T> {
  const thread = new WorkerThread(workerEntries());
  const interrupted = (): void => thread.cancel();
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  const bar = json || process.stderr.isTTY !== true ? null : new ProgressLine(() => thread.progress);
  try {
    return await thread.run(call);
  } finally {
    bar?.stop();
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    await thread.terminate();
  }
}

/** Prints the answer: one JSON object, or lines for people. */
export function answer(json: boolean, value: unknown, lines: () => readonly string[]): void {
  process.stdout.write(
    json
      ? `${JSON.stringify(value)}\n`
      : lines()
          .map((line) => `${line}\n`)
          .join(''),
  );
}

/** Says on one line of stderr what went wrong. */
export function reportFailure(error: unknown): ExitCode {
  const failure = Failure.from(error);
  const { sentence } = describeFailure(failure.toData());
  process.stderr.write(`platter: ${failure.code}: ${sentence}\n`);
  if (isFailure(failure, 'internal') && process.env['PLATTER_DEBUG'] !== undefined) {
    process.stderr.write(`${String((failure.cause as Error | undefined)?.stack ?? failure.stack)}\n`);
  }
  return 2;
}

/** A line that redraws itself: phase, bar, bytes, speed, time left. */
class ProgressLine {
  readonly #timer: NodeJS.Timeout;
  readonly #progress: () => OperationProgress | null;
  #phase = '';
  #phaseStart = 0;
  #drawn = false;

  constructor(progress: () => OperationProgress | null) {
    this.#progress = progress;
    this.#timer = setInterval(() => this.#draw(), redrawMilliseconds);
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#drawn) process.stderr.write('\r\u001b[K');
  }

  #draw(): void {
    const progress = this.#progress();
    if (progress === null || progress.totalBytes === 0) return;
    const { phase, item, doneBytes, totalBytes } = progress;
    const key = `${phase} ${item ?? ''}`;
    if (key !== this.#phase) {
      this.#phase = key;
      this.#phaseStart = Date.now();
    }
    const seconds = (Date.now() - this.#phaseStart) / 1000;
    const speed = seconds > 0.5 ? doneBytes / seconds : 0;
    const filled = Math.round((Math.min(doneBytes, totalBytes) / totalBytes) * barWidth);
    const rest =
      speed > 0 ? `  ${formatSpeed(speed)}  ${formatDuration((totalBytes - doneBytes) / speed)} left` : '';
    const percent = String(percentOf(doneBytes, totalBytes)).padStart(3);
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
    const line = `${phase.padEnd(10)} ${bar} ${percent} %  ${formatBytesOf(doneBytes, totalBytes)}${rest}`;
    process.stderr.write(`\r\u001b[K${line.slice(0, (process.stderr.columns || 100) - 1)}`);
    this.#drawn = true;
  }
}
