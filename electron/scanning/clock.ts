/** Time, as the scanner sees it: the system's, or a test's. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once after so many milliseconds, unless the function returned is called first. */
  after(milliseconds: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Calls `run` again and again, that many milliseconds after the last time, until the function returned is called. */
export function every(clock: Clock, milliseconds: number, run: () => void): () => void {
  let cancel = (): void => {};
  const again = (): void => {
    cancel = clock.after(milliseconds, () => {
      run();
      again();
    });
  };
  again();
  return () => cancel();
}
