/** A compute thread as the ordered thread sees it: started, and asked whether it still lives. */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { Failure, type FailureData } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ComputerSetup, ComputerStart } from './thread.ts';

/**
 * What a thread works on lies outside its heap; with room for more, V8 collects its short-lived objects late and many threads
 * together hold hundreds of MiB of them.
 */
const youngMebibytes = 2;

/**
 * Compute threads end by themselves once stopped. Their console output is not waited for: the starter never yields. So it does not
 * hear either when one dies; it sees that in a port whose other end the thread holds, and which closes with it.
 */
export class ComputeThread {
  readonly #worker: Worker;
  readonly #line: MessagePort;
  /** Whether a port of this runtime says that it is closed: Node does so without promising it. */
  readonly #showsEnd: boolean;
  #failure: Failure | null = null;

  constructor(entry: string, setup: ComputerSetup) {
    const { port1, port2 } = new MessageChannel();
    this.#line = port1;
    this.#worker = new Worker(entry, {
      workerData: { ...setup, line: port2 } satisfies ComputerStart,
      transferList: [port2],
      resourceLimits: { maxYoungGenerationSizeMb: youngMebibytes },
    });
    this.#showsEnd = isOpen(port1);
    // Without a listener it would end the starter's thread, which has long seen it then.
    this.#worker.on('error', () => {});
  }

  /** Whether nothing of it runs any more. */
  get hasEnded(): boolean {
    // The end is the last message: only with it read, the port is closed.
    for (let told = receiveMessageOnPort(this.#line); told !== undefined;) {
      this.#failure = Failure.fromData((told as { message: FailureData }).message);
      told = receiveMessageOnPort(this.#line);
    }
    return this.#showsEnd && !isOpen(this.#line);
  }

  /** @throws Failure when it has ended although nobody told it to. */
  throwIfEnded(): void {
    if (!this.hasEnded) return;
    const problem = inEnglish('a compute thread ended before its work was done, as when memory runs out');
    throw this.#failure ?? new Failure('internal', { problem });
  }

  /** Lets it end by itself. */
  release(): void {
    this.#line.close();
    this.#worker.unref();
  }
}

/** The thread reads nothing: a port tells by its answer whether there is another end. */
function isOpen(port: MessagePort): boolean {
  return (port.postMessage(null) as unknown) === true;
}
