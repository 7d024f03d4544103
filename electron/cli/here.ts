/** Operations that only read: run in this thread, since starting another one takes longer than most of them do. */
import type { Control } from '#engine/control.ts';
import { defaultWorkers } from '#engine/pipeline/threads.ts';
import { workerEntries } from '../entries.ts';
import { ProgressLine, redrawMilliseconds, type Progress } from './progress-line.ts';

/**
 * Runs an operation that leaves nothing behind when the process ends: Ctrl-C may end it at any moment. Its progress is
 * drawn where a terminal watches. `workers` as in Control; one per core when undefined.
 */
export function readHere<T>(json: boolean, workers: number | undefined, read: (control: Control) => T): T {
  const line = ProgressLine.forPeople(json);
  try {
    return read(controlHere(workers ?? defaultWorkers(), line));
  } finally {
    line?.clear();
  }
}

function controlHere(workers: number, line: ProgressLine | null): Control {
  let progress: Progress | null = null;
  let drawnAt = Date.now();
  return {
    workers,
    computerEntry: workerEntries().computer,
    throwIfCancelled() {},
    begin(phase, totalBytes, item) {
      progress = { phase, item: item ?? null, doneBytes: 0, totalBytes };
    },
    advance(bytes) {
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
