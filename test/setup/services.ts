// Starting servers of other makers for tests: free ports, child processes with a log, waiting until they answer.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a server may take until it answers; others may keep the machine busy. */
export const startMilliseconds = 90_000;

/** Starts a program whose output goes to `log`. */
export function startService(log: string, command: string, args: readonly string[]): ChildProcess {
  return spawn('/bin/sh', ['-c', 'exec "$0" "$@" >"$LOG" 2>&1', command, ...args], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, LOG: log },
  });
}

/** Ends it, with all that it started. */
export async function endService(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid!, 'SIGKILL');
  await ended;
}

/** Waits for an answer that is no failure of the server's own. @throws Error when one of `children` ends before. */
export async function serviceAnswers(url: string, children: readonly ChildProcess[]): Promise<void> {
  const deadline = Date.now() + startMilliseconds;
  for (;;) {
    const response = await fetch(url).catch(() => null);
    if (response !== null && response.status < 500) return;
    if (children.some(({ exitCode }) => exitCode !== null)) throw new Error(`${url}: a service has ended`);
    if (Date.now() > deadline) throw new Error(`${url} does not answer`);
    await delay(100);
  }
}

/** The end of a log. */
export function tailOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').slice(-2000) : '';
}

/** Ports of the loopback that nobody listened at a moment ago. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
