/** Turns readings of a byte counter into progress a person can read: a calm speed, and a time left that does not jump. */
import type { JobPhase, JobProgress } from '#shared/domain/job.ts';

/** One look at the counter of a running operation. */
export interface Reading {
  readonly phase: JobPhase;
  readonly item: string | null;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** The progress, and what the next measurement needs. */
export interface Measurement {
  readonly progress: JobProgress;
  readonly atMilliseconds: number;
  /** Exponential average of the speed, not yet divided by `weight`. */
  readonly weightedBytesPerSecond: number;
  /** How much of a full average has been seen, 0 to 1. */
  readonly weight: number;
  /** Not rounded, unlike the one that is shown. */
  readonly secondsLeft: number | null;
}

/** A change of speed is half believed after about three seconds. */
const speedSeconds = 4;
/** The time left runs down like a clock and leans towards the newest estimate at this pace. */
const leaningSeconds = 6;
/** The weight after a second of readings: before that, a speed would be a guess. */
const trustedWeight = 1 - Math.exp(-1 / speedSeconds) - 1e-9;
/** A longer time says nothing. */
const longestSeconds = 99 * 3600;

/**
 * The next measurement after `previous`. The average runs over a phase: another one starts it again, while another
 * item of the same phase keeps the speed and only estimates the time afresh. `atMilliseconds` from any fixed moment.
 */
export function measure(previous: Measurement | null, reading: Reading, atMilliseconds: number): Measurement {
  const doneBytes = Math.max(0, Math.min(reading.doneBytes, reading.totalBytes));
  const last = previous?.progress;
  if (!previous || !last || last.phase !== reading.phase) {
    return measurement({ ...reading, doneBytes }, atMilliseconds, 0, 0, null);
  }
  const { weightedBytesPerSecond, weight } = previous;
  if (last.item !== reading.item || doneBytes < last.doneBytes || last.totalBytes !== reading.totalBytes) {
    return measurement({ ...reading, doneBytes }, atMilliseconds, weightedBytesPerSecond, weight, null);
  }
  const elapsed = (atMilliseconds - previous.atMilliseconds) / 1000;
  if (!(elapsed > 0)) return previous;
  const kept = Math.exp(-elapsed / speedSeconds);
  const weighted = weightedBytesPerSecond * kept + ((doneBytes - last.doneBytes) / elapsed) * (1 - kept);
  const newWeight = weight * kept + (1 - kept);
  const left = nextSecondsLeft(
    previous.secondsLeft,
    elapsed,
    reading.totalBytes - doneBytes,
    weighted / newWeight,
  );
  return measurement({ ...reading, doneBytes }, atMilliseconds, weighted, newWeight, left);
}

function nextSecondsLeft(
  shown: number | null,
  elapsed: number,
  leftBytes: number,
  bytesPerSecond: number,
): number | null {
  if (leftBytes === 0) return 0;
  const estimate = leftBytes / bytesPerSecond;
  if (!(estimate <= longestSeconds)) return null;
  if (shown === null) return estimate;
  const expected = Math.max(0, shown - elapsed);
  return expected + (estimate - expected) * (1 - Math.exp(-elapsed / leaningSeconds));
}

function measurement(
  reading: Reading,
  atMilliseconds: number,
  weightedBytesPerSecond: number,
  weight: number,
  estimatedSecondsLeft: number | null,
): Measurement {
  const trusted = weight >= trustedWeight;
  const secondsLeft = trusted ? estimatedSecondsLeft : null;
  return {
    progress: {
      phase: reading.phase,
      item: reading.item,
      doneBytes: reading.doneBytes,
      totalBytes: reading.totalBytes,
      bytesPerSecond: trusted ? Math.round(weightedBytesPerSecond / weight) : null,
      secondsLeft: secondsLeft === null ? null : Math.ceil(secondsLeft),
    },
    atMilliseconds,
    weightedBytesPerSecond,
    weight,
    secondsLeft,
  };
}
