/** The store of secrets, which only the main thread can open, lent to the thread of the jobs. */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { Failure, type FailureData } from '#shared/failure.ts';
import type { PermissionStore } from './secrets.ts';

/** The thread's end: it sleeps until its question is answered, as the operation does that has something to keep. */
export interface LentStore {
  readonly port: MessagePort;
  /** One 32-bit word: 1 when the answer lies in the port. */
  readonly memory: SharedArrayBuffer;
}

type Question =
  | { readonly name: 'read' | 'remove'; readonly key: string }
  | { readonly name: 'write'; readonly key: string; readonly secret: string };
type Answer = { readonly secret: string | null } | { readonly failure: FailureData };

/** Answers what comes over `port`; the store is opened when it is first asked. */
export function lendStore({ port, memory }: LentStore, open: () => PermissionStore): void {
  const answered = new Int32Array(memory);
  port.on('message', (question: Question) => {
    port.postMessage(answerTo(question, open));
    Atomics.store(answered, 0, 1);
    Atomics.notify(answered, 0);
  });
}

function answerTo(question: Question, open: () => PermissionStore): Answer {
  try {
    const store = open();
    if (question.name === 'read') return { secret: store.read(question.key) };
    if (question.name === 'write') store.write(question.key, question.secret);
    else store.remove(question.key);
    return { secret: null };
  } catch (error) {
    return { failure: Failure.from(error).toData() };
  }
}

/** The store as the thread has it. Its calls throw as those of the store that was lent. */
export function borrowedStore({ port, memory }: LentStore): PermissionStore {
  const answered = new Int32Array(memory);
  const ask = (question: Question): string | null => {
    Atomics.store(answered, 0, 0);
    port.postMessage(question);
    Atomics.wait(answered, 0, 0);
    const answer = receiveMessageOnPort(port)!.message as Answer;
    if ('failure' in answer) throw Failure.fromData(answer.failure);
    return answer.secret;
  };
  return {
    read: (key) => ask({ name: 'read', key }),
    write: (key, secret) => void ask({ name: 'write', key, secret }),
    remove: (key) => void ask({ name: 'remove', key }),
  };
}
