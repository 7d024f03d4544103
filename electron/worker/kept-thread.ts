/** A thread that answers calls for as long as Platter runs, seen from the main thread: one that dies is started again. */
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { Failure } from '#shared/failure.ts';
import { filledIn, type Message } from '#shared/in-english.ts';
import { clientOver } from './calls.ts';

/** What the thread serves: calls with at most one input each. */
interface Kept {
  close(): Promise<void>;
}

export interface KeptThreadParts<K extends Kept, Event> {
  /** The thread's script: an absolute path. */
  readonly entry: string;
  /** It is started when this is settled; what is asked of it before waits. Absent: at once. */
  readonly after?: Promise<unknown>;
  /** What a thread begins with besides the port of its calls, made for each one: its data, and the ports in it. */
  readonly begin: () => { readonly data: object; readonly ports?: readonly MessagePort[] };
  /** What the thread tells without being asked. */
  readonly tell: (event: Event) => void;
  /** Why what was asked fails when the thread ends; `error` is null when it does not say. */
  readonly ended: (error: string | null) => Message;
  /** A line for who looks into it. */
  readonly log: (line: string) => void;
  /** Another thread has taken the place of one that died. */
  readonly again: (client: K) => void;
  /** How long the thread may take to close: a drive that does not answer must not keep Platter from it. */
  readonly closeMilliseconds: number;
}

interface Running<K> {
  readonly worker: Worker;
  readonly client: K;
  /** Rejects when the thread ends. */
  readonly death: Promise<never>;
}

/** A thread that dies at once each time is not started without end. */
const restartMilliseconds = 1000;

/** Starts the thread. What is asked of a thread that dies fails with `operation.interrupted`. */
export function keptInThread<K extends Kept, Event>(parts: KeptThreadParts<K, Event>): K {
  let closing = false;
  const ended = (reason: Message): void => {
    if (closing) return;
    parts.log(String(filledIn('', reason)));
    setTimeout(restart, restartMilliseconds).unref();
  };
  let running: Running<K> | null = null;
  const begin = (): void => {
    if (!closing) running = startThread(parts, ended);
  };
  const begun = parts.after?.then(begin, begin);
  if (begun === undefined) begin();
  function restart(): void {
    begin();
    if (running !== null && !closing) parts.again(running.client);
  }
  const close = async (): Promise<void> => {
    closing = true;
    if (running === null) return;
    const { worker, client, death } = running;
    const patience = delay(parts.closeMilliseconds, undefined, { ref: false });
    await Promise.race([client.close(), death, patience]).catch(() => {
      // It has died: there is nothing to close.
    });
    await worker.terminate();
  };
  const asking = (name: keyof K) => async (input: unknown) => {
    if (running === null) await begun;
    // It was closed before it began.
    if (running === null) throw new Failure('operation.interrupted', { reason: parts.ended(null) });
    const { client, death } = running;
    const call = client[name] as (input: unknown) => Promise<unknown>;
    return Promise.race([call(input), death]);
  };
  return new Proxy({} as K, {
    // A promise may be resolved with it: it must not seem to be one itself.
    get: (_, name) =>
      name === 'close'
        ? close
        : typeof name === 'string' && name !== 'then'
          ? asking(name as keyof K)
          : undefined,
  });
}

function startThread<K extends Kept, Event>(
  { entry, begin, tell, ended: reasonFor }: KeptThreadParts<K, Event>,
  ended: (reason: Message) => void,
): Running<K> {
  const calls = new MessageChannel();
  const { data, ports = [] } = begin();
  const worker = new Worker(entry, {
    workerData: { ...data, calls: calls.port2 },
    transferList: [calls.port2, ...ports],
  });
  worker.on('message', (event: Event) => tell(event));
  let reason = reasonFor(null);
  worker.on('error', (error) => (reason = reasonFor(String(error))));
  const death = new Promise<never>((_, reject) => {
    worker.once('exit', () => {
      reject(new Failure('operation.interrupted', { reason }));
      ended(reason);
    });
  });
  // Nobody may be waiting for an answer when it dies.
  death.catch(() => {});
  return { worker, death, client: clientOver<K>(calls.port1) as K };
}
