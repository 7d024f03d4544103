import { describe, expect, it } from 'vitest';
import { Broadcast, EventQueue } from '../../../electron/jobs/broadcast.ts';

interface Count {
  readonly of: string;
  readonly value: number;
  readonly closes?: boolean;
}

const lines: string[] = [];
const createCounts = (): Broadcast<Count> =>
  new Broadcast<Count>(
    {
      key: (event) => `${event.of}${event.closes ? ' closed' : ''}`,
      replaces: (event) => (event.closes ? [event.of] : []),
    },
    (line) => lines.push(line),
  );
const apples = (value: number): Count => ({ of: 'apples', value });
const pears = (value: number): Count => ({ of: 'pears', value });

async function readAll(queue: EventQueue<Count>): Promise<Count[]> {
  const events: Count[] = [];
  queue.end();
  for await (const event of queue) events.push(event);
  return events;
}

describe('Broadcast', () => {
  it('gives every watcher every event from the moment it watches', async () => {
    const counts = createCounts();
    counts.publish(apples(0));
    const [one, other] = [counts.watch(), counts.watch()];
    counts.publish(apples(1));
    expect(await one.next()).toEqual({ done: false, value: apples(1) });
    counts.publish(pears(2));
    expect(await one.next()).toEqual({ done: false, value: pears(2) });
    expect(await other.next()).toEqual({ done: false, value: apples(1) });
    expect(await other.next()).toEqual({ done: false, value: pears(2) });
  });

  it('wakes a reader that waits', async () => {
    const counts = createCounts();
    const queue = counts.watch();
    const [first, second] = [queue.next(), queue.next()];
    counts.publish(apples(1));
    counts.publish(apples(2));
    expect((await first).value).toEqual(apples(1));
    expect((await second).value).toEqual(apples(2));
  });

  it('keeps only the newest of a kind for a slow reader, at its own time', async () => {
    const counts = createCounts();
    const queue = counts.watch();
    for (let value = 0; value < 1000; value++) counts.publish(apples(value));
    counts.publish(pears(1));
    counts.publish(apples(1000));
    expect(queue.unread).toEqual([pears(1), apples(1000)]);
    counts.publish({ ...pears(2), closes: true });
    expect(queue.unread).toEqual([apples(1000), { ...pears(2), closes: true }]);
  });

  it('forgets a watcher that went, by signal or by return', async () => {
    const counts = createCounts();
    const abort = new AbortController();
    const queue = counts.watch(abort.signal);
    const other = counts.watch();
    const waiting = queue.next();
    expect(counts.size).toBe(2);
    abort.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(counts.size).toBe(1);
    await other.return();
    expect(counts.size).toBe(0);
    expect(await other.next()).toEqual({ done: true, value: undefined });
  });

  it('does not begin for a signal that was aborted before', async () => {
    const counts = createCounts();
    const queue = counts.watch(AbortSignal.abort());
    expect(counts.size).toBe(0);
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('tells the others when a listener fails', () => {
    const counts = createCounts();
    const heard: number[] = [];
    counts.listen(() => {
      throw new Error('deaf');
    });
    const stop = counts.listen((event) => heard.push(event.value));
    counts.publish(apples(1));
    stop();
    counts.publish(apples(2));
    expect(heard).toEqual([1]);
    expect(lines).toEqual(['a listener failed: Error: deaf', 'a listener failed: Error: deaf']);
  });
});

describe('EventQueue', () => {
  it('shows what was not read to those who listen to its end', async () => {
    const queue = new EventQueue<Count>({ key: (event) => event.of });
    const unread: Count[] = [];
    queue.onEnd(() => unread.push(...queue.unread));
    queue.push(apples(1));
    queue.push(pears(1));
    await queue.next();
    expect(await readAll(queue)).toEqual([]);
    expect(unread).toEqual([pears(1)]);
    queue.push(apples(2));
    expect(queue.unread).toEqual([]);
  });
});
