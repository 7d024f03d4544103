/** How many compute threads an operation starts when nobody says. */
import { availableParallelism } from 'node:os';

/** One per core that this process may use. */
export function defaultWorkers(): number {
  return availableParallelism();
}
