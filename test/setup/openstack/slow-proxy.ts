// A proxy on the way to a server: slow where that is asked for, and cut in the middle of what is sent.
import { connect, createServer, type Socket } from 'node:net';

export interface SlowProxy {
  readonly address: string;
  /** The next connections that carry so many bytes are cut then. */
  cutAfter(bytes: number, times: number): void;
  /** Bytes a second towards the server; null: as fast as it goes. */
  limit(bytesPerSecond: number | null): void;
  /** Bytes that went towards the server. */
  readonly sentBytes: number;
  close(): Promise<void>;
}

export async function startSlowProxy(target: string): Promise<SlowProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let cut = { bytes: Number.POSITIVE_INFINITY, times: 0 };
  let speed: number | null = null;
  let sentBytes = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let carried = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    client.on('data', (piece) => {
      carried += piece.length;
      sentBytes += piece.length;
      if (cut.times > 0 && carried >= cut.bytes) {
        cut = { ...cut, times: cut.times - 1 };
        client.destroy();
        return;
      }
      upstream.write(piece);
      if (speed === null) return;
      client.pause();
      setTimeout(() => client.resume(), (piece.length / speed) * 1000);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    cutAfter: (bytes, times) => (cut = { bytes, times }),
    limit: (bytesPerSecond) => (speed = bytesPerSecond),
    get sentBytes() {
      return sentBytes;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
