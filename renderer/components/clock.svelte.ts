/** The time, for words such as "5 minutes ago" that grow old: read it where it is shown, and it stays true. */
import { createSubscriber } from 'svelte/reactivity';

const tickMilliseconds = 30_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, tickMilliseconds);
  return () => clearInterval(timer);
});

/** The time now in milliseconds since the epoch; what reads it is drawn again twice a minute. */
export function currentTime(): number {
  subscribe();
  return Date.now();
}
