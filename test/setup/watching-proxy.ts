// An HTTP proxy before a server: it counts what is asked, and breaks what a test wants broken.
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';

const pollMilliseconds = 5;

export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly bodyBytes: number;
}

/**
 * What happens to a request: `cut` breaks the connection before the server has seen it, `lose` after it has done it; a status
 * is answered in the server's place.
 */
export type Fault = 'cut' | 'lose' | number | null;

export interface WatchingProxy {
  readonly address: string;
  /** All that reached the proxy, also what it broke. */
  readonly seen: readonly SeenRequest[];
  /** Those that the server has answered. */
  readonly answered: readonly SeenRequest[];
  /** Returns once the server has answered such a request. */
  untilAnswered(path: RegExp): Promise<void>;
  forget(): void;
  /** Asked for each request until another is given. */
  breakBy(fault: (seen: SeenRequest) => Fault | Promise<Fault>): void;
  close(): Promise<void>;
}

export async function startWatchingProxy(target: string): Promise<WatchingProxy> {
  let seen: SeenRequest[] = [];
  let answered: SeenRequest[] = [];
  let faultOf: (request: SeenRequest) => Fault | Promise<Fault> = () => null;
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await bodyOf(incoming);
    const { method = 'GET', url = '/' } = incoming;
    const one = { method, path: url, bodyBytes: body.length };
    seen.push(one);
    const fault = await faultOf(one);
    if (fault === 'cut') incoming.socket.destroy();
    else if (typeof fault === 'number') outgoing.writeHead(fault).end();
    else pass(target, { incoming, body, outgoing }, fault === 'lose', () => answered.push(one));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    get seen() {
      return seen;
    },
    get answered() {
      return answered;
    },
    async untilAnswered(path) {
      while (!answered.some((one) => path.test(one.path))) await setTimeout(pollMilliseconds);
    },
    forget() {
      seen = [];
      answered = [];
    },
    breakBy: (fault) => (faultOf = fault),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

function pass(
  target: string,
  exchange: {
    readonly incoming: IncomingMessage;
    readonly body: Buffer;
    readonly outgoing: ServerResponse;
  },
  loses: boolean,
  answered: () => void,
): void {
  const { incoming, body, outgoing } = exchange;
  const { method, headers } = incoming;
  const upstream = request(new URL(incoming.url ?? '/', target), { method, headers, agent: false });
  upstream.on('response', (answer) => {
    answered();
    if (loses) {
      answer.resume().on('end', () => incoming.socket.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    // Some servers send a body after the answer to HEAD, which is an error here and none of the client's concern.
    if (method === 'HEAD') outgoing.end();
    else answer.pipe(outgoing);
  });
  upstream.on('error', () => {
    if (!outgoing.headersSent) incoming.socket.destroy();
  });
  upstream.end(body);
}
