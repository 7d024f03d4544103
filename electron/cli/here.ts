/** Operations that only read: run in this thread, since starting another one takes longer than most of them do. */
import type { Control } from '#engine/control.ts';
import { lowerThreadPriority } from '#engine/pipeline/thread-priority.ts';
import { defaultWorkers } from '#engine/pipeline/threads.ts';
import { unlimited, type JobLimits } from '#shared/domain/job.ts';
import { workerEntries } from '../entries.ts';
import { SpeedLimit } from '#engine/pipeline/speed-limit.ts';
import { ProgressLine, redrawMilliseconds, type Progress } from './progress-line.ts';

/**
 * Runs an operation that leaves nothing behind when the process ends: Ctrl-C may end it at any moment. Its progress is
 * drawn where a terminal watches.
 */
export function readHere<T>(json: boolean, limits: JobLimits, read: (control: Control) => T): T {
  const line = ProgressLine.forPeople(json);
  try {
    return read(controlHere(limits, line));
  } finally {
    line?.clear();
  }
}

/** For questions that take but a moment. */
export const inThisThread: JobLimits = { ...unlimited, workers: 0 };

function controlHere(limits: JobLimits, line: ProgressLine | null): Control {
  if (limits.lowPriority) lowerThreadPriority();
  const speed = new SpeedLimit();
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  let progress: Progress | null = null;
  let drawnAt = Date.now();
  return {
    workers: limits.workers ?? defaultWorkers(),
    lowPriority: limits.lowPriority,
    beforeHalting() {},
    journal: null,
    computerEntry: workerEntries().computer,
    throwIfCancelled() {},
    begin(phase, totalBytes, item, doneBytes = 0) {
      progress = { phase, item: item ?? null, doneBytes, totalBytes };
    },
    expect() {},
    note() {},
    advance(bytes) {
      const wait = speed.take(bytes, limits.bytesPerSecond);
      if (wait > 0) Atomics.wait(sleeper, 0, 0, wait);
      if (line === null || progress === null) return;
      progress = { ...progress, doneBytes: progress.doneBytes + bytes };
      const now = Date.now();
      if (now - drawnAt < redrawMilliseconds) return;
      drawnAt = now;
      line.draw(progress);
    },
    partialCreated() {},
    partialGone() {},
  };
}
