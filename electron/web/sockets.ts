/** The contract over WebSockets, for the pages of this server and nobody else. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { AppRouter } from '../services/router.ts';
import { acceptHost, isOwnOrigin } from './authority.ts';
import type { RequestParts } from './requests.ts';

/** A thousand paths for the library fit; nothing that a window asks for is larger. */
export const messageLimitBytes = 4 * 1024 * 1024;
const socketLimit = 64;
const rpcPath = '/rpc';

export interface Sockets {
  /** Takes over a connection that asks to become a WebSocket, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** `heartbeatMilliseconds`: how often a page must show that it is still there. */
export function createSockets(
  { address, session }: Pick<RequestParts, 'address' | 'session'>,
  router: AppRouter,
  heartbeatMilliseconds: number,
): Sockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: messageLimitBytes,
    perMessageDeflate: false,
  });
  const handler = new RPCHandler(router);
  const answered = new WeakSet<WebSocket>();
  const heartbeat = setInterval(() => {
    for (const socket of server.clients) {
      if (!answered.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, heartbeatMilliseconds);

  const connect = (socket: WebSocket): void => {
    answered.add(socket);
    socket.on('pong', () => answered.add(socket));
    // Without a listener, a message that is too long would end the process; the library closes the socket itself.
    socket.on('error', () => {});
    const sender = {
      addEventListener: socket.addEventListener.bind(socket),
      // Settled when the system has taken the message: the events of a page that reads slowly wait and are coalesced.
      send: (data: Parameters<WebSocket['send']>[0]) =>
        new Promise<void>((resolve) => socket.send(data, () => resolve())),
    };
    void handler.upgrade(sender as Pick<WebSocket, 'addEventListener' | 'send'>);
  };

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      const authority = acceptHost(request.headers.host, address, request.socket.localAddress);
      if (authority === null || !isOwnOrigin(request.headers.origin, authority)) {
        return refuse(socket, '403 Forbidden');
      }
      if (!session.admits(request.headers.cookie)) return refuse(socket, '403 Forbidden');
      if (request.url !== rpcPath) return refuse(socket, '404 Not Found');
      if (server.clients.size >= socketLimit) return refuse(socket, '503 Service Unavailable');
      server.handleUpgrade(request, socket, head, connect);
    },
    close() {
      clearInterval(heartbeat);
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
