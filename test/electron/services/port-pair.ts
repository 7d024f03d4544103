/** Both ends of the contract in one process: everything behind the router, and a client at the other port. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { RPCHandler } from '@orpc/server/message-port';
import type { Contract } from '#shared/contract/app.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import type { FailureData } from '#shared/failure.ts';
import { compose, type Backend } from '../../../electron/services/compose.ts';
import type { HostAbilities } from '../../../electron/services/host.ts';
import { FakeThread, type FakeOperation } from '../jobs/fake-thread.ts';

export type Client = ContractRouterClient<Contract>;

export interface PortPair {
  readonly backend: Backend;
  readonly client: Client;
  readonly home: string;
  readonly log: string[];
  /** Another window. */
  connect(): { readonly client: Client; disconnect(): void };
  close(): Promise<void>;
}

export interface PortPairOptions {
  readonly operation?: FakeOperation;
  readonly host?: Partial<HostAbilities>;
  readonly home?: string;
}

/** `scratch`: a folder in which the library gets one of its own. */
export function createPortPair(scratch: string, options: PortPairOptions = {}): PortPair {
  const home = options.home ?? mkdtempSync(join(scratch, 'home-'));
  const operation = options.operation ?? (() => Promise.reject(new Error('no operation was expected')));
  const log: string[] = [];
  const backend = compose({
    home,
    workerEntries: { worker: '/not/used', computer: '/not/used' },
    host: { host: 'desktop', version: '1.2.3', ...options.host },
    log: (line) => log.push(line),
    cores: 2,
    startThread: () => new FakeThread(operation),
  });
  const handler = new RPCHandler(backend.router);
  const disconnects: (() => void)[] = [];
  const connect = (): { client: Client; disconnect(): void } => {
    const { port1, port2 } = new MessageChannel();
    handler.upgrade(port1);
    const disconnect = (): void => port2.close();
    disconnects.push(disconnect);
    return { client: createORPCClient(new RPCLink({ port: port2 })), disconnect };
  };
  return {
    backend,
    client: connect().client,
    home,
    log,
    connect,
    async close() {
      for (const disconnect of disconnects) disconnect();
      await backend.close();
    },
  };
}

/** All entries of the library, the newest first, as a window gets them. */
export async function listed(client: Client): Promise<readonly LibraryEntry[]> {
  const sort = { key: 'added', direction: 'descending' } as const;
  const page = await client.library.query({ text: '', scope: '', sort, offset: 0, limit: 500 });
  return page.entries;
}

/** What a call that must fail tells the window. */
export async function failureOf(call: Promise<unknown>): Promise<FailureData> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ORPCError && error.code === 'FAILURE' && error.defined)
      return error.data as FailureData;
    throw error;
  }
  throw new Error('the call did not fail');
}
