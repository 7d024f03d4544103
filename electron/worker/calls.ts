/** Calls of an object's methods over a port between two threads; both ends are typed by that object, so nothing is parsed. */
import type { MessagePort } from 'node:worker_threads';
import { Failure, type FailureData } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';

type Methods = Record<string, (input: never) => Promise<unknown>>;

/** The same methods as seen from the other end. */
export type ClientOf<M> = {
  readonly [Name in keyof M]: M[Name] extends (...input: infer Input) => Promise<infer Result>
    ? (...input: Input) => Promise<Result>
    : never;
};

interface Call {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

type Answer =
  { readonly id: number; readonly result: unknown } | { readonly id: number; readonly failure: FailureData };

/** Answers the calls that come over `port`. What a method throws reaches the caller as a Failure. */
export function serveCalls(port: MessagePort, methods: Methods): void {
  const answerTo = async ({ id, name, input }: Call): Promise<Answer> => {
    try {
      const method = methods[name];
      if (method === undefined)
        throw new Failure('internal', { problem: inEnglish('there is no operation {name}', { name }) });
      return { id, result: await method(input as never) };
    } catch (error) {
      return { id, failure: Failure.from(error).toData() };
    }
  };
  port.on('message', (call: Call) => void answerTo(call).then((answer) => port.postMessage(answer)));
}

/** The client of what is served at the other end of `port`. Its promises reject with a Failure. */
export function clientOver<M extends object>(port: MessagePort): ClientOf<M> {
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  port.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const call = (name: string, input: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, (answer) => {
        if ('failure' in answer) reject(Failure.fromData(answer.failure));
        else resolve(answer.result);
      });
      port.postMessage({ id, name, input } satisfies Call);
    });
  return new Proxy({} as ClientOf<M>, {
    // A promise may be resolved with the client: it must not seem to be one itself.
    get: (_, name) =>
      typeof name === 'string' && name !== 'then' ? (input: unknown) => call(name, input) : undefined,
  });
}
