/** Serves the window and the contract to browsers, on this machine only unless told otherwise. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '#shared/failure.ts';
import type { AppRouter } from '../services/router.ts';
import { authorityOf } from './authority.ts';
import { answerRequest } from './requests.ts';
import { Session } from './session.ts';
import { createSockets } from './sockets.ts';
import type { StaticFiles } from './static-files.ts';

export interface WebHostOptions {
  /** The address or name to listen on; 127.0.0.1 unless said otherwise. */
  readonly host?: string;
  /** 0, or absent: a free one. */
  readonly port?: number;
  readonly router: AppRouter;
  readonly files: StaticFiles;
  readonly heartbeatMilliseconds?: number;
}

export interface WebHost {
  /** Scheme, host and port: `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** The address to open, with the token: whoever has it has all that Platter can do. */
  readonly url: string;
  /** The same with a token that is good once, for the arguments of another program. */
  createOneTimeUrl(): string;
  /** Stops listening and cuts off the connections. */
  close(): Promise<void>;
}

const connectionLimit = 256;
const defaultHeartbeatMilliseconds = 30_000;
const everyAddress: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** @throws Failure `io.denied`, `io.failed` when the system does not let us listen there. */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const host = options.host ?? '127.0.0.1';
  const server = createServer({ maxHeaderSize: 16 * 1024 });
  server.maxConnections = connectionLimit;
  const port = await listen(server, host, options.port ?? 0);
  const parts = { address: { host, port }, session: new Session(port), files: options.files };
  const heartbeat = options.heartbeatMilliseconds ?? defaultHeartbeatMilliseconds;
  const sockets = createSockets(parts, options.router, heartbeat);
  server.on('request', (request, response) => answerRequest(parts, request, response));
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  const origin = `http://${authorityOf({ host: everyAddress[host] ?? host, port })}`;
  const urlWith = (token: string): string => `${origin}/?token=${token}`;
  return {
    origin,
    url: urlWith(parts.session.token),
    createOneTimeUrl: () => urlWith(parts.session.createOneTimeToken()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        sockets.close();
        server.closeAllConnections();
      }),
  };
}

/** The port it listens on. */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const path = authorityOf({ host, port });
      reject(
        error.code === 'EACCES'
          ? new Failure('io.denied', { path }, error)
          : new Failure('io.failed', { path, reason: error.code ?? error.message }, error),
      );
    });
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}
