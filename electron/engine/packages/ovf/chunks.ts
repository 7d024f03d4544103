/** Files in chunks (DSP0243 2.1, section 7.1): what those are called, whether they are all there, and what only looks like them. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { readBytes } from '../../bytes/source.ts';
import type { Container } from '../container.ts';
import type { FileElement } from './file-element.ts';

/** Each chunk of a folder's file is a file that is open. */
export const chunkLimit = 1000;
/** What the one kind of disk begins with that a machine's snapshots are. */
const vmdkMagic = 'KDMV';

/** The name of a chunk of the file `name`; they count from 0. */
export function chunkName(name: string, index: number): string {
  return `${name}.${String(index).padStart(9, '0')}`;
}

/**
 * Some exports of VMware leave a machine's snapshots in the package, numbered as chunks are, and mean the last one:
 * those are files by themselves, of any sizes, and without a chunk size in the descriptor.
 */
export function areVersions(
  container: Container,
  element: FileElement,
  parts: readonly string[],
  sizes: readonly number[],
): boolean {
  if (parts.length === 1) return true;
  if (sizes.reduce((sum, size) => sum + size, 0) === element.sizeBytes) return false;
  const [first, last] = [sizes[0]!, sizes.at(-1)!];
  const areEqual = last <= first && sizes.slice(0, -1).every((size) => size === first);
  return !areEqual || parts.every((part) => beginsVmdk(container, part));
}

function beginsVmdk(container: Container, part: string): boolean {
  const source = container.open(part);
  try {
    const start = Buffer.from(readBytes(source, 0, Math.min(vmdkMagic.length, source.sizeBytes)));
    return start.toString('latin1') === vmdkMagic;
  } finally {
    source.close();
  }
}

/** What is wrong unless all chunks of the file `name` are there, and all but the last of the size given (or that of the first). */
export function chunkFailure(
  element: FileElement,
  name: string,
  parts: readonly string[],
  sizes: readonly number[],
): Failure | null {
  const chunkBytes = element.chunkBytes ?? sizes[0]!;
  const needed = Math.max(
    parts.length,
    chunkBytes > 0 ? Math.ceil((element.sizeBytes ?? 0) / chunkBytes) : 0,
  );
  const malformed = (problem: Message): Failure =>
    new Failure('package.malformed', { structure: `chunks of ${name}`, problem });
  if (parts.length > chunkLimit)
    return malformed(inEnglish('there are more than {chunkLimit}', { chunkLimit }));
  for (let index = 0; index < needed; index++) {
    const expected = chunkName(name, index);
    if (parts[index] !== expected) return new Failure('package.file-missing', { file: expected });
    if (index < parts.length - 1 && sizes[index] !== chunkBytes) {
      return malformed(
        inEnglish('chunk {index} is {sizes} bytes long instead of {chunkBytes}', {
          index,
          sizes: sizes[index]!,
          chunkBytes,
        }),
      );
    }
  }
  return null;
}
