/** Turns readings of a byte counter into progress a person can read: a calm speed, and a time left that does not jump. */
import type { JobPhase, JobProgress } from '#shared/domain/job.ts';

/** One look at the counter of a running operation. */
export interface Reading {
  readonly phase: JobPhase;
  readonly item: string | null;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Of the phases before this one, and of those that will follow as far as it is known. */
  readonly earlierBytes: number;
  readonly laterBytes: number;
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
 * The next measurement after `previous`. The time left is that of the whole job: it runs on from phase to phase, and only
 * leans where another phase or the next item has another speed. `atMilliseconds` from any fixed moment.
 */
export function measure(previous: Measurement | null, given: Reading, atMilliseconds: number): Measurement {
  const reading = { ...given, doneBytes: Math.max(0, Math.min(given.doneBytes, given.totalBytes)) };
  if (previous === null) return measurement(reading, atMilliseconds, 0, 0, null);
  const elapsed = (atMilliseconds - previous.atMilliseconds) / 1000;
  if (!(elapsed > 0)) return previous;
  const { progress: last, weightedBytesPerSecond, weight } = previous;
  const expected = previous.secondsLeft === null ? null : Math.max(0, previous.secondsLeft - elapsed);
  const isAnother =
    last.phase !== reading.phase ||
    last.item !== reading.item ||
    last.totalBytes !== reading.totalBytes ||
    reading.doneBytes < last.doneBytes;
  if (isAnother) {
    // The speed stays shown, and gives way to the new one within seconds.
    const kept = weight > trustedWeight ? trustedWeight / weight : 1;
    return measurement(reading, atMilliseconds, weightedBytesPerSecond * kept, weight * kept, expected);
  }
  // A phase that counts nothing (tables being written, a file brought to the disk) says nothing of the speed.
  if (reading.totalBytes === 0) {
    return measurement(reading, atMilliseconds, weightedBytesPerSecond, weight, expected);
  }
  const kept = Math.exp(-elapsed / speedSeconds);
  const weighted =
    weightedBytesPerSecond * kept + ((reading.doneBytes - last.doneBytes) / elapsed) * (1 - kept);
  const newWeight = weight * kept + (1 - kept);
  const leftBytes = reading.totalBytes - reading.doneBytes + reading.laterBytes;
  const left = nextSecondsLeft(expected, elapsed, leftBytes, weighted / newWeight);
  return measurement(reading, atMilliseconds, weighted, newWeight, left);
}

/** The same after a rest that ended at `atMilliseconds`: no time has passed for the speed and the time left. */
export function afterRest(previous: Measurement, atMilliseconds: number): Measurement {
  return { ...previous, atMilliseconds };
}

function nextSecondsLeft(
  expected: number | null,
  elapsed: number,
  leftBytes: number,
  bytesPerSecond: number,
): number | null {
  if (leftBytes === 0) return 0;
  const estimate = leftBytes / bytesPerSecond;
  if (!(estimate <= longestSeconds)) return null;
  if (expected === null) return estimate;
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
      earlierBytes: reading.earlierBytes,
      laterBytes: reading.laterBytes,
      bytesPerSecond: trusted ? Math.round(weightedBytesPerSecond / weight) : null,
      secondsLeft: secondsLeft === null ? null : Math.ceil(secondsLeft),
    },
    atMilliseconds,
    weightedBytesPerSecond,
    weight,
    secondsLeft,
  };
}
