// An HTTP proxy in front of a cloud: it notes every request, and can break those that a test chooses.
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';

export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly bodyBytes: number;
  /** False where it was broken before the cloud had it. */
  readonly passed: boolean;
}

export interface CountingProxy {
  /** The address of the cloud, with the proxy in its place. */
  readonly address: string;
  readonly seen: readonly SeenRequest[];
  clear(): void;
  /** Breaks the connection of each request for which it says so; null: none. */
  breakWhere(rule: ((seen: Omit<SeenRequest, 'passed'>) => boolean) | null): void;
  /** Changes the body of each request before the cloud has it; null: not. */
  spoil(change: ((seen: Omit<SeenRequest, 'passed'>, body: Buffer) => void) | null): void;
  close(): Promise<void>;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port, pathname } = new URL(target);
  const agent = new Agent({ keepAlive: true });
  const seen: SeenRequest[] = [];
  let breaks: ((seen: Omit<SeenRequest, 'passed'>) => boolean) | null = null;
  let spoils: ((seen: Omit<SeenRequest, 'passed'>, body: Buffer) => void) | null = null;

  const pass = (incoming: IncomingMessage, outgoing: ServerResponse, body: Buffer): void => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const upstream = request({ hostname, port, method, path, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    upstream.on('error', () => incoming.socket.destroy());
    upstream.end(body);
  };

  const server = createServer((incoming, outgoing) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('error', () => {});
    incoming.on('end', () => {
      const body = Buffer.concat(pieces);
      const { method = 'GET', url: path = '/', headers } = incoming;
      const what = { method, path, headers, bodyBytes: body.length };
      const passed = breaks?.(what) !== true;
      seen.push({ ...what, passed });
      if (!passed) {
        incoming.socket.destroy();
        return;
      }
      spoils?.(what, body);
      pass(incoming, outgoing, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as { port: number }).port}${pathname}`,
    seen,
    clear: () => void seen.splice(0),
    breakWhere: (rule) => (breaks = rule),
    spoil: (change) => (spoils = change),
    async close() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
