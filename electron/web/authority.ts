/** Whether a request was meant for this server: its Host and Origin headers, against DNS rebinding and other pages. */
import { isIP } from 'node:net';

export interface Address {
  /** As it was asked for: an address or a name. */
  readonly host: string;
  readonly port: number;
}

const defaultPort = 80;
const authorityPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?$/;

/** Host and port as they stand in a URL. */
export function authorityOf({ host, port }: Address): string {
  return `${bracketed(host)}:${port}`;
}

/**
 * The Host header in lower case, when it names this server: the address it was bound to, the one the connection came in
 * at, or localhost, with the right port. Null otherwise. A page of another site that made its own name point here has
 * that name in it.
 */
export function acceptHost(
  header: string | undefined,
  bound: Address,
  localAddress: string | undefined,
): string | null {
  const authority = header?.toLowerCase() ?? '';
  const match = authorityPattern.exec(authority);
  if (!match || Number(match[2] ?? defaultPort) !== bound.port) return null;
  const names = ['localhost', bracketed(bound.host.toLowerCase())];
  // An address that ::ffff:127.0.0.1 stands for is spelled without the prefix.
  if (localAddress !== undefined) {
    names.push(bracketed(localAddress.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '')));
  }
  return names.includes(match[1]!) ? authority : null;
}

/** Whether an Origin header is that of the page that this server serves at `authority`. */
export function isOwnOrigin(origin: string | undefined, authority: string): boolean {
  return origin?.toLowerCase() === `http://${authority.replace(/:80$/, '')}`;
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
