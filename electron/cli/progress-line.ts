/** The progress of an operation on a line of the terminal that redraws itself: phase, bar, bytes, speed, time left. */
import type { JobPhase } from '#shared/domain/job.ts';
import { formatBytesOf, formatDuration, formatSpeed, percentOf } from '#shared/text/units.ts';

const barWidth = 24;

/** How often a line is worth drawing. */
export const redrawMilliseconds = 120;

/** What an operation is at. */
export interface Progress {
  readonly phase: JobPhase;
  readonly item: string | null;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export class ProgressLine {
  #phase = '';
  #phaseStart = 0;
  #drawn = false;

  /** The line, where a person watches: at a terminal, and not where only JSON is wanted. */
  static forPeople(json: boolean): ProgressLine | null {
    return json || process.stderr.isTTY !== true ? null : new ProgressLine();
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#drawn) process.stderr.write('\r\u001b[K');
  }

  draw({ phase, item, doneBytes, totalBytes }: Progress): void {
    if (totalBytes === 0) return;
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
