/** The one door to the main process: finds its port, types the calls, and turns errors back into failures. */
import { createORPCClient, ORPCError, type ClientContext, type ClientLink } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '#shared/contract/app.ts';
import { Failure, type FailureData } from '#shared/failure.ts';
import { t } from '#shared/text/words.ts';

/** What the desktop's preload script shows to the page. */
interface PlatterShell {
  readonly host: 'desktop';
  pathForFile(file: File): string;
}

declare global {
  interface Window {
    readonly platterShell?: PlatterShell;
  }
}

export type Client = ContractRouterClient<Contract>;

export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** `retryAt` is in milliseconds since the epoch; null while a try is under way. */
  | { readonly kind: 'lost'; readonly retryAt: number | null };

const firstDelay = 500;
const longestDelay = 15_000;

/** The failure that an error of a call stands for. */
function failureOf(error: unknown): Failure {
  const isFailure = error instanceof ORPCError && error.code === 'FAILURE';
  return isFailure ? Failure.fromData(error.data as FailureData) : Failure.from(error);
}

/** Carries calls over whatever link is open, and says when there is one. */
class Connection implements ClientLink<ClientContext> {
  #link: ClientLink<ClientContext> | null = null;
  #state: ConnectionState = { kind: 'connecting' };
  readonly #listeners = new Set<(state: ConnectionState) => void>();

  get state(): ConnectionState {
    return this.#state;
  }

  /** Calls `listener` with every state from now on; the answer stops that. */
  onChange(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once calls can be made. */
  opened(): Promise<void> {
    if (this.#state.kind === 'open') return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.onChange((state) => {
        if (state.kind !== 'open') return;
        stop();
        resolve();
      });
    });
  }

  open(link: ClientLink<ClientContext>): void {
    this.#link = link;
    this.#enter({ kind: 'open' });
  }

  lose(retryAt: number | null): void {
    this.#link = null;
    this.#enter({ kind: 'lost', retryAt });
  }

  /** Calls made before the first connection wait for it; calls made after one was lost fail at once. */
  async call(...[path, input, options]: Parameters<ClientLink<ClientContext>['call']>): Promise<unknown> {
    if (this.#state.kind === 'connecting') await this.opened();
    const link = this.#link;
    if (link === null) throw lostConnection();
    try {
      return await link.call(path, input, options);
    } catch (error) {
      if (options.signal?.aborted === true) throw new Failure('operation.cancelled', {}, error);
      throw this.#link === link ? failureOf(error) : lostConnection();
    }
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}

function lostConnection(): Failure {
  return new Failure('operation.interrupted', { reason: t('the connection to Platter was lost') });
}

/** Asks the preload script for a port to the main process, and talks over it. */
function connectPort(target: Connection): void {
  addEventListener('message', (event) => {
    const port = event.ports[0];
    if (event.data !== 'platter:port' || event.source !== window || port === undefined) return;
    target.open(new PortLink({ port }));
    port.start();
  });
  // Pages from files have an opaque origin that cannot be named; the message carries nothing secret.
  const nameless = location.origin === 'null' || location.protocol === 'file:';
  window.postMessage('platter:ready', nameless ? '*' : location.origin);
}

/** Talks over a WebSocket to the host that served the page; tries again, ever more slowly, when it is lost. */
function connectSocket(target: Connection): () => void {
  let delay = firstDelay;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const connect = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/rpc`);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      delay = firstDelay;
      target.open(new SocketLink({ websocket: socket }));
    });
    socket.addEventListener('close', () => {
      target.lose(Date.now() + delay);
      timer = setTimeout(retry, delay);
      delay = Math.min(delay * 2, longestDelay);
    });
  };
  const retry = (): void => {
    if (timer === undefined) return;
    target.lose(null);
    connect();
  };
  connect();
  return retry;
}

const shell = window.platterShell;

export const connection = new Connection();
export const api: Client = createORPCClient<Client>(connection);

/** Where the page runs, as far as it can tell before the first call. */
export const host: 'desktop' | 'web' = shell === undefined ? 'web' : 'desktop';

/** Tries to connect again now instead of at the announced time. Does nothing while connected. */
export const retryConnection: () => void = shell === undefined ? connectSocket(connection) : () => {};
if (shell !== undefined) connectPort(connection);

/** The path of a dropped file; null where only its name is known (in a browser). */
export function pathOfDropped(file: File): string | null {
  const path = shell?.pathForFile(file);
  return path === undefined || path === '' ? null : path;
}
