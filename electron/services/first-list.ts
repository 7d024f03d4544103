/** The first list is what a person waits for who starts Platter: what else takes a core comes after it. */
import { setTimeout as delay } from 'node:timers/promises';

export interface FirstList {
  /** To be called when a list was answered. */
  answered(): void;
  /** Settled when the first one is drawn, or nobody asks for any. */
  readonly drawn: Promise<void>;
}

/** What a window needs to draw what was answered. */
const drawMilliseconds = 150;
/** How long everything else waits for a list at the most. */
const patienceMilliseconds = 1500;

export function firstList(): FirstList {
  let answered = (): void => {};
  const isAnswered = new Promise<void>((resolve) => (answered = resolve));
  const pause = (milliseconds: number): Promise<void> => delay(milliseconds, undefined, { ref: false });
  return {
    answered,
    drawn: Promise.race([isAnswered.then(() => pause(drawMilliseconds)), pause(patienceMilliseconds)]),
  };
}
