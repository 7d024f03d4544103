/** Keeps a piece of state true: fetches it, applies what changes, and does so afresh after every lost connection. */
import { Failure } from '#shared/failure.ts';

export interface Live<Event> {
  /** Resolves once calls can be made. */
  readonly opened: () => Promise<void>;
  readonly subscribe: () => Promise<AsyncIterable<Event>>;
  readonly refetch: () => Promise<void>;
  readonly apply: (event: Event) => void;
  readonly failed: (failure: Failure) => void;
  /** Waits before the next try. */
  readonly pause: () => Promise<void>;
}

/**
 * Follows events for as long as `going` answers true. Subscribes before it fetches, so that nothing falls between the
 * two: events that came meanwhile are older than or equal to what was fetched, and the later ones follow in order.
 */
export async function follow<Event>(live: Live<Event>, going: () => boolean = () => true): Promise<void> {
  while (going()) {
    await live.opened();
    try {
      const events = await live.subscribe();
      await live.refetch();
      for await (const event of events) live.apply(event);
    } catch (error) {
      live.failed(Failure.from(error));
    }
    await live.pause();
  }
}
