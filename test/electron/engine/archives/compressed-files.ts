/** Files compressed by the programs that define the formats, and ways of reading them all. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ByteSource } from '#engine/bytes/source.ts';
import { noise, prose } from '../pattern.ts';

/** Runs a program on `input` and gives what it prints. */
export function filter(program: string, args: readonly string[], input: Uint8Array): Buffer {
  return execFileSync(program, args, { input, maxBuffer: 256 << 20, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** A disk's mixture: text, noise, repeated structures and long zeros. */
export function mixture(lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  const third = Math.floor(lengthBytes / 4);
  bytes.set(prose(third), 0);
  bytes.set(noise(Math.floor(third / 2), 7), third);
  for (let at = 2 * third; at + 64 < 3 * third; at += 64) {
    bytes.writeUInt32LE(at, at);
    bytes.write('structure', at + 8);
  }
  bytes.write('the end', lengthBytes - 7);
  return bytes;
}

/** Writes `bytes` into `folder` and gives the path. */
export function put(folder: string, name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** All bytes of a source without asking for its size. */
export function readForward(source: ByteSource, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  for (let at = 0; at < lengthBytes; at += 100_003) {
    source.read(at, bytes.subarray(at, Math.min(lengthBytes, at + 100_003)));
  }
  return bytes;
}
