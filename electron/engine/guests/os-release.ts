/** /etc/os-release (freedesktop.org, os-release(5)): which distribution a Linux root is. */
import type { Distribution } from '#shared/domain/preflight.ts';
import { Failure } from '#shared/failure.ts';
import { readBytes } from '../bytes/source.ts';
import type { FileSystemReader } from './filesystems/driver.ts';
import { holds } from './root-volume.ts';

/** Real ones have some hundred bytes. */
const mostBytes = 16 << 10;
const places: readonly string[] = ['etc/os-release', 'usr/lib/os-release'];
/** What ID and VERSION_ID may hold. */
const identifier = /^[a-z0-9._-]{1,64}$/i;

/** Null where the root says nothing that can be read. @throws Failure `io.*`. */
export function readDistribution(root: FileSystemReader): Distribution | null {
  for (const path of places) {
    const text = readText(root, path);
    if (text === null) continue;
    const id = valueOf(text, 'ID');
    if (id === null) continue;
    return { id: id.toLowerCase(), version: valueOf(text, 'VERSION_ID') };
  }
  return null;
}

function readText(root: FileSystemReader, path: string): string | null {
  if (!holds(root, path)) return null;
  try {
    const file = root.open(path);
    return Buffer.from(readBytes(file, 0, Math.min(mostBytes, file.sizeBytes))).toString('utf8');
  } catch (error) {
    if (error instanceof Failure && !error.code.startsWith('io.')) return null;
    throw error;
  }
}

/** The value of `NAME=value`, without the quotes that a shell would take off. */
function valueOf(text: string, name: string): string | null {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}=`));
  const value = line
    ?.slice(name.length + 1)
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2');
  return value !== undefined && identifier.test(value) ? value : null;
}
