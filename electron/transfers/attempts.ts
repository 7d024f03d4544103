/** Doing again what broke off: with rests that grow, and not what would fail the same way. */
import { Failure } from '#shared/failure.ts';
import { pause } from './control.ts';

/** Rests before the same is tried again; as many attempts and one more are made. */
export const usualRestsMilliseconds: readonly number[] = [1000, 4000, 15_000, 30_000, 60_000];

export interface Attempts {
  readonly restsMilliseconds: readonly number[];
  readonly signal: AbortSignal;
  /** Told before each rest. */
  readonly again?: () => void;
}

/** Does `work`, again after a rest where it may go better then. @throws Failure of the last attempt; what the signal has. */
export async function attempted<T>(
  { restsMilliseconds, signal, again }: Attempts,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const rest = restsMilliseconds[attempt];
      if (rest === undefined || !isPassing(error)) throw error;
      again?.();
      await pause(rest, signal);
    }
  }
}

/** What may be better the next time: the network, a service that is busy or failed by itself. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Failure)) return false;
  if (error.code === 'cloud.unreachable') return true;
  if (error.code !== 'cloud.refused') return false;
  const { status } = (error as Failure<'cloud.refused'>).details;
  return status >= 500 || status === 408 || status === 429;
}

/** Whether what is there may serve another run: it was the network, or somebody put the work off. */
export function mayGoOn(error: unknown): boolean {
  return isPassing(error) || (error instanceof Failure && error.code === 'operation.interrupted');
}

/**
 * Works on items in so many lanes at once, taken in their order as lanes become free. The first failure stops all lanes, and is
 * thrown when they have come to rest. `work` gets a signal for that.
 */
export async function inLanes<T>(
  items: Iterable<T>,
  width: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const iterator = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (;;) {
      stopping.signal.throwIfAborted();
      const next = iterator.next();
      if (next.done === true) return;
      await work(next.value, stopping.signal);
    }
  };
  try {
    const ends = await Promise.allSettled(
      Array.from({ length: width }, async () => {
        try {
          await lane();
        } catch (error) {
          // The first one's reason is what all others see.
          stopping.abort(error);
          throw error;
        }
      }),
    );
    if (ends.some(({ status }) => status === 'rejected')) throw stopping.signal.reason;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
