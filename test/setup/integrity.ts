// Checks a downloaded file against a Subresource Integrity string, as npm's lock files carry them.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';

/**
 * The SHA-512 of a file as a Subresource Integrity string (`sha512-<base64>`). Reads the file once, in small pieces.
 */
export async function integrityOf(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha512');
  for await (const piece of createReadStream(path, signal ? { signal } : {})) hash.update(piece as Buffer);
  return `sha512-${hash.digest('base64')}`;
}

/**
 * Throws unless the file at `path` has exactly the bytes that `expected` (`sha512-<base64>`) names.
 */
export async function checkIntegrity(path: string, expected: string, signal?: AbortSignal): Promise<void> {
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(expected)) {
    throw new Error(`not a sha512 integrity string: ${expected}`);
  }
  const actual = await integrityOf(path, signal);
  if (!timingSafeEqual(Buffer.from(actual), Buffer.from(expected))) {
    throw new Error(`integrity mismatch: ${path} is ${actual}, expected ${expected}`);
  }
}
